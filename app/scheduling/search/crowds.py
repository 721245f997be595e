"""Crowds: rotas that are alike, and whose they are. A thousand doctors who sit at the same hours
are asked once for their times, and only so many of them are read as a page can show."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from struct import Struct
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    LargeBinary,
    RowMapping,
    Uuid,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from app.database import organization_of
from app.models import HealthcareService, Practitioner, Schedule
from app.models.schedule import EVERY_WEEK
from app.scheduling.rotas.opening import expansion
from app.scheduling.rotas.slots import Roster
from app.scheduling.search.reading import SPEAKS, DayRange, Search, may_give, wanted_services
from app.scheduling.search.terms import Clock, Terms

_LOWEST, _HIGHEST = UUID(int=0), UUID(int=2**128 - 1)
EVERYBODY = 2**31 - 1
MOST_KNOWN = 20_000
"""Terms of crowds kept in a process."""
WORTH_KEEPING, MOST_SEEN = 10, 32
"""From how many crowds on they are kept together: one person's are not. And how often they are."""
_ONE = Struct(">16sq")
"""A crowd and its size, as PostgreSQL sends them."""
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


class Crowd(NamedTuple):
    """Rotas that are alike: the terms of one roster that stands for all, valid whenever one of them
    is, and how many they are at most."""

    id: UUID
    terms: Terms
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


Crowds = Mapping[Clock, Sequence[Crowd]]
"""Crowds by what decides when their slots may be looked at."""


async def read_crowds(session: AsyncSession, search: Search, days: DayRange) -> Crowds:
    """Every crowd that may offer what is looked for on these days."""
    each = (
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
        .subquery()
    )
    one = func.uuid_send(each.c.crowd, type_=LargeBinary).concat(func.int8send(each.c.size))
    joined = func.string_agg(one, aggregate_order_by(literal(b""), each.c.crowd))
    written = await session.scalar(select(joined))
    return await _crowds(session, written or b"", search)


_seen: dict[tuple[bytes, int, str | None], Crowds] = {}
"""By all that they are: which crowds, and how many in each. They seldom change, and to make out
thousands of them anew costs more than all else in a search."""


async def _crowds(session: AsyncSession, written: bytes, search: Search) -> Crowds:
    key = (written, search.places, search.channel)
    found = _seen.get(key)
    if found is None:
        sizes = {UUID(bytes=crowd): size for crowd, size in _ONE.iter_unpack(written)}
        known = await _terms(session, sizes)
        found = _by_clock(known, sizes, search)
        # A rota that has gone between the two statements may come again: it is not kept as missing.
        if len(known) == len(sizes) >= WORTH_KEEPING:
            if len(_seen) >= MOST_SEEN:
                _seen.clear()
            _seen[key] = found
    return found


def _by_clock(known: Mapping[UUID, Terms], sizes: Mapping[UUID, int], search: Search) -> Crowds:
    found: dict[Clock, list[Crowd]] = {}
    for crowd, terms in known.items():
        if terms.capacity >= search.places and search.channel in (None, terms.channel):
            found.setdefault(terms.clock, []).append(Crowd(crowd, terms, sizes[crowd]))
    return found


