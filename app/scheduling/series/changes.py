"""Move or cancel part of a series: this occurrence, this and what follows, or all to come.

What is past or cancelled is left alone, and what was moved by hand too, unless asked. A change to
some splits the series in two, as RFC 5545 RANGE=THISANDFUTURE does: what has been stays as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory
from app.errors import (
    InvalidInput,
    OccurrenceProblem,
    PatientBusy,
    SeriesConflict,
    SlotNotFree,
)
from app.models import Appointment, AppointmentSeries
from app.models.time_zone import WallTime
from app.scheduling.booking.changes import CancellationCode, call_off, move
from app.scheduling.booking.occupancies import lock_actors
from app.scheduling.booking.places import Wanted
from app.scheduling.rotas.locking import share_rotas
from app.scheduling.series.alternatives import Sought
from app.scheduling.series.making import OnConflict
from app.scheduling.series.occurrences import Pattern
from app.scheduling.series.planning import WORDS, Planned, Problem, examine, with_alternatives
from app.scheduling.series.records import (
    SeriesEvent,
    appointments_of,
    keep_pattern,
    lock_series,
    note,
    pattern_of,
)

Scope = Literal["this", "following", "all"]
Kept = Literal["past", "cancelled", "moved", "over"]
"""Why an occurrence was left alone: it has begun, was cancelled, was moved by hand, or something
else became of it."""
MOST_DAYS = 6


class Shift(BaseModel):
    """How a series is to be different: so many days later (earlier, below zero), at another time
    on the wall, with somebody else. What is absent stays. `outside_schedule` allows times that no
    rota offers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: Annotated[int, Field(ge=-MOST_DAYS, le=MOST_DAYS)] = 0
    wall_time: WallTime | None = None
    practitioner_id: UUID | None = None
    outside_schedule: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Which occurrences of which version of a series. `day` names the first, where the scope is
    not `all`; `include_moved` takes those that were moved by hand with the others."""

    series_id: UUID
    version: int
    scope: Scope
    day: date | None = None
    include_moved: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of one occurrence: changed, left alone (`kept`), or impossible (`problem`). `day`
    is its name before the change."""

    day: date
    appointment: Appointment
    kept: Kept | None = None
    problem: OccurrenceProblem | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was changed."""
        return self.kept is None and self.problem is None


@dataclass(frozen=True, slots=True)
class ChangedSeries:
    """The series that the change is about now: another one than before where it was split."""

    series: AppointmentSeries
    results: Sequence[Changed]


@dataclass(frozen=True, slots=True)
class _Picked:
    series: AppointmentSeries
    pattern: Pattern
    everything: Sequence[Appointment]
    chosen: Sequence[Appointment]  # those the scope names, by day

    def has_before(self, first: date) -> bool:
        """Whether anything of the series comes before that day."""
        return any(_day_of(each) < first for each in self.everything)


async def move_series(
    session: AsyncSession, part: Part, shift: Shift, *, on_conflict: OnConflict, now: datetime
) -> ChangedSeries:
    """Move those occurrences on the clock on the wall, all in one transaction.

    Raises SeriesConflict, naming each that cannot be, unless told to skip them; StaleVersion,
    Conflict where it was cancelled, InvalidInput, ResourceNotFound.
    """
    if not (shift.days or shift.wall_time or shift.practitioner_id):
        raise InvalidInput.field("wall_time", "Say what is to be different.")
    if shift.practitioner_id is not None:
        await directory.find_own_practitioner(session, shift.practitioner_id)
    await share_rotas(session)  # before the series is locked: each move asks for the rota
    picked = await _pick(session, part)
    is_one = part.scope == "this"
    moved = picked.pattern.shifted(0 if is_one else shift.days, shift.wall_time)
    await _lock(session, picked, shift)
    results = await _move_all(session, picked, moved, part=part, shift=shift, now=now)
    problems = [each.problem for each in results if each.problem]
    if problems and on_conflict == "refuse":
        raise SeriesConflict(problems)
    series = picked.series
    if not is_one and any(each.is_done for each in results):
        series = await _second_half(session, picked, part, now=now)
        _repattern(series, picked, moved, shift)
    await _finish(session, "series.changed", "Moved a series of appointments", picked, series)
    return ChangedSeries(series, results)


async def _pick(session: AsyncSession, part: Part) -> _Picked:
    series = await lock_series(session, part.series_id, part.version)
    everything = await appointments_of(session, series.id)
    if part.scope == "all":
        return _Picked(series, pattern_of(series), everything, everything)
    if part.day is None:
        raise InvalidInput.field("day", "Say which occurrence, or take the scope all.")
    if not any(each.series_day == part.day for each in everything):
        raise InvalidInput.field("day", "The series has no occurrence on this day.")
    chosen = [
        each
        for each in everything
        if each.series_day == part.day or (part.scope == "following" and _day_of(each) >= part.day)
    ]
    return _Picked(series, pattern_of(series), everything, chosen)


def _day_of(appointment: Appointment) -> date:
    return appointment.series_day or appointment.start.date()


async def _lock(session: AsyncSession, picked: _Picked, shift: Shift) -> None:
    """Whoever's time changes, then the appointments' own rows: as one move does."""
    people = {actor for each in picked.chosen for actor in each.actor_ids}
    people |= {shift.practitioner_id} if shift.practitioner_id else set()
    await lock_actors(session, {*people, picked.series.patient_id})
    await appointments_of(session, picked.series.id, lock=True)


async def _move_all(
    session: AsyncSession,
    picked: _Picked,
    moved: Pattern,
    *,
    part: Part,
    shift: Shift,
    now: datetime,
) -> Sequence[Changed]:
    # The first to go is the one that nobody of the series stands in front of.
    later = shift.days > 0 or (shift.days == 0 and moved.wall_time > picked.pattern.wall_time)
    results = []
    for appointment in sorted(picked.chosen, key=_day_of, reverse=later):
        kept = _why_keep(picked, appointment, part, now)
        if kept is not None:
            results.append(Changed(_day_of(appointment), appointment, kept=kept))
            continue
        results.append(
            await _move_one(session, picked, appointment, moved=moved, shift=shift, now=now)
        )
    return sorted(results, key=lambda each: each.day)


def _why_keep(picked: _Picked, appointment: Appointment, part: Part, now: datetime) -> Kept | None:
    if appointment.status == "cancelled":
        return "cancelled"
    if appointment.status != "booked":
        return "over"
    if appointment.start <= now:
        return "past"
    by_hand = not part.include_moved and part.scope != "this"
    return "moved" if by_hand and _was_moved(picked, appointment) else None


def _was_moved(picked: _Picked, appointment: Appointment) -> bool:
    period = picked.pattern.on(_day_of(appointment)).period
    return (
        period is None
        or (appointment.start, appointment.end) != (period.start, period.end)
        or appointment.practitioner_id != picked.series.practitioner_id
    )


async def _move_one(
    session: AsyncSession,
    picked: _Picked,
    appointment: Appointment,
    *,
    moved: Pattern,
    shift: Shift,
    now: datetime,
) -> Changed:
    day = _day_of(appointment)
    occurrence = moved.on(day + timedelta(days=shift.days))
    wanted = None
    practitioner_id = shift.practitioner_id or picked.series.practitioner_id
    if occurrence.period is not None:
        wanted = Wanted(
            appointment.service_id,
            practitioner_id,
            occurrence.period.start,
            occurrence.period.end,
            time_zone=picked.series.time_zone,
            outside_schedule=shift.outside_schedule,
            with_ids=tuple(appointment.with_ids),
            channel=appointment.channel,
        )
    planned = await examine(session, occurrence, wanted, now=now)
    if planned.place is not None:
        try:
            await move(session, appointment, planned.place, now=now)
        except SlotNotFree:
            planned = _refused(planned, "taken")
        except PatientBusy:
            planned = _refused(planned, "patient-busy")
    if planned.problem is None:
        return Changed(day, appointment)
    sought = Sought(
        picked.series.patient_id,
        appointment.service_id,
        practitioner_id,
        picked.pattern.minutes,
        appointment.channel,
    )
    explained = await with_alternatives(session, planned, sought, now=now)
    return Changed(day, appointment, problem=explained.as_problem())


def _refused(planned: Planned, problem: Problem) -> Planned:
    return Planned(planned.occurrence, planned.place, problem, WORDS[problem])


async def _second_half(
    session: AsyncSession, picked: _Picked, part: Part, *, now: datetime
) -> AppointmentSeries:
    """The series that stands for the chosen ones from now on: itself, where nothing comes before
    them that stays as it was."""
    ahead = (_day_of(each) for each in picked.chosen if each.start > now)
    first = part.day if part.scope == "following" else min(ahead, default=None)
    if first is None or not picked.has_before(first):
        return picked.series
    return await _split(session, picked, first)


async def _split(session: AsyncSession, picked: _Picked, first: date) -> AppointmentSeries:
    """Cut the series before `first`; the rest is a series of its own."""
    old = picked.series
    rest = AppointmentSeries(
        id=uuid4(),
        version=1,
        status="active",
        organization_id=old.organization_id,
        patient_id=old.patient_id,
        practitioner_id=old.practitioner_id,
        service_id=old.service_id,
        time_zone=old.time_zone,
        minutes=old.minutes,
        channel=old.channel,
        reason=old.reason,
        recurrence="",
        first_day=first,
        wall_time=old.wall_time,
    )
    keep_pattern(rest, picked.pattern.since(first))
    keep_pattern(old, picked.pattern.until(first - timedelta(days=1)))
    session.add(rest)
    await session.flush()
    for each in picked.chosen:
        if _day_of(each) >= first:
            each.series_id = rest.id
    return rest


def _repattern(series: AppointmentSeries, picked: _Picked, moved: Pattern, shift: Shift) -> None:
    """Say of the series what now holds; its occurrences keep their names by its new days."""
    present = pattern_of(series)
    keep_pattern(series, present.shifted(shift.days, moved.wall_time))
    series.practitioner_id = shift.practitioner_id or series.practitioner_id
    for each in picked.chosen:
        if each.series_id == series.id and each.series_day is not None:
            each.series_day += timedelta(days=shift.days)


async def _finish(
    session: AsyncSession,
    event: SeriesEvent,
    what: str,
    picked: _Picked,
    series: AppointmentSeries,
) -> None:
    picked.series.touch()
    if series is not picked.series:
        note(session, "series.changed", "Split a series of appointments", picked.series)
    note(session, event, what, series, split_from=_split_from(picked, series))
    await session.flush()


def _split_from(picked: _Picked, series: AppointmentSeries) -> str | None:
    return None if series is picked.series else str(picked.series.id)


async def cancel_series(
    session: AsyncSession,
    part: Part,
    *,
    code: CancellationCode,
    reason: str,
    now: datetime,
) -> ChangedSeries:
    """Cancel those occurrences, all in one transaction. The series ends before them, or altogether
    where nothing of it is left.

    Raises StaleVersion, Conflict where it was cancelled before, InvalidInput, ResourceNotFound.
    """
    picked = await _pick(session, part)
    await _lock(session, picked, Shift())
    results = []
    for appointment in picked.chosen:
        kept = _why_keep(picked, appointment, part, now)
        if kept is None:
            await call_off(session, appointment, code=code, reason=reason, now=now)
        results.append(Changed(_day_of(appointment), appointment, kept=kept))
    _end(picked, results, part.scope)
    event: SeriesEvent = (
        "series.cancelled" if picked.series.status == "cancelled" else "series.changed"
    )
    what = "Cancelled appointments of a series"
    await _finish(session, event, what, picked, picked.series)
    return ChangedSeries(picked.series, results)


def _end(picked: _Picked, results: Sequence[Changed], scope: Scope) -> None:
    """The series ends before what was cancelled, or altogether where nothing of it is left."""
    if all(each.status == "cancelled" for each in picked.everything):
        picked.series.status = "cancelled"
        return
    first = min((each.day for each in results if each.is_done), default=None)
    if scope != "this" and first is not None and picked.has_before(first):
        keep_pattern(picked.series, picked.pattern.until(first - timedelta(days=1)))
