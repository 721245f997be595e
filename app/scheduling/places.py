"""What is asked for: who, for which service, when. Checked before anything is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory
from app.errors import InvalidInput
from app.models import HealthcareService, Organization, Practitioner, Schedule
from app.models.time_zone import zone
from app.scheduling.availability import Period, Slot, covers, offered
from app.scheduling.search import FURTHEST

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A time as asked for. Without `end` it takes as long as the service's slot.

    `time_zone` is where the wall-clock time is meant: of the schedule, else of the organisation.
    """

    service_id: UUID
    practitioner_id: UUID
    start: datetime
    end: datetime | None = None
    time_zone: str | None = None
    outside_schedule: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A time that may be written, if it is free."""

    service: HealthcareService
    practitioner: Practitioner
    period: Period
    time_zone: str

    @property
    def wall_start(self) -> str:
        """The local start as it was meant, ISO 8601 without an offset."""
        return wall_time(self.period.start, self.time_zone)


def wall_time(start: datetime, time_zone: str) -> str:
    """The clock on the wall there, ISO 8601 without an offset."""
    return start.astimezone(zone(time_zone)).replace(tzinfo=None).isoformat()


async def check(session: AsyncSession, wanted: Wanted, *, now: datetime) -> Place:
    """Whether `wanted` makes sense. Raises ResourceNotFound, and InvalidInput naming the field."""
    if wanted.time_zone is not None:
        zone(wanted.time_zone)
    service = await directory.find_bookable_service(session, wanted.service_id)
    practitioner = await directory.find_own_practitioner(session, wanted.practitioner_id)
    if not practitioner.active:
        raise InvalidInput.field("practitioner_id", "This person does not work here any more.")
    period = check_times(
        wanted.start, wanted.end, default=timedelta(minutes=service.slot_minutes), now=now
    )
    slots = await _slots_around(session, wanted, period)
    if not (wanted.outside_schedule or covers(slots, period)):
        raise InvalidInput.field("start", "The practitioner does not offer this service then.")
    time_zone = wanted.time_zone or await _time_zone(session, slots, service.organization_id)
    return Place(service, practitioner, period, time_zone)


def check_times(
    start: datetime, end: datetime | None, *, default: timedelta, now: datetime
) -> Period:
    """The period from `start` to `end`. Raises InvalidInput for past, reversed, zero-length and
    overlong times."""
    if start <= now:
        raise InvalidInput.field("start", "must be in the future")
    if start - now > FURTHEST:
        raise InvalidInput.field("start", "must be within the next two years")
    end = start + default if end is None else end
    if end <= start:
        raise InvalidInput.field("end", "must be after the start")
    if end - start < SHORTEST:
        raise InvalidInput.field("end", "must be at least 5 minutes after the start")
    if end - start > LONGEST:
        raise InvalidInput.field("end", "must be at most 8 hours after the start")
    return Period(start, end)


async def _slots_around(session: AsyncSession, wanted: Wanted, period: Period) -> list[Slot]:
    schedules = await session.scalars(
        select(Schedule).where(
            Schedule.practitioner_id == wanted.practitioner_id,
            Schedule.service_id == wanted.service_id,
            Schedule.active,
        )
    )
    window = Period(period.start - LONGEST, period.end)
    return [slot for schedule in schedules for slot in offered(schedule, window)]


async def _time_zone(session: AsyncSession, slots: list[Slot], organization_id: UUID) -> str:
    if slots:
        return slots[-1].time_zone
    organization = await session.get_one(Organization, organization_id)
    return organization.time_zone
