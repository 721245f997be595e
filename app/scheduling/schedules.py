"""Schedules: enter, change, end. What was booked under one stays booked."""

from datetime import time
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, directory, outbox
from app.database import organization_of
from app.errors import InvalidInput, ResourceNotFound, StaleVersion
from app.models import Organization, Schedule
from app.models.paging import After, Page, fetch_page
from app.models.text import Line
from app.models.time_zone import Day, WallTime, zone

Weekday = Annotated[int, Field(ge=1, le=7)]


class Rota(BaseModel):
    """When slots are offered. `weekdays` are ISO numbers, Monday is 1; times are wall-clock in
    `time_zone` (the organisation's, unless given); `valid_to` is the last day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practitioner_id: UUID
    service_id: UUID
    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    start_time: WallTime
    end_time: WallTime
    valid_from: Day
    valid_to: Day | None = None
    slot_minutes: Annotated[int, Field(ge=5, le=480)] | None = None
    time_zone: Line | None = None


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
    if found is None or not found.active:
        raise ResourceNotFound("Schedule", schedule_id)
    return found


async def add_schedule(session: AsyncSession, rota: Rota) -> Schedule:
    """Offer slots from now on. Raises InvalidInput naming the field, ResourceNotFound."""
    schedule = Schedule(organization_id=organization_of(session), **await _values(session, rota))
    session.add(schedule)
    await session.flush()
    _note(session, "C", "Entered a schedule", schedule)
    return schedule


async def _values(session: AsyncSession, rota: Rota) -> dict[str, object]:
    service = await directory.find_bookable_service(session, rota.service_id)
    await directory.find_own_practitioner(session, rota.practitioner_id)
    organization = await session.get_one(Organization, organization_of(session))
    slot_minutes = rota.slot_minutes or service.slot_minutes
    time_zone = rota.time_zone or organization.time_zone
    zone(time_zone)
    _refuse_nonsense(rota, slot_minutes)
    days = ",".join(("MO", "TU", "WE", "TH", "FR", "SA", "SU")[day - 1] for day in rota.weekdays)
    return rota.model_dump(exclude={"weekdays"}) | {
        "slot_minutes": slot_minutes,
        "time_zone": time_zone,
        "recurrence": f"FREQ=WEEKLY;BYDAY={days}",
    }


def _refuse_nonsense(rota: Rota, slot_minutes: int) -> None:
    open_minutes = _minutes(rota.end_time) - _minutes(rota.start_time)
    if open_minutes <= 0:
        raise InvalidInput.field("end_time", "must be after the start")
    if open_minutes < slot_minutes:
        raise InvalidInput.field("slot_minutes", "must fit between the start and the end")
    if rota.valid_to is not None and rota.valid_to < rota.valid_from:
        raise InvalidInput.field("valid_to", "must not be before the first day")


def _minutes(value: time) -> int:
    return value.hour * 60 + value.minute


async def replace_schedule(
    session: AsyncSession, schedule_id: UUID, rota: Rota, *, version: int
) -> Schedule:
    """Offer other slots instead. Raises StaleVersion, InvalidInput, ResourceNotFound."""
    values = await _values(session, rota)
    schedule = await _to_change(session, schedule_id, version)
    for name, value in values.items():
        setattr(schedule, name, value)
    schedule.touch()
    await session.flush()
    _note(session, "U", "Changed a schedule", schedule)
    return schedule


async def end_schedule(session: AsyncSession, schedule_id: UUID, *, version: int) -> None:
    """Offer these slots no more. Raises StaleVersion, ResourceNotFound."""
    schedule = await _to_change(session, schedule_id, version)
    schedule.active = False
    schedule.touch()
    await session.flush()
    _note(session, "D", "Ended a schedule", schedule)


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


def _note(session: AsyncSession, action: audit.Action, what: str, schedule: Schedule) -> None:
    audit.record(session, action, what, resource="Schedule", resource_id=schedule.id)
    outbox.emit(
        session,
        "appointment.changed",
        schedule.id,
        audience=[
            f"practitioner:{schedule.practitioner_id}",
            f"scheduler@{schedule.organization_id}",
        ],
        payload={"practitioner_id": str(schedule.practitioner_id), "status": "schedule"},
    )
