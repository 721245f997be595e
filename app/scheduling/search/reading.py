"""What a search reads: schedules, exceptions, busy times and group sessions, in few rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, bindparam, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app.database import organization_of
from app.models import (
    Appointment,
    GroupSession,
    HealthcareService,
    Occupancy,
    Practitioner,
    Schedule,
    ScheduleException,
)
from app.models.appointment import LONGEST_OCCUPANCY
from app.models.organization import Channel
from app.scheduling.rotas.times import Period, minute_of
from app.scheduling.search.free import Busy, PartOfDay


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; None or empty means any.

    `language` is a BCP 47 tag that the practitioner consults in. `weekdays` (ISO) and
    `part_of_day` are local to the rota. Of a group, `places` must be left.
    """

    service_id: UUID | None = None
    practitioner_id: UUID | None = None
    specialty: str | None = None
    language: str | None = None
    channel: Channel | None = None
    part_of_day: PartOfDay | None = None
    weekdays: frozenset[int] = frozenset()
    places: int = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A schedule that may offer what is looked for; `is_eligible` says whether its practitioner
    may give it. A colleague who swaps may, when they may not."""

    schedule: Schedule
    is_eligible: bool


def touches(model: type[Appointment | Occupancy], period: Period) -> ColumnElement[bool]:
    """Whether a row's time shares a moment with the period, asked so that an index can tell: no
    operator on ranges can use one (app.models.appointment), and their length is bounded."""
    return and_(
        model.ends_at > period.start,
        model.ends_at < period.end + LONGEST_OCCUPANCY,
        model.starts_at > period.start - LONGEST_OCCUPANCY,
        model.starts_at < period.end,
    )


DayRange = tuple[date, date]
"""First and last, both included."""


def days_around(period: Period) -> DayRange:
    """Whose exceptions may touch a shift with slots in `period`, wherever its clock hangs."""
    # A shift that began the day before, an exception of its eve, and 14 hours of zones.
    first, last = period.start - timedelta(days=3), period.end + timedelta(days=2)
    return first.date(), last.date()


async def read_candidates(
    session: AsyncSession, search: Search, practitioners: Collection[UUID]
) -> Sequence[Candidate]:
    """Every active schedule of these practitioners that may offer it."""
    wanted = (
        select(Schedule, may_give(search))
        .join(HealthcareService, HealthcareService.id == Schedule.service_id)
        .join(Practitioner, Practitioner.id == Schedule.practitioner_id)
        .where(
            Schedule.organization_id == organization_of(session),
            Schedule.active,
            Schedule.practitioner_id.in_(practitioners),
            Schedule.capacity >= search.places,
            *wanted_services(search),
        )
    )
    if search.channel is not None:
        wanted = wanted.where(Schedule.channel == search.channel)
    rows = await session.execute(wanted)
    return [Candidate(schedule, is_eligible) for schedule, is_eligible in rows]


def wanted_services(search: Search) -> list[ColumnElement[bool]]:
    """What is asked of the service."""
    found: list[ColumnElement[bool]] = [
        HealthcareService.active.is_(True),
        HealthcareService.urgent.is_(False),
    ]
    if search.service_id is not None:
        found.append(HealthcareService.id == search.service_id)
    if search.specialty is not None:
        found.append(HealthcareService.specialty == search.specialty)
    return found


SPEAKS = """EXISTS (SELECT FROM unnest(practitioner.languages) AS tag
    WHERE starts_with(lower(tag) || '-', lower(CAST(:language AS text)) || '-'))"""
# Basic filtering (RFC 4647 §3.3.1), as on the waiting list: who asks for pt is content with pt-BR.


def may_give(search: Search) -> ColumnElement[bool]:
    """Whether a practitioner may give it."""
    found: ColumnElement[bool] = Practitioner.active.is_(True)
    if search.language is not None:
        found &= text(SPEAKS).bindparams(language=search.language)
    if search.practitioner_id is not None:
        found &= Practitioner.id == search.practitioner_id
    return found


@dataclass(frozen=True, slots=True)
class Moved:
    """Practitioners some of whose rotas are open at other times or given by others, and who those
    others are."""

    practitioners: frozenset[UUID]
    colleagues: frozenset[UUID]


async def read_moved(session: AsyncSession, search: Search, days: DayRange) -> Moved:
    """All whose extra sessions and swaps on these days may offer what is looked for."""
    wanted = (
        select(ScheduleException.practitioner_id, ScheduleException.colleague_id)
        .where(
            ScheduleException.organization_id == organization_of(session),
            ScheduleException.day.between(*days),
            ScheduleException.kind != "closed",
        )
        .distinct()
    )
    named = search.practitioner_id
    if named is not None:
        pair = (ScheduleException.practitioner_id, ScheduleException.colleague_id)
        wanted = wanted.where(or_(*(column == named for column in pair)))
    rows = (await session.execute(wanted)).all()
    colleagues = (row.colleague_id for row in rows if row.colleague_id is not None)
    return Moved(frozenset(row.practitioner_id for row in rows), frozenset(colleagues))


async def read_exceptions(
    session: AsyncSession, practitioners: Collection[UUID], days: DayRange
) -> Sequence[ScheduleException]:
    """All of theirs on these days."""
    found = await session.scalars(
        select(ScheduleException).where(
            ScheduleException.organization_id == organization_of(session),
            ScheduleException.practitioner_id.in_(practitioners),
            ScheduleException.day.between(*days),
        )
    )
    return found.all()


async def eligible_among(
    session: AsyncSession, search: Search, practitioners: Collection[UUID]
) -> set[UUID]:
    """Those of them who may give what is looked for."""
    if not practitioners:
        return set()
    wanted = select(Practitioner.id).where(Practitioner.id.in_(practitioners), may_give(search))
    return set(await session.scalars(wanted))


# Merged in the server, a row for each person: thousands of rows of times cost more to carry over
# than to add up. Minutes are whole, so busy time is rounded outwards. Nothing taken is longer than
# what `longest` allows for: else all that is still to come would be read. Person by person: a
# planner that does not know how few they are would read the times of all.
_READ_BUSY = text(
    """
    SELECT actor_id,
        array_agg(floor(date_part('epoch', lower(during)) / 60)::int ORDER BY during) AS starts,
        array_agg(ceil(date_part('epoch', upper(during)) / 60)::int ORDER BY during) AS ends
    FROM (
        SELECT actor_id, unnest(range_agg(
            tstzrange(greatest(starts_at, :first), least(ends_at, :last)))) AS during
        FROM unnest(:people) AS person (actor_id) CROSS JOIN LATERAL (
            SELECT starts_at, ends_at FROM occupancy
            WHERE organization_id = :organization AND occupancy.actor_id = person.actor_id
            AND ends_at > :first AND ends_at < :longest AND starts_at < :last
            AND (expires_at IS NULL OR expires_at > :now)
            UNION ALL
            SELECT starts_at, ends_at FROM busy_time
            WHERE organization_id = :organization AND practitioner_id = person.actor_id
            AND ends_at > :first AND starts_at < :last
        ) AS busy
        GROUP BY actor_id
    ) AS merged
    GROUP BY actor_id
    """
).bindparams(bindparam("people", type_=ARRAY(Uuid)))


async def read_busy(
    session: AsyncSession, people: Collection[UUID], reach: Period, *, now: datetime
) -> Mapping[UUID, Busy]:
    """When each of `people` is busy within `reach`: by bookings, by holds that have not run out,
    and by what was imported from their calendars."""
    values: dict[str, object] = {
        "organization": organization_of(session),
        "people": list(people),
        "first": reach.start,
        "last": reach.end,
        "longest": reach.end + LONGEST_OCCUPANCY,
        "now": now,
    }
    found = await session.execute(_READ_BUSY, values)
    return {row.actor_id: Busy(row.starts, row.ends) for row in found}


async def read_taken_places(
    session: AsyncSession, schedule_ids: Collection[UUID], period: Period
) -> Mapping[tuple[UUID, UUID, int], int]:
    """Places taken in group sessions that begin then, by schedule, practitioner and minute."""
    rows = await session.execute(
        select(
            GroupSession.schedule_id,
            GroupSession.practitioner_id,
            GroupSession.start,
            GroupSession.taken,
        ).where(
            GroupSession.organization_id == organization_of(session),
            GroupSession.schedule_id.in_(schedule_ids),
            GroupSession.start >= period.start,
            GroupSession.start < period.end,
            GroupSession.taken > 0,
        )
    )
    return {(row.schedule_id, row.practitioner_id, minute_of(row.start)): row.taken for row in rows}
