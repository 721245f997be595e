"""Appointments as people look at them: a list, and days across practitioners."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import organization_of
from app.errors import InvalidInput
from app.models import (
    Appointment,
    BusyTime,
    HealthcareService,
    Patient,
    Practitioner,
    PractitionerRole,
    ScheduleException,
)
from app.models.appointment import takes_part
from app.models.paging import After, Page, fetch_page
from app.models.time_zone import zone
from app.scheduling.rotas import Period, Slot, local_day
from app.scheduling.search import Search, free_slots, touches

EntryState = Literal["free", "held", "booked", "arrived", "fulfilled", "noshow", "blocked"]
_STATES: dict[str, EntryState] = {
    "pending": "held",
    "booked": "booked",
    "arrived": "arrived",
    "fulfilled": "fulfilled",
    "noshow": "noshow",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which appointments; None means any. `practitioner_id` leads them or takes part."""

    practitioner_id: UUID | None = None
    patient_id: UUID | None = None
    status: str | None = None
    start: datetime | None = None
    end: datetime | None = None


async def list_appointments(
    session: AsyncSession, filters: Filters, *, after: After
) -> Page[Appointment]:
    """Appointments by start, without holds. The key is (start, id). Raises InvalidInput for a
    reversed period."""
    if filters.start and filters.end and filters.end <= filters.start:
        raise InvalidInput.field("end", "must be after the start")
    wanted = select(Appointment).where(
        Appointment.organization_id == organization_of(session), Appointment.status != "pending"
    )
    if filters.practitioner_id is not None:
        wanted = wanted.where(takes_part(filters.practitioner_id))
    if filters.patient_id is not None:
        wanted = wanted.where(Appointment.patient_id == filters.patient_id)
    if filters.status is not None:
        wanted = wanted.where(Appointment.status == filters.status)
    if filters.start is not None:
        wanted = wanted.where(Appointment.starts_at >= filters.start)
    if filters.end is not None:
        wanted = wanted.where(Appointment.starts_at < filters.end)
    audit.record(
        session,
        "R",
        "Listed appointments",
        resource="Appointment list",
        patient_id=filters.patient_id,
    )
    return await fetch_page(session, wanted, (Appointment.starts_at, Appointment.id), after=after)


@dataclass(frozen=True, slots=True)
class Entry:
    """One stretch of somebody's day: a free slot, a hold, an appointment of `state`, or time that
    their own calendar blocks. `places` of `capacity` are left in a group's free slot.

    `outside_schedule` says that no rota offers the time; `call_back_phone` is where the patient
    asked to be rung instead. `led_by` names who leads an appointment that this person takes part
    in; empty in the leader's own day. `with_ids` are all who and what takes part but the leader.
    """

    state: EntryState
    start: datetime
    end: datetime
    service_id: UUID | None
    service_name: str
    appointment_id: UUID | None = None
    version: int = 0
    patient_id: UUID | None = None
    patient_name: str = ""
    channel: str = ""
    reason: str = ""
    outside_schedule: bool = False
    in_series: bool = False
    call_back_phone: str = ""
    capacity: int = 1
    places: int = 1
    led_by: str = ""
    with_ids: tuple[UUID, ...] = ()
    group_session_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One practitioner's day, entries by start. `closed` says that they are away all day."""

    practitioner_id: UUID
    name: str
    entries: Sequence[Entry]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A local day across practitioners. `start` and `end` are its first and last midnight."""

    date: date
    time_zone: str
    start: datetime
    end: datetime
    columns: Sequence[Column]

    def once(self) -> Iterator[tuple[Column, Entry]]:
        """Every entry with its column; an appointment of several people once, its leader's."""
        every = [(column, entry) for column in self.columns for entry in column.entries]
        led = {entry.appointment_id for _, entry in every if not entry.led_by}
        return (
            (column, entry)
            for column, entry in every
            if not entry.led_by or entry.appointment_id not in led
        )


@dataclass(frozen=True, slots=True)
class Days:
    """Which days: `count` from `first`; of all practitioners and services, unless given."""

    first: date
    count: int = 1
    practitioner_id: UUID | None = None
    service_id: UUID | None = None


async def day(session: AsyncSession, wanted: date, time_zone: str, *, now: datetime) -> Day:
    """That day of everybody. As `days`, for one."""
    [found] = await days(session, Days(wanted), time_zone, now=now)
    return found


async def days(
    session: AsyncSession, wanted: Days, time_zone: str, *, now: datetime
) -> Sequence[Day]:
    """Those days of every clinician who has slots or appointments in them, or holds a clinician's
    role. Cancelled appointments are left out. Raises InvalidInput for an unknown zone."""
    place = zone(time_zone)
    dates = [wanted.first + timedelta(days=number) for number in range(wanted.count)]
    periods = [local_day(each, place) for each in dates]
    whole = Period(periods[0].start, periods[-1].end)
    entries = await _entries(session, wanted, whole, now)
    closed = await _closed(session, dates)
    people = await _people(session, entries.keys(), wanted.practitioner_id)
    audit.record(session, "R", "Looked at a day's appointments", resource="Appointment list")
    return [
        Day(
            each,
            time_zone,
            period.start,
            period.end,
            [
                Column(
                    person.id,
                    person.display_name,
                    _in_order(entries.get(person.id, ()), period),
                    (person.id, each) in closed,
                )
                for person in people
            ],
        )
        for each, period in zip(dates, periods, strict=True)
    ]


