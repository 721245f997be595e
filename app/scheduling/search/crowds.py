"""Crowds: rotas that are alike, and whose they are. A thousand doctors who sit at the same hours
are asked once for their times, and only so many of them are read as a page can show."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, RowMapping, Uuid, bindparam, func, or_, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app.database import organization_of
from app.models import HealthcareService, Practitioner, Schedule
from app.models.schedule import EVERY_WEEK
from app.scheduling.rotas.opening import expansion
from app.scheduling.rotas.slots import Roster
from app.scheduling.search.reading import DayRange, Search, may_give, wanted_services

_LOWEST, _HIGHEST = UUID(int=0), UUID(int=2**128 - 1)
_EVERYBODY = 2**31 - 1
MOST_KNOWN = 20_000
"""Rosters of crowds kept in a process."""
_OF_ALL = (
    Schedule.service_id,
    Schedule.channel,
    Schedule.time_zone,
    Schedule.recurrence,
    Schedule.start_time,
    Schedule.end_time,
    Schedule.breaks,
    Schedule.slot_minutes,
    Schedule.buffer_before_minutes,
    Schedule.buffer_after_minutes,
    Schedule.capacity,
    Schedule.notice_minutes,
    Schedule.horizon_days,
)
"""What is the same in all of a crowd."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Rotas that are alike: one roster that stands for all, valid whenever one of them is, and how
    many they are at most."""

    id: UUID
    roster: Roster
    size: int


@dataclass(frozen=True, slots=True)
class Member:
    """One rota of a crowd. `differs` says whether exceptions of its practitioner are near."""

    crowd: UUID
    practitioner_id: UUID
    schedule_id: UUID
    valid_from: date
    valid_to: date | None
    differs: bool

    def is_valid(self, day: date) -> bool:
        """Whether a shift that begins that day is one of this rota."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


async def read_crowds(session: AsyncSession, search: Search, days: DayRange) -> Sequence[Crowd]:
    """Every crowd that may offer what is looked for on these days."""
    wanted = (
        select(Schedule.crowd, func.count().label("size"))
        .join(HealthcareService, HealthcareService.id == Schedule.service_id)
        .where(
            Schedule.organization_id == organization_of(session),
            Schedule.active,
            Schedule.valid_from <= days[1],
            or_(Schedule.valid_to.is_(None), Schedule.valid_to >= days[0]),
            *wanted_services(search),
            *_members(search),
        )
        .group_by(Schedule.crowd)
    )
    sizes = {row.crowd: row.size for row in await session.execute(wanted)}
    rosters = await _rosters(session, sizes)
    return [
        Crowd(crowd, roster, sizes[crowd])
        for crowd, roster in rosters.items()
        if roster.schedule.capacity >= search.places
        if search.channel in (None, roster.schedule.channel)
    ]


def _members(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.practitioner_id is not None:
        found.append(Schedule.practitioner_id == search.practitioner_id)
    if search.language is not None:
        found.append(Schedule.practitioner_id.in_(select(Practitioner.id).where(may_give(search))))
    return found


_known: dict[UUID, Roster] = {}
"""By what they are, not by whose: a crowd of that name is always the same."""


async def _rosters(session: AsyncSession, crowds: Collection[UUID]) -> dict[UUID, Roster]:
    found = {crowd: _known[crowd] for crowd in crowds if crowd in _known}
    new = [crowd for crowd in crowds if crowd not in found]
    if new:
        found |= await _read_rosters(session, new)
        if len(_known) > MOST_KNOWN:
            _known.clear()
        _known.update(found)
    return found


async def _read_rosters(session: AsyncSession, crowds: Collection[UUID]) -> dict[UUID, Roster]:
    one_of_each = (
        select(Schedule.crowd, Schedule.valid_from, *_OF_ALL)
        .where(Schedule.organization_id == organization_of(session), Schedule.crowd.in_(crowds))
        .ext(distinct_on(Schedule.crowd))
    )
    return {row["crowd"]: _roster(row) for row in (await session.execute(one_of_each)).mappings()}


def _roster(row: RowMapping) -> Roster:
    values = {column.key: row[column.key] for column in _OF_ALL}
    # Whose rule gives the same days whenever it begins may have begun any time.
    since = date.min if re.match(EVERY_WEEK, row["recurrence"]) else row["valid_from"]
    schedule = Schedule(valid_from=since, active=True, **values)
    return Roster(schedule, expanded=expansion(schedule))


# For each crowd, so that an index gives its members in order and nobody is read in vain.
_READ_MEMBERS = text(
    """
    SELECT crowd, practitioner_id, id, valid_from, valid_to, EXISTS (
        SELECT 1 FROM schedule_exception
        WHERE organization_id = :organization AND practitioner_id = member.practitioner_id
        AND day BETWEEN :first AND :last) AS differs
    FROM (
        SELECT asked.crowd, rota.*
        FROM unnest(:crowds) AS asked (crowd) CROSS JOIN LATERAL (
            SELECT schedule.practitioner_id, schedule.id, valid_from, valid_to
            FROM schedule JOIN practitioner ON practitioner.id = schedule.practitioner_id
            WHERE schedule.organization_id = :organization AND schedule.crowd = asked.crowd
            AND schedule.active AND valid_from <= :last AND (valid_to IS NULL OR valid_to >= :first)
            AND schedule.practitioner_id BETWEEN :lowest AND :highest
            AND practitioner.active
            AND (CAST(:language AS text) IS NULL OR :language = ANY(practitioner.languages))
            ORDER BY schedule.practitioner_id FETCH FIRST :most ROWS WITH TIES
        ) AS rota
        ORDER BY rota.practitioner_id FETCH FIRST :most ROWS WITH TIES
    ) AS member
    ORDER BY practitioner_id
    """
).bindparams(bindparam("crowds", type_=ARRAY(Uuid)))


async def read_members(
    session: AsyncSession,
    search: Search,
    crowds: Collection[UUID],
    days: DayRange,
    *,
    since: int = 0,
    most: int | None = None,
) -> Sequence[Member]:
    """Those of the crowds who may give what is looked for, in the order of their practitioners,
    from the number `since` on: `most` of them, and those of the last one's that are left."""
    named = search.practitioner_id
    values: dict[str, object] = {
        "organization": organization_of(session),
        "crowds": list(crowds),
        "first": days[0],
        "last": days[1],
        "lowest": max(named or _LOWEST, UUID(int=since)),
        "highest": named or _HIGHEST,
        "language": search.language,
        "most": _EVERYBODY if most is None else most,
    }
    return [Member(*row) for row in await session.execute(_READ_MEMBERS, values)]
