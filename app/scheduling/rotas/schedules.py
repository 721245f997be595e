"""Schedules: enter, change, end. What is booked is never lost without a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, directory
from app.config import MOST_IN_CALL
from app.database import organization_of
from app.errors import InvalidInput, ResourceNotFound, StaleVersion
from app.models import Organization, Schedule, ScheduleException
from app.models.organization import Channel
from app.models.paging import After, Page, fetch_page
from app.models.text import Line
from app.models.time_zone import Day, WallTime, zone
from app.scheduling.rotas.announcing import announce_rota
from app.scheduling.rotas.effects import Affected, Change, effect_of, settle
from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.locking import lock_rotas
from app.scheduling.rotas.opening import minutes, wall_stretch
from app.scheduling.rotas.preview import Preview, preview
from app.scheduling.rotas.recurrence import SEARCHED, Recurrence
from app.scheduling.rotas.times import DAY_MINUTES

Weekday = Annotated[int, Field(ge=1, le=7)]
BufferMinutes = Annotated[int, Field(ge=0, le=120)]
MOST_BREAKS = 10
MOST_BY_VIDEO = MOST_IN_CALL - 1
"""Of a group: who leads it is in the call too."""


class Rota(BaseModel):
    """When slots are offered; times are wall-clock in `time_zone` (the organisation's, unless
    given), to the next day where the end is not after the start.

    Either `recurrence` (an RFC 5545 RRULE value of whole days, from `valid_from` on) or
    `weekdays` (ISO numbers, Monday is 1) says on which days; `valid_to` is the last day.
    Slots take `slot_minutes` and go over `channel` (the service's own, unless given). Buffers are
    kept free around each; `capacity` people share one, up to 11 by video: with who leads the group
    that makes the most that a call holds. A slot can be booked until
    `notice_minutes` before it (whole days keep the time on the wall), and from `horizon_days`
    before it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    practitioner_id: UUID
    service_id: UUID
    recurrence: Annotated[Line, Field(min_length=1)] | None = None
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] | None = None
    start_time: WallTime
    end_time: WallTime
    breaks: Annotated[list[tuple[WallTime, WallTime]], Field(max_length=MOST_BREAKS)] = []
    valid_from: Day
    valid_to: Day | None = None
    channel: Channel | None = None
    slot_minutes: Annotated[int, Field(ge=5, le=480)] | None = None
    buffer_before_minutes: BufferMinutes = 0
    buffer_after_minutes: BufferMinutes = 0
    capacity: Annotated[int, Field(ge=1, le=200)] = 1
    notice_minutes: Annotated[int, Field(ge=0, le=525600)] = 0
    horizon_days: Annotated[int, Field(ge=1, le=730)] = 730
    time_zone: Line | None = None


@dataclass(frozen=True, slots=True)
class PlannedSchedule:
    """A schedule as it would be, not saved: its next weeks, and whom that would affect."""

    schedule: Schedule
    preview: Preview
    affected: Sequence[Affected]


async def list_schedules(
    session: AsyncSession, *, after: After, practitioner_id: UUID | None = None
) -> Page[Schedule]:
    """Schedules in force or still to come. The key is (valid from, id)."""
    wanted = select(Schedule).where(
        Schedule.organization_id == organization_of(session), Schedule.active
    )
    if practitioner_id is not None:
        wanted = wanted.where(Schedule.practitioner_id == practitioner_id)
    return await fetch_page(session, wanted, (Schedule.valid_from, Schedule.id), after=after)


async def find_schedule(session: AsyncSession, schedule_id: UUID) -> Schedule:
    """That schedule, unless it was ended. Raises ResourceNotFound."""
    found = await session.get(Schedule, schedule_id)
    if found is None or not found.active or found.organization_id != organization_of(session):
        raise ResourceNotFound("Schedule", schedule_id)
    return found


async def add_schedule(session: AsyncSession, rota: Rota) -> Schedule:
    """Offer slots from now on. Raises InvalidInput naming the field, ResourceNotFound."""
    schedule = _new(await _values(session, rota))
    session.add(schedule)
    await session.flush()
    _note(session, "C", "Entered a schedule", schedule)
    return schedule


async def plan_schedule(
    session: AsyncSession,
    rota: Rota,
    *,
    instead_of: UUID | None = None,
    first_day: date,
    weeks: int,
    now: datetime,
) -> PlannedSchedule:
    """What adding the rota, or putting it in the place of a schedule, would give. Saves nothing.

    Raises InvalidInput naming the field, ResourceNotFound.
    """
    if instead_of is not None:
        await find_schedule(session, instead_of)
    planned = _new(await _values(session, rota), schedule_id=instead_of)
    exceptions = Exceptions(await _exceptions_of(session, planned)) if instead_of else None
    affected: Sequence[Affected] = ()
    if instead_of is not None:
        affected = await effect_of(session, Change(schedules={instead_of: planned}), now=now)
    return PlannedSchedule(planned, preview(planned, first_day, weeks, exceptions), affected)


