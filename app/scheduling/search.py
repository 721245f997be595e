"""Free slots: what schedules offer, minus live appointments and holds that have not run out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app.database import organization_of
from app.errors import FreeSlot, InvalidInput
from app.models import HealthcareService, Occupancy, Practitioner, Schedule
from app.models.paging import After, Page
from app.scheduling.availability import Period, Slot, free, offered

FURTHEST = timedelta(days=730)
"""Two years: nobody plans further, and a wrong century is caught."""
LONGEST_SEARCH = timedelta(days=62)
NEXT_FREE = 5
NEXT_FREE_STEPS = (timedelta(days=2), timedelta(days=14))
"""How far a refusal looks for other times: nearly always the first step is enough."""


def as_range(period: Period) -> ColumnElement[Range[datetime]]:
    """The period as PostgreSQL's half-open tstzrange."""
    return func.tstzrange(period.start, period.end, "[)", type_=TSTZRANGE)


async def find_slots(
    session: AsyncSession,
    period: Period,
    *,
    now: datetime,
    after: After,
    service_id: UUID | None = None,
    practitioner_id: UUID | None = None,
) -> Page[Slot]:
    """Free slots that begin in `period`, soonest first. The key is (start, practitioner).

    Raises InvalidInput where the period is reversed, longer than 62 days or too far away.
    """
    if period.end <= period.start:
        raise InvalidInput.field("end", "must be after the start")
    if period.end - period.start > LONGEST_SEARCH:
        raise InvalidInput.field("end", "must be at most 62 days after the start")
    if period.start - now > FURTHEST:
        raise InvalidInput.field("start", "must be within the next two years")
    found = await free_slots(
        session, period, now=now, service_id=service_id, practitioner_id=practitioner_id
    )
    if after.key:
        found = [slot for slot in found if _key(slot) > after.key]
    following = _key(found[after.limit - 1]) if len(found) > after.limit else None
    return Page(found[: after.limit], following)


def _key(slot: Slot) -> tuple[object, ...]:
    return (slot.start, slot.practitioner_id)


async def free_slots(
    session: AsyncSession,
    period: Period,
    *,
    now: datetime,
    service_id: UUID | None = None,
    practitioner_id: UUID | None = None,
) -> list[Slot]:
    """Free slots that begin in `period` and after `now`, soonest first."""
    # The clock of a slot's own zone decides the day, so begin where the wanted time begins.
    window = Period(max(period.start, now + timedelta(microseconds=1)), period.end)
    if window.start >= window.end:
        return []
    schedules = await _schedules(session, service_id, practitioner_id)
    people = {schedule.practitioner_id for schedule in schedules}
    return free(schedules, window, await _taken(session, people, window, now))


async def _schedules(
    session: AsyncSession, service_id: UUID | None, practitioner_id: UUID | None
) -> Sequence[Schedule]:
    wanted = (
        select(Schedule)
        .join(HealthcareService, HealthcareService.id == Schedule.service_id)
        .join(Practitioner, Practitioner.id == Schedule.practitioner_id)
        .where(
            Schedule.organization_id == organization_of(session),
            Schedule.active,
            HealthcareService.active,
            HealthcareService.urgent.is_(False),
            Practitioner.active,
        )
    )
    if service_id is not None:
        wanted = wanted.where(Schedule.service_id == service_id)
    if practitioner_id is not None:
        wanted = wanted.where(Schedule.practitioner_id == practitioner_id)
    return (await session.scalars(wanted)).all()


async def _taken(
    session: AsyncSession, people: set[UUID], window: Period, now: datetime
) -> dict[UUID, list[Period]]:
    # The longest slot may begin inside the window and end well after it.
    reach = Period(window.start, window.end + timedelta(hours=8))
    rows = await session.execute(
        select(
            Occupancy.actor_id,
            func.lower(Occupancy.during),
            func.upper(Occupancy.during),
        )
        .where(
            Occupancy.actor_id.in_(people),
            Occupancy.during.overlaps(as_range(reach)),
            or_(Occupancy.expires_at.is_(None), Occupancy.expires_at > now),
        )
        .order_by(func.lower(Occupancy.during))
    )
    taken: dict[UUID, list[Period]] = {}
    for practitioner_id, start, end in rows:
        taken.setdefault(practitioner_id, []).append(Period(start, end))
    return taken


async def offered_around(
    session: AsyncSession,
    practitioner_id: UUID,
    service_id: UUID,
    period: Period,
    *,
    now: datetime,
) -> list[Slot]:
    """What the rota offers that overlaps `period`, bookings aside, soonest first."""
    schedules = await _schedules(session, service_id, practitioner_id)
    window = Period(period.start - timedelta(hours=8), period.end)
    slots = sorted(slot for schedule in schedules for slot in offered(schedule, window))
    return [slot for slot in slots if slot.period.overlaps(period) and slot.start > now]


async def next_free(
    session: AsyncSession, service_id: UUID, practitioner_id: UUID, *, near: datetime, now: datetime
) -> list[FreeSlot]:
    """The next free times of the service, the same practitioner's before others' at each."""
    found: list[Slot] = []
    for step in NEXT_FREE_STEPS:
        period = Period(near, near + step)
        found = await free_slots(session, period, now=now, service_id=service_id)
        if len(found) >= NEXT_FREE:
            break
    found.sort(key=lambda slot: (slot.start, slot.practitioner_id != practitioner_id))
    return [FreeSlot(slot.practitioner_id, slot.start, slot.end) for slot in found[:NEXT_FREE]]
