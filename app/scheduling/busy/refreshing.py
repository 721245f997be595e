"""The job that reads feeds again: each every quarter of an hour, by one node."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import jobs
from app.clock import utc_now
from app.database import Database
from app.errors import InvalidInput
from app.identity import Actor
from app.models import BusySource
from app.outbound import Answer, OutboundError
from app.scheduling.busy.process import MOST_BYTES, BusyPeriods, read_busy
from app.scheduling.busy.sources import Reach, announce, replace_times, time_zone_of
from app.sealing import CannotUnseal

EVERY = timedelta(minutes=15)
LEASE = timedelta(minutes=2)
"""Longer than fetching and reading may take together."""
AT_ONCE = 4
FEEDS_A_ROUND = 100
NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class _Feed:
    """What fetching needs, read in a transaction that has ended."""

    id: UUID
    organization_id: UUID
    url: str
    etag: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class _News:
    """How it went: something new, nothing new (both None), or a problem in words."""

    read: BusyPeriods | None = None
    etag: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Refresher:
    """Reads feeds that are due. What a feed said before stays until it says something else."""

    database: Database
    reach: Reach
    clock: Callable[[], datetime] = utc_now

    async def refresh_due(self, now: datetime) -> int:
        """One round; how many feeds were asked."""
        room = asyncio.Semaphore(AT_ONCE)
        due = await self._due(now)
        asked = await asyncio.gather(*(self._refresh(*each, room) for each in due))
        return sum(asked)

    async def _due(self, now: datetime) -> list[tuple[UUID, UUID]]:
        async with self.database.transaction(jobs.JOBS) as session:
            rows = await session.execute(
                select(BusySource.organization_id, BusySource.id)
                .where(
                    BusySource.kind == "feed",
                    BusySource.due_at <= now,
                    or_(BusySource.lease_until.is_(None), BusySource.lease_until <= now),
                )
                .order_by(BusySource.due_at)
                .limit(FEEDS_A_ROUND)
            )
            return [(row.organization_id, row.id) for row in rows]

    async def _refresh(
        self, organization_id: UUID, source_id: UUID, room: asyncio.Semaphore
    ) -> bool:
        async with room:
            feed = await self._claim(organization_id, source_id)
            if feed is None:
                return False
            await self._note(feed, await self._ask(feed))
            return True

    async def _claim(self, organization_id: UUID, source_id: UUID) -> _Feed | None:
        now = self.clock()
        async with self.database.transaction(Actor(organization_id)) as session:
            if not await jobs.claim(session, BusySource, source_id, now=now, lease=LEASE):
                return None
            source = await session.get_one(BusySource, source_id)
            try:
                url = self.reach.unseal(source)
            except CannotUnseal:
                source.problem = "Its address cannot be opened any more. Add the feed again."
                source.due_at, source.lease_until = None, None
                announce(session, source)
                return None
            # The first reading of a day is a whole one: the days ahead move on meanwhile.
            fresh = source.read_at is not None and source.read_at.date() == now.date()
            return _Feed(
                id=source_id,
                organization_id=organization_id,
                url=url,
                etag=source.etag if fresh else "",
                time_zone=await time_zone_of(session),
            )

    async def _ask(self, feed: _Feed) -> _News:
        headers = {"Accept": "text/calendar"}
        if feed.etag:
            headers["If-None-Match"] = feed.etag
        try:
            answer = await self.reach.outbound.fetch(feed.url, headers, most_bytes=MOST_BYTES)
        except OutboundError as failure:
            return _News(problem=failure.words)
        if answer.status == NOT_MODIFIED and feed.etag:
            return _News(etag=feed.etag)
        if answer.status != 200:
            return _News(problem=_in_words(answer.status))
        return await self._read(feed, answer)

    async def _read(self, feed: _Feed, answer: Answer) -> _News:
        try:
            read = await read_busy(answer.body, now=self.clock(), time_zone=feed.time_zone)
        except InvalidInput as refusal:
            return _News(problem=refusal.problems[0].detail)
        return _News(read, etag=answer.headers.get("etag", "")[:200])

    async def _note(self, feed: _Feed, news: _News) -> None:
        now = self.clock()
        async with self.database.transaction(Actor(feed.organization_id)) as session:
            source = await session.get(BusySource, feed.id, with_for_update=True)
            if source is None:  # removed meanwhile
                return
            source.lease_until, source.due_at = None, now + EVERY
            if news.read is not None:
                source.etag = news.etag
                await replace_times(session, source, news.read, now=now)
            elif news.problem is None:
                source.read_at = now
            else:
                _note_problem(session, source, news.problem)
            await session.flush()


def _note_problem(session: AsyncSession, source: BusySource, problem: str) -> None:
    source.etag = ""  # the next reading is a whole one, and ends the problem
    if source.problem != problem:
        source.problem = problem
        source.touch()
        announce(session, source)


def _in_words(status: int) -> str:
    if status in {401, 403}:
        return "The calendar's owner does not share it at this address any more."
    if status in {404, 410}:
        return "There is no calendar at this address any more."
    return f"The calendar's server could not give it ({status})."