def _members(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.practitioner_id is not None:
        found.append(Schedule.practitioner_id == search.practitioner_id)
    if search.language is not None:
        found.append(Schedule.practitioner_id.in_(select(Practitioner.id).where(may_give(search))))
    return found


_known: dict[UUID, Terms] = {}
"""By what they are, not by whose: a crowd of that name is always the same."""


async def _terms(session: AsyncSession, crowds: Collection[UUID]) -> dict[UUID, Terms]:
    found = {crowd: terms for crowd in crowds if (terms := _known.get(crowd))}
    if len(found) < len(crowds):
        new = [crowd for crowd in crowds if crowd not in found]
        found |= await _read_terms(session, new)
        if len(_known) > MOST_KNOWN:
            _known.clear()
        _known.update(found)
    return found


async def _read_terms(session: AsyncSession, crowds: Collection[UUID]) -> dict[UUID, Terms]:
    one_of_each = (
        select(Schedule.crowd, Schedule.valid_from, *_OF_ALL)
        .where(Schedule.organization_id == organization_of(session), Schedule.crowd.in_(crowds))
        .ext(distinct_on(Schedule.crowd))
    )
    rows = (await session.execute(one_of_each)).mappings()
    return {row["crowd"]: Terms.of(_roster(row)) for row in rows}


def _roster(row: RowMapping) -> Roster:
    values = {column.key: row[column.key] for column in _OF_ALL}
    # Whose rule gives the same days whenever it begins may have begun any time.
    since = date.min if re.match(EVERY_WEEK, row["recurrence"]) else row["valid_from"]
    schedule = Schedule(valid_from=since, active=True, **values)
    return Roster(schedule, expanded=expansion(schedule))


# Of a large crowd, an index gives the members in order, and nobody is read in vain. Those of small
# crowds, which may be thousands, are found together; who may give it is asked only as far as the
# page goes, in an order that the planner, which does not know how many crowds there will be, keeps.
_READ_MEMBERS = text(
    f"""
    SELECT crowd, practitioner_id, id, valid_from, valid_to, EXISTS (
        SELECT 1 FROM schedule_exception
        WHERE organization_id = :organization AND practitioner_id = member.practitioner_id
        AND day BETWEEN :first AND :last) AS differs
    FROM (
        SELECT asked.crowd, rota.*
        FROM unnest(:large) AS asked (crowd) CROSS JOIN LATERAL (
            SELECT schedule.practitioner_id, schedule.id, valid_from, valid_to
            FROM schedule JOIN practitioner ON practitioner.id = schedule.practitioner_id
            WHERE schedule.organization_id = :organization AND schedule.crowd = asked.crowd
            AND schedule.active AND valid_from <= :last AND (valid_to IS NULL OR valid_to >= :first)
            AND schedule.practitioner_id BETWEEN :lowest AND :highest
            AND practitioner.active
            AND (CAST(:language AS text) IS NULL OR {SPEAKS})
            ORDER BY schedule.practitioner_id FETCH FIRST :most ROWS WITH TIES
        ) AS rota
        UNION ALL (
            SELECT rota.*
            FROM (
                SELECT schedule.crowd, practitioner_id, id, valid_from, valid_to FROM schedule
                WHERE organization_id = :organization AND crowd = ANY(:small)
                AND active AND valid_from <= :last AND (valid_to IS NULL OR valid_to >= :first)
                AND practitioner_id BETWEEN :lowest AND :highest
                ORDER BY practitioner_id OFFSET 0
            ) AS rota JOIN practitioner ON practitioner.id = rota.practitioner_id
            WHERE practitioner.active
            AND (CAST(:language AS text) IS NULL OR {SPEAKS})
            ORDER BY rota.practitioner_id FETCH FIRST :most ROWS WITH TIES
        )
        ORDER BY practitioner_id FETCH FIRST :most ROWS WITH TIES
    ) AS member
    ORDER BY practitioner_id
    """  # noqa: S608 (a constant)
).bindparams(bindparam("large", type_=ARRAY(Uuid)), bindparam("small", type_=ARRAY(Uuid)))


async def read_members(
    session: AsyncSession,
    search: Search,
    crowds: Iterable[Crowd],
    days: DayRange,
    *,
    since: int = 0,
    most: int = EVERYBODY,
) -> Sequence[Member]:
    """Those of the crowds who may give what is looked for, in the order of their practitioners,
    from the number `since` on: `most` of them, and those of the last one's that are left."""
    named = search.practitioner_id
    sizes = {crowd.id: crowd.size for crowd in crowds}
    values: dict[str, object] = {
        "organization": organization_of(session),
        "large": [crowd for crowd, size in sizes.items() if size > most],
        "small": [crowd for crowd, size in sizes.items() if size <= most],
        "first": days[0],
        "last": days[1],
        "lowest": max(named or _LOWEST, UUID(int=since)),
        "highest": named or _HIGHEST,
        "language": search.language,
        "most": most,
    }
    return [Member(*row) for row in await session.execute(_READ_MEMBERS, values)]