async def _entries(
    session: AsyncSession, wanted: Days, period: Period, now: datetime
) -> dict[UUID, list[Entry]]:
    services = await _services(session)
    entries: dict[UUID, list[Entry]] = {}
    for practitioner_id, entry in await _booked(session, wanted, period, services, now):
        entries.setdefault(practitioner_id, []).append(entry)
    search = Search(wanted.service_id, wanted.practitioner_id)
    for slot in await free_slots(session, period, search, now=now):
        entries.setdefault(slot.practitioner_id, []).append(_free(slot, services))
    for practitioner_id, entry in await _blocked(session, wanted, period):
        entries.setdefault(practitioner_id, []).append(entry)
    return entries


def _in_order(entries: Iterable[Entry], period: Period) -> list[Entry]:
    todays = [_within(entry, period) for entry in entries if _is_shown(entry, period)]
    return sorted(todays, key=lambda entry: (entry.start, entry.state, entry.service_name))


def _is_shown(entry: Entry, period: Period) -> bool:
    """What is taken is shown on each day it reaches into; what is free can be chosen once."""
    if entry.state == "free":
        return period.start <= entry.start < period.end
    return entry.start < period.end and period.start < entry.end


def _within(entry: Entry, period: Period) -> Entry:
    """Blocked time is cut at midnight; what is booked keeps its own times."""
    if entry.state != "blocked":
        return entry
    start, end = max(entry.start, period.start), min(entry.end, period.end)
    return replace(entry, start=start, end=end)


def _free(slot: Slot, services: dict[UUID, str]) -> Entry:
    return Entry(
        "free",
        slot.start,
        slot.end,
        slot.service_id,
        services.get(slot.service_id, ""),
        channel=slot.channel,
        capacity=slot.capacity,
        places=slot.places,
    )


async def _services(session: AsyncSession) -> dict[UUID, str]:
    rows = await session.execute(
        select(HealthcareService.id, HealthcareService.name).where(
            HealthcareService.organization_id == organization_of(session)
        )
    )
    return {row.id: row.name for row in rows}


async def _booked(
    session: AsyncSession,
    wanted: Days,
    period: Period,
    services: dict[UUID, str],
    now: datetime,
) -> list[tuple[UUID, Entry]]:
    found = (
        select(Appointment, Patient, Practitioner)
        .join(Practitioner, Practitioner.id == Appointment.practitioner_id)
        .outerjoin(Patient, Patient.id == Appointment.patient_id)
        .where(
            Appointment.organization_id == organization_of(session),
            touches(Appointment, period),
            Appointment.status.in_(_STATES),
            or_(Appointment.status != "pending", Appointment.hold_expires_at > now),
        )
    )
    if wanted.practitioner_id is not None:
        found = found.where(takes_part(wanted.practitioner_id))
    if wanted.service_id is not None:
        found = found.where(Appointment.service_id == wanted.service_id)
    booked = []
    for appointment, patient, leader in await session.execute(found):
        entry = _taken(appointment, patient, services)
        booked.append((leader.id, entry))
        joined = replace(entry, led_by=leader.display_name)
        booked += [(other, joined) for other in appointment.with_ids]
    return booked


def _taken(appointment: Appointment, patient: Patient | None, services: dict[UUID, str]) -> Entry:
    return Entry(
        state=_STATES[appointment.status],
        start=appointment.start,
        end=appointment.end,
        service_id=appointment.service_id,
        service_name=services.get(appointment.service_id, ""),
        appointment_id=appointment.id,
        version=appointment.version,
        patient_id=appointment.patient_id,
        patient_name=patient.display_name if patient else "",
        channel=appointment.channel,
        reason=appointment.reason,
        outside_schedule=appointment.outside_schedule,
        in_series=appointment.series_id is not None,
        call_back_phone=appointment.call_back_phone,
        with_ids=tuple(appointment.with_ids),
        group_session_id=appointment.group_session_id,
    )


async def _blocked(session: AsyncSession, wanted: Days, period: Period) -> list[tuple[UUID, Entry]]:
    """Imported busy times, cut to the period: nobody is told what they are for."""
    found = select(BusyTime).where(
        BusyTime.organization_id == organization_of(session),
        BusyTime.ends_at > period.start,
        BusyTime.starts_at < period.end,
    )
    if wanted.practitioner_id is not None:
        found = found.where(BusyTime.practitioner_id == wanted.practitioner_id)
    blocked = []
    for busy in await session.scalars(found):
        start, end = max(busy.starts_at, period.start), min(busy.ends_at, period.end)
        blocked.append((busy.practitioner_id, Entry("blocked", start, end, None, "")))
    return blocked


async def _closed(session: AsyncSession, dates: Sequence[date]) -> set[tuple[UUID, date]]:
    """Who is away on which whole day."""
    rows = await session.execute(
        select(ScheduleException.practitioner_id, ScheduleException.day).where(
            ScheduleException.organization_id == organization_of(session),
            ScheduleException.kind == "closed",
            ScheduleException.schedule_id.is_(None),
            ScheduleException.start_time.is_(None),
            ScheduleException.day.between(dates[0], dates[-1]),
        )
    )
    return {(row.practitioner_id, row.day) for row in rows}


async def _people(
    session: AsyncSession, busy: Iterable[UUID], only: UUID | None
) -> Sequence[Practitioner]:
    clinicians = select(PractitionerRole.practitioner_id).where(
        PractitionerRole.role == "clinician",
        PractitionerRole.active,
        PractitionerRole.service_id.is_(None),
    )
    wanted = or_(
        Practitioner.id.in_(list(busy)),
        Practitioner.active & Practitioner.id.in_(clinicians),
    )
    if only is not None:
        wanted = Practitioner.id == only
    found = await session.scalars(
        select(Practitioner)
        .where(Practitioner.organization_id == organization_of(session), wanted)
        .order_by(Practitioner.family_name, Practitioner.given_name, Practitioner.id)
    )
    return found.all()
