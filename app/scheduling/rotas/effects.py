"""What a change of rotas does to appointments: found before it is saved, and never in silence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import organization_of
from app.errors import AffectedBooking, BookingsAffected
from app.models import Appointment, Schedule, ScheduleException
from app.models.appointment import takes_part
from app.scheduling.booking.records import announce, record
from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.slots import Roster, Slot, covers, offered
from app.scheduling.rotas.times import Period

T = TypeVar("T", Schedule, ScheduleException)
REACH = timedelta(hours=8)
"""The longest appointment and the longest slot: what begins earlier does not reach into it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What will be instead: schedules and exceptions by id, None for one that goes."""

    schedules: dict[UUID, Schedule | None] = field(default_factory=dict)
    exceptions: dict[UUID, ScheduleException | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Affected:
    """An appointment, or a hold, whose time was offered and would not be any more, whose place in
    a group would be one too many, or in which somebody takes part who would be away."""

    appointment: Appointment

    @property
    def as_problem(self) -> AffectedBooking:
        """As the refusal names it: nothing of the patient."""
        appointment = self.appointment
        return AffectedBooking(appointment.id, appointment.start, appointment.practitioner_id)


@dataclass(frozen=True, slots=True)
class _Rotas:
    schedules: Sequence[Schedule]
    exceptions: Sequence[ScheduleException]
    found: Exceptions

    @classmethod
    def of(cls, schedules: Sequence[Schedule], exceptions: Sequence[ScheduleException]) -> "_Rotas":
        return cls(schedules, exceptions, Exceptions(exceptions))

    def with_change(self, change: Change) -> "_Rotas":
        return _Rotas.of(
            _replaced(self.schedules, change.schedules),
            _replaced(self.exceptions, change.exceptions),
        )

    def offers(self, appointment: Appointment, *, channel: str | None) -> bool:
        """Whether they offer that time of that practitioner for that service, in that way."""
        period = Period(appointment.start, appointment.end)
        return covers(
            (
                slot
                for slot in self._around(appointment, period)
                if channel in (None, slot.channel) and slot.period.overlaps(period)
            ),
            period,
        )

    def places(self, appointment: Appointment) -> int:
        """How many may be booked at exactly that time of that practitioner for that service."""
        period = Period(appointment.start, appointment.end)
        slots = self._around(appointment, period)
        return max((slot.capacity for slot in slots if slot.period == period), default=0)

    def is_open(self, practitioner_id: UUID, period: Period) -> bool:
        """Whether that practitioner offers the time, for whatever service."""
        return any(
            covers((slot for slot in slots if slot.period.overlaps(period)), period)
            for slots in self._by_rota(practitioner_id, period)
        )

    def _around(self, appointment: Appointment, period: Period) -> Iterable[Slot]:
        service_id, lead = appointment.service_id, appointment.practitioner_id
        for slots in self._by_rota(lead, period, service_id=service_id):
            yield from slots

    def _by_rota(
        self, practitioner_id: UUID, period: Period, *, service_id: UUID | None = None
    ) -> Iterable[list[Slot]]:
        window = Period(period.start - REACH, period.end)
        for schedule in self.schedules:
            if schedule.active and service_id in (None, schedule.service_id):
                slots = offered(Roster(schedule, self.found), window)
                yield [slot for slot in slots if slot.practitioner_id == practitioner_id]


def _replaced(present: Sequence[T], change: Mapping[UUID, T | None]) -> Sequence[T]:
    kept = [item for item in present if item.id not in change]
    return kept + [item for item in change.values() if item is not None]


async def effect_of(session: AsyncSession, change: Change, *, now: datetime) -> list[Affected]:
    """Appointments and unexpired holds to come that are offered now and would not be after the
    change, soonest first. Those that were outside of the rota on purpose are not among them."""
    people = await _people_of(session, change)
    before = await _read_rotas(session, people, now)
    after = before.with_change(change)
    appointments = await _appointments(session, people, now)
    too_many = _too_many(appointments, before, after)
    return [
        Affected(appointment)
        for appointment in appointments
        if appointment.id in too_many
        or _loses_its_slot(appointment, before, after)
        or _loses_somebody(appointment, before, after)
    ]


def _loses_its_slot(appointment: Appointment, before: _Rotas, after: _Rotas) -> bool:
    for channel in (appointment.channel, None):  # booked over another channel than the rota's
        if before.offers(appointment, channel=channel):
            return not after.offers(appointment, channel=channel)
    return False


def _loses_somebody(appointment: Appointment, before: _Rotas, after: _Rotas) -> bool:
    """Whether one of those who take part is away then, and was not."""
    period = Period(appointment.start, appointment.end)
    return any(
        before.is_open(person, period) and not after.is_open(person, period)
        for person in appointment.with_ids
    )


def _too_many(appointments: Iterable[Appointment], before: _Rotas, after: _Rotas) -> set[UUID]:
    """Those for whom a group would have no place any more: who booked last, goes first."""
    groups: dict[UUID, list[Appointment]] = {}
    for appointment in sorted(appointments, key=lambda each: (each.created_at, each.id)):
        if appointment.group_session_id is not None:
            groups.setdefault(appointment.group_session_id, []).append(appointment)
    found: set[UUID] = set()
    for booked in groups.values():
        places = after.places(booked[0])
        if places < before.places(booked[0]):
            found |= {appointment.id for appointment in booked[places:]}
    return found


async def _people_of(session: AsyncSession, change: Change) -> set[UUID]:
    """Whose slots may change: the practitioners, and colleagues who swap with them."""
    wanted = or_(
        Schedule.id.in_(change.schedules),
        Schedule.id.in_(
            select(ScheduleException.schedule_id).where(ScheduleException.id.in_(change.exceptions))
        ),
    )
    people = set(await session.scalars(select(Schedule.practitioner_id).where(wanted)))
    present = await session.scalars(
        select(ScheduleException).where(ScheduleException.id.in_(change.exceptions))
    )
    planned = [item for item in change.exceptions.values() if item is not None]
    for item in (*present, *planned):
        people |= {item.practitioner_id, item.colleague_id or item.practitioner_id}
    people |= {item.practitioner_id for item in change.schedules.values() if item is not None}
    swapping = select(ScheduleException.colleague_id).where(
        ScheduleException.practitioner_id.in_(people), ScheduleException.kind == "swapped"
    )
    return people | {person for person in await session.scalars(swapping) if person is not None}


async def _read_rotas(session: AsyncSession, people: set[UUID], now: datetime) -> _Rotas:
    ours = organization_of(session)
    schedules = await session.scalars(
        select(Schedule).where(
            Schedule.organization_id == ours, Schedule.practitioner_id.in_(people), Schedule.active
        )
    )
    exceptions = await session.scalars(
        select(ScheduleException).where(
            ScheduleException.organization_id == ours,
            ScheduleException.practitioner_id.in_(people),
            ScheduleException.day >= (now - timedelta(days=3)).date(),
        )
    )
    return _Rotas.of(schedules.all(), exceptions.all())


async def _appointments(
    session: AsyncSession, people: set[UUID], now: datetime
) -> Sequence[Appointment]:
    found = await session.scalars(
        select(Appointment).where(
            Appointment.organization_id == organization_of(session),
            or_(*map(takes_part, people)),
            Appointment.status.in_(("pending", "booked", "arrived")),
            or_(Appointment.status != "pending", Appointment.hold_expires_at > now),
            Appointment.outside_schedule.is_(False),
        )
    )
    ahead = [appointment for appointment in found if appointment.end > now]
    return sorted(ahead, key=lambda appointment: (appointment.start, appointment.id))


async def settle(
    session: AsyncSession, change: Change, *, keep_bookings: bool, now: datetime
) -> Sequence[Affected]:
    """Before a change is saved, under lock_rotas: refuse it, or keep what it affects.

    Raises BookingsAffected unless they are to be kept; kept ones are marked as outside of the
    rota, and everybody who looks at them is told.
    """
    affected = await effect_of(session, change, now=now)
    if affected and not keep_bookings:
        raise BookingsAffected([one.as_problem for one in affected])
    await _keep(session, [one.appointment.id for one in affected])
    return affected


async def _keep(session: AsyncSession, appointment_ids: Sequence[UUID]) -> None:
    found = await session.scalars(
        select(Appointment)
        .where(Appointment.id.in_(appointment_ids))
        .order_by(Appointment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for appointment in found.all():
        if appointment.status not in {"pending", "booked", "arrived"}:
            continue  # cancelled in the meantime
        appointment.outside_schedule = True
        appointment.touch()
        await session.flush()
        record(session, "U", "Kept an appointment outside of the rota", appointment)
        announce(session, "appointment.changed", appointment)
