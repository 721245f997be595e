"""ScheduleExceptions: days that are closed, extra or a colleague's. Enter, change, remove."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, directory
from app.database import organization_of
from app.errors import InvalidInput, ResourceNotFound, StaleVersion
from app.models import Schedule, ScheduleException
from app.models.paging import After, Page, fetch_page
from app.models.schedule import ExceptionKind
from app.models.text import Line
from app.models.time_zone import Day, WallTime
from app.scheduling.rotas.announcing import announce_rota
from app.scheduling.rotas.effects import Affected, Change, effect_of, settle
from app.scheduling.rotas.locking import lock_rotas
from app.scheduling.rotas.opening import Pattern, wall_stretch
from app.scheduling.rotas.schedules import find_schedule


class OneOff(BaseModel):
    """A wall-clock `day` that differs from the rotas: of `schedule_id`, or of all rotas of
    `practitioner_id`.

    `closed`: all day, or in the times given. `extra`: that schedule is open then too. `swapped`:
    `colleague_id` gives these slots instead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ExceptionKind
    day: Day
    practitioner_id: UUID | None = None
    schedule_id: UUID | None = None
    start_time: WallTime | None = None
    end_time: WallTime | None = None
    colleague_id: UUID | None = None
    reason: Line = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which exceptions; None means any. The days are included."""

    practitioner_id: UUID | None = None
    first_day: date | None = None
    last_day: date | None = None


async def list_exceptions(
    session: AsyncSession, filters: Filters, *, after: After
) -> Page[ScheduleException]:
    """Exceptions by day. The key is (day, id)."""
    wanted = select(ScheduleException).where(
        ScheduleException.organization_id == organization_of(session)
    )
    if filters.practitioner_id is not None:
        wanted = wanted.where(ScheduleException.practitioner_id == filters.practitioner_id)
    if filters.first_day is not None:
        wanted = wanted.where(ScheduleException.day >= filters.first_day)
    if filters.last_day is not None:
        wanted = wanted.where(ScheduleException.day <= filters.last_day)
    key = (ScheduleException.day, ScheduleException.id)
    return await fetch_page(session, wanted, key, after=after)


async def find_exception(session: AsyncSession, exception_id: UUID) -> ScheduleException:
    """That exception. Raises ResourceNotFound."""
    found = await session.get(ScheduleException, exception_id)
    if found is None or found.organization_id != organization_of(session):
        raise ResourceNotFound("ScheduleException", exception_id)
    return found


async def plan_exception(
    session: AsyncSession, one_off: OneOff, *, instead_of: UUID | None = None, now: datetime
) -> Sequence[Affected]:
    """Whom adding the exception, or putting it in the place of another, would affect. Saves
    nothing. Raises InvalidInput naming the field, ResourceNotFound."""
    if instead_of is not None:
        await find_exception(session, instead_of)
    planned = _new(await _values(session, one_off), exception_id=instead_of)
    return await effect_of(session, Change(exceptions={planned.id: planned}), now=now)


async def add_exception(
    session: AsyncSession, one_off: OneOff, *, now: datetime, keep_bookings: bool = False
) -> ScheduleException:
    """From now on the day differs. Raises BookingsAffected unless `keep_bookings`, InvalidInput
    naming the field, ResourceNotFound."""
    await lock_rotas(session)
    added = _new(await _values(session, one_off))
    change = Change(exceptions={added.id: added})
    await settle(session, change, keep_bookings=keep_bookings, now=now)
    session.add(added)
    await session.flush()
    _note(session, "C", "Entered an exception of a schedule", added)
    return added


async def replace_exception(
    session: AsyncSession,
    exception_id: UUID,
    one_off: OneOff,
    *,
    version: int,
    now: datetime,
    keep_bookings: bool = False,
) -> ScheduleException:
    """The day differs in another way. Raises BookingsAffected unless `keep_bookings`,
    StaleVersion, InvalidInput, ResourceNotFound."""
    await lock_rotas(session)
    values = await _values(session, one_off)
    found = await _to_change(session, exception_id, version)
    before = (found.practitioner_id, found.colleague_id)
    change = Change(exceptions={exception_id: _new(values, exception_id=exception_id)})
    await settle(session, change, keep_bookings=keep_bookings, now=now)
    for name, value in values.items():
        setattr(found, name, value)
    found.touch()
    await session.flush()
    _note(session, "U", "Changed an exception of a schedule", found, also=before)
    return found


async def remove_exception(
    session: AsyncSession,
    exception_id: UUID,
    *,
    version: int,
    now: datetime,
    keep_bookings: bool = False,
) -> None:
    """The day is as any other. Raises BookingsAffected unless `keep_bookings`, StaleVersion,
    ResourceNotFound."""
    await lock_rotas(session)
    found = await _to_change(session, exception_id, version)
    change = Change(exceptions={exception_id: None})
    await settle(session, change, keep_bookings=keep_bookings, now=now)
    _note(session, "D", "Removed an exception of a schedule", found)
    await session.delete(found)
    await session.flush()


async def _values(session: AsyncSession, one_off: OneOff) -> dict[str, object]:
    schedule = None
    if one_off.schedule_id is not None:
        schedule = await find_schedule(session, one_off.schedule_id)
    practitioner_id = _practitioner(one_off, schedule)
    await directory.find_own_practitioner(session, practitioner_id)
    _refuse_nonsense(one_off, schedule)
    if one_off.colleague_id is not None:
        await _refuse_colleague(session, one_off.colleague_id, practitioner_id)
    return one_off.model_dump() | {
        "organization_id": organization_of(session),
        "practitioner_id": practitioner_id,
    }


def _practitioner(one_off: OneOff, schedule: Schedule | None) -> UUID:
    given = one_off.practitioner_id
    if schedule is None:
        if given is None:
            raise InvalidInput.field("practitioner_id", "must be given, or a schedule")
        return given
    if given not in {None, schedule.practitioner_id}:
        raise InvalidInput.field("practitioner_id", "must be the schedule's, or left out")
    return schedule.practitioner_id


def _refuse_nonsense(one_off: OneOff, schedule: Schedule | None) -> None:
    start, end = one_off.start_time, one_off.end_time
    if (start is None) != (end is None):
        raise InvalidInput.field("end_time", "must be given together with the start")
    if start is not None and start == end:
        raise InvalidInput.field("end_time", "must not be the start")
    if (one_off.kind == "swapped") != (one_off.colleague_id is not None):
        raise InvalidInput.field("colleague_id", "must be given for swapped, and only then")
    if one_off.kind != "extra":
        return
    if schedule is None:
        raise InvalidInput.field("schedule_id", "must be given for extra")
    if start is None or end is None:
        raise InvalidInput.field("start_time", "must be given for extra")
    opens, closes = wall_stretch(start, end)
    if closes - opens < Pattern.of(schedule).step:
        raise InvalidInput.field("end_time", "must leave time for one slot")


async def _refuse_colleague(
    session: AsyncSession, colleague_id: UUID, practitioner_id: UUID
) -> None:
    colleague = await directory.find_own_practitioner(session, colleague_id)
    if colleague_id == practitioner_id:
        raise InvalidInput.field("colleague_id", "must be somebody else")
    if not colleague.active:
        raise InvalidInput.field("colleague_id", "This person does not work here any more.")


def _new(values: dict[str, object], *, exception_id: UUID | None = None) -> ScheduleException:
    """An exception of these values, not in the session."""
    return ScheduleException(id=exception_id or uuid4(), version=1, **values)


async def _to_change(session: AsyncSession, exception_id: UUID, version: int) -> ScheduleException:
    found = await session.scalar(
        select(ScheduleException)
        .where(ScheduleException.id == exception_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise ResourceNotFound("ScheduleException", exception_id)
    if found.version != version:
        raise StaleVersion
    return found


def _note(
    session: AsyncSession,
    action: audit.Action,
    what: str,
    exception: ScheduleException,
    *,
    also: Sequence[UUID | None] = (),
) -> None:
    audit.record(session, action, what, resource="ScheduleException", resource_id=exception.id)
    people = (exception.practitioner_id, exception.colleague_id, *also)
    announce_rota(session, exception.id, people)