async def replace_schedule(
    session: AsyncSession,
    schedule_id: UUID,
    rota: Rota,
    *,
    version: int,
    now: datetime,
    keep_bookings: bool = False,
) -> Schedule:
    """Offer other slots instead. Raises BookingsAffected unless `keep_bookings`, StaleVersion,
    InvalidInput, ResourceNotFound."""
    await lock_rotas(session)
    values = await _values(session, rota)
    schedule = await _to_change(session, schedule_id, version)
    before = schedule.practitioner_id
    change = Change(schedules={schedule_id: _new(values, schedule_id=schedule_id)})
    await settle(session, change, keep_bookings=keep_bookings, now=now)
    for name, value in values.items():
        setattr(schedule, name, value)
    schedule.touch()
    await session.flush()
    _note(session, "U", "Changed a schedule", schedule, also=before)
    return schedule


async def end_schedule(
    session: AsyncSession,
    schedule_id: UUID,
    *,
    version: int,
    now: datetime,
    keep_bookings: bool = False,
) -> None:
    """Offer these slots no more. Raises BookingsAffected unless `keep_bookings`, StaleVersion,
    ResourceNotFound."""
    await lock_rotas(session)
    schedule = await _to_change(session, schedule_id, version)
    change = Change(schedules={schedule_id: None})
    await settle(session, change, keep_bookings=keep_bookings, now=now)
    schedule.active = False
    schedule.touch()
    await session.flush()
    _note(session, "D", "Ended a schedule", schedule)


async def _values(session: AsyncSession, rota: Rota) -> dict[str, object]:
    service = await directory.find_bookable_service(session, rota.service_id)
    await directory.find_own_practitioner(session, rota.practitioner_id)
    organization = await session.get_one(Organization, organization_of(session))
    slot_minutes = rota.slot_minutes or service.slot_minutes
    time_zone = rota.time_zone or organization.time_zone
    zone(time_zone)
    _refuse_nonsense(rota, slot_minutes)
    channel = rota.channel or service.channel
    if channel == "video" and rota.capacity > MOST_BY_VIDEO:
        raise InvalidInput.field("capacity", f"is {MOST_BY_VIDEO} at most by video")
    return rota.model_dump(exclude={"weekdays"}) | {
        "organization_id": organization.id,
        "recurrence": str(_recurrence(rota)),
        "breaks": [[f"{edge:%H:%M}" for edge in pair] for pair in rota.breaks],
        "channel": channel,
        "slot_minutes": slot_minutes,
        "time_zone": time_zone,
    }


def _recurrence(rota: Rota) -> Recurrence:
    if (rota.recurrence is None) == (rota.weekdays is None):
        raise InvalidInput.field("recurrence", "must be given, or weekdays instead of it")
    if rota.recurrence is not None:
        return Recurrence.parse(rota.recurrence)
    return Recurrence.weekly(rota.weekdays or [])


def _refuse_nonsense(rota: Rota, slot_minutes: int) -> None:
    opens, closes = wall_stretch(rota.start_time, rota.end_time)
    if rota.start_time == rota.end_time:
        raise InvalidInput.field("end_time", "must not be the start")
    if closes - opens < rota.buffer_before_minutes + slot_minutes + rota.buffer_after_minutes:
        raise InvalidInput.field("slot_minutes", "must fit between the start and the end")
    if rota.valid_to is not None and rota.valid_to < rota.valid_from:
        raise InvalidInput.field("valid_to", "must not be before the first day")
    for index, (first, last) in enumerate(rota.breaks):
        _refuse_break(f"breaks.{index}", (opens, closes), first, last)
    days = _recurrence(rota).since(rota.valid_from)
    last_day = min(rota.valid_to or date.max, rota.valid_from + SEARCHED)
    if next(days.between(rota.valid_from, last_day), None) is None:
        raise InvalidInput.field("recurrence", "gives no day")


def _refuse_break(field: str, hours: tuple[int, int], first: time, last: time) -> None:
    start, end = wall_stretch(first, last)
    if minutes(first) < hours[0]:
        start, end = start + DAY_MINUTES, end + DAY_MINUTES
    if start == end or not hours[0] <= start < end <= hours[1]:
        raise InvalidInput.field(field, "must begin and end between the start and the end")


def _new(values: dict[str, object], *, schedule_id: UUID | None = None) -> Schedule:
    """A schedule of these values, not in the session."""
    return Schedule(id=schedule_id or uuid4(), version=1, active=True, **values)


async def _exceptions_of(session: AsyncSession, schedule: Schedule) -> Sequence[ScheduleException]:
    found = await session.scalars(
        select(ScheduleException).where(
            ScheduleException.organization_id == schedule.organization_id,
            ScheduleException.practitioner_id == schedule.practitioner_id,
        )
    )
    return found.all()


async def _to_change(session: AsyncSession, schedule_id: UUID, version: int) -> Schedule:
    found = await session.scalar(
        select(Schedule)
        .where(Schedule.id == schedule_id, Schedule.active)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise ResourceNotFound("Schedule", schedule_id)
    if found.version != version:
        raise StaleVersion
    return found


def _note(
    session: AsyncSession,
    action: audit.Action,
    what: str,
    schedule: Schedule,
    *,
    also: UUID | None = None,
) -> None:
    audit.record(session, action, what, resource="Schedule", resource_id=schedule.id)
    announce_rota(session, schedule.id, {schedule.practitioner_id, also})
