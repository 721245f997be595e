"""Book a series: every occurrence an Appointment of its own, all or nothing unless told to skip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app import directory
from app.database import organization_of
from app.directory import Named
from app.errors import InvalidInput, PatientBusy, SeriesConflict, SlotNotFree
from app.models import AppointmentSeries, HealthcareService
from app.scheduling.booking.making import Booking, Details, book_place
from app.scheduling.booking.occupancies import lock_actors
from app.scheduling.booking.places import Wanted
from app.scheduling.rotas import Period
from app.scheduling.rotas.locking import share_rotas
from app.scheduling.series.occurrences import Pattern
from app.scheduling.series.planning import (
    WORDS,
    NewSeries,
    Planned,
    Problem,
    examine,
    pattern_of,
    sought_of,
    wanted_at,
    wanted_of,
    with_alternatives,
)
from app.scheduling.series.records import note

OnConflict = Literal["refuse", "skip"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do about one occurrence: take another start, or somebody else, or leave it out."""

    start: datetime | None = None
    practitioner_id: UUID | None = None
    leave_out: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one occurrence: a booking, a problem, or neither where it was left out."""

    planned: Planned
    booking: Booking | None = None


@dataclass(frozen=True, slots=True)
class BookedSeries:
    """A series and what came of each occurrence, by day."""

    series: AppointmentSeries
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class _Round:
    """What every occurrence of one booking shares."""

    new: NewSeries
    pattern: Pattern
    series: AppointmentSeries
    patient: Named
    now: datetime


async def book_series(
    session: AsyncSession,
    new: NewSeries,
    *,
    choices: Mapping[date, Choice],
    on_conflict: OnConflict,
    now: datetime,
) -> BookedSeries:
    """Book every occurrence, those in `choices` (by day) otherwise.

    Raises SeriesConflict, naming each occurrence that cannot be, where one is refused or nothing
    at all could be booked; nothing is written then. Raises InvalidInput, ResourceNotFound.
    """
    pattern = await pattern_of(session, new, now=now)
    patient = await directory.name_patient(session, new.patient_id)
    planned = _chosen(new, pattern, choices)
    # A series takes many times one after another: two series would wait for each other's.
    await share_rotas(session)  # before anybody is locked, as a single booking does
    people = {wanted.practitioner_id for _, wanted in planned if wanted}
    await lock_actors(session, {new.patient_id, *new.with_ids, *people})
    series = await _add(session, new, pattern)
    booking = _Round(new, pattern, series, patient, now)
    results = [await _book_one(session, booking, each, wanted) for each, wanted in planned]
    refused = [result.planned for result in results if result.planned.problem]
    booked = [result for result in results if result.booking]
    if refused and (on_conflict == "refuse" or not booked):
        sought = sought_of(new, pattern)
        explained = [await with_alternatives(session, each, sought, now=now) for each in refused]
        raise SeriesConflict([each.as_problem() for each in explained])
    if not booked:
        raise InvalidInput.field("choices", "must not leave every occurrence out")
    note(
        session,
        "series.booked",
        "Booked a series of appointments",
        series,
        appointments=[str(result.booking.appointment.id) for result in booked if result.booking],
    )
    await session.flush()
    return BookedSeries(series, [await _explained(session, booking, each) for each in results])


def _chosen(
    new: NewSeries, pattern: Pattern, choices: Mapping[date, Choice]
) -> Sequence[tuple[Planned, Wanted | None]]:
    """Each occurrence with the time that is wanted for it; None for none."""
    occurrences = pattern.occurrences()
    if unknown := set(choices) - {each.day for each in occurrences}:
        raise InvalidInput.field("choices", f"{min(unknown)} is not a day of this series")
    found: list[tuple[Planned, Wanted | None]] = []
    for occurrence in occurrences:
        planned = Planned(occurrence)
        choice = choices.get(occurrence.day, Choice())
        wanted = None
        if not choice.leave_out:
            wanted = _otherwise(wanted_of(new, occurrence, pattern), choice, new, pattern)
            if wanted is None:
                planned = replace(planned, problem="gap", detail=WORDS["gap"])
        found.append((planned, wanted))
    return found


def _otherwise(
    wanted: Wanted | None, choice: Choice, new: NewSeries, pattern: Pattern
) -> Wanted | None:
    """The occurrence's own time as it was chosen; None where the clock jumps over it and no other
    was chosen."""
    if choice.start is not None:
        chosen = Period(choice.start, choice.start + pattern.length)
        wanted = wanted_at(new, chosen, pattern)
    if wanted is None or choice.practitioner_id is None:
        return wanted
    return replace(wanted, practitioner_id=choice.practitioner_id)


async def _add(session: AsyncSession, new: NewSeries, pattern: Pattern) -> AppointmentSeries:
    service = await session.get_one(HealthcareService, new.service_id)
    series = AppointmentSeries(
        id=uuid4(),
        version=1,
        status="active",
        organization_id=organization_of(session),
        patient_id=new.patient_id,
        practitioner_id=new.practitioner_id,
        service_id=new.service_id,
        recurrence=str(pattern.rule),
        first_day=pattern.first_day,
        wall_time=f"{pattern.wall_time:%H:%M}",
        time_zone=pattern.place.key,
        minutes=pattern.minutes,
        channel=new.channel or service.channel,
        reason=new.reason,
    )
    session.add(series)
    await session.flush()
    return series


async def _book_one(
    session: AsyncSession, booking: _Round, planned: Planned, wanted: Wanted | None
) -> Result:
    """Book one occurrence, or say why not. A refusal leaves nothing behind."""
    if wanted is None:
        return Result(planned)
    found = await examine(session, planned.occurrence, wanted, now=booking.now)
    if found.place is None:
        return Result(found)
    new, day = booking.new, planned.occurrence.day
    details = Details(new.patient_id, new.reason, new.channel, series=(booking.series.id, day))
    try:
        made = await book_place(session, found.place, booking.patient, details, now=booking.now)
    except SlotNotFree:
        return Result(_refused(found, "taken"))
    except PatientBusy:
        return Result(_refused(found, "patient-busy"))
    return Result(found, made)


def _refused(planned: Planned, problem: Problem) -> Planned:
    return replace(planned, problem=problem, detail=WORDS[problem])


async def _explained(session: AsyncSession, booking: _Round, result: Result) -> Result:
    """With alternatives, where it was skipped."""
    if result.planned.problem is None:
        return result
    sought = sought_of(booking.new, booking.pattern)
    planned = await with_alternatives(session, result.planned, sought, now=booking.now)
    return replace(result, planned=planned)
