"""One reader of the outbox for a web process, fanned out to whoever listens here."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import outbox
from app.config import OUTBOX_POLL
from app.database import Database
from app.errors import Unavailable
from app.outbox import RELAY, DomainEvent, OutboxPosition, Wakeup

# More than this unread, or missed, is fetched afresh faster than it is replayed.
MAX_EVENTS = 256
BATCH = 500
READY_SECONDS = 5.0
GATHER_SECONDS = 0.01
"""A burst of commits is read at once; less than anybody sees."""
BETWEEN_READS_SECONDS = 0.03
"""Where it never ends, it is read so many times a second, not as often as there are commits."""

log = structlog.get_logger(__name__)


class Overflow(Exception):
    """A listener did not keep up: what it has is incomplete."""


class Subscription:
    """The events after `start` for one listener. `audience` None hears everything."""

    def __init__(self, audience: frozenset[str] | None, start: OutboxPosition) -> None:
        self.audience = audience
        self.start = start
        self._events: asyncio.Queue[DomainEvent] = asyncio.Queue()
        self._overflowed = False

    def offer(self, event: DomainEvent) -> None:
        """Queue the event if it is for this listener."""
        if self.audience is not None and self.audience.isdisjoint(event.audience):
            return
        if self.audience is not None and self._events.qsize() >= MAX_EVENTS:
            self._overflowed = True
            return
        self._events.put_nowait(event)

    async def next(self) -> DomainEvent:
        """The next event. Raises Overflow when one had to be left out."""
        if self._overflowed:
            raise Overflow
        return await self._events.get()


class LiveFeed:
    """Follows the outbox in commit order, woken by NOTIFY, at the latest by the poll."""

    def __init__(self, database: Database, wakeup: Wakeup) -> None:
        self._database = database
        self._bell = wakeup.bell()
        self._subscriptions: set[Subscription] = set()
        self._position = OutboxPosition()
        self._ready = asyncio.Event()

    async def run(self) -> None:
        """Read and fan out, for ever. A database that is away is waited for."""
        while True:
            try:
                await self._follow()
            except (SQLAlchemyError, OSError) as error:
                log.error("live feed interrupted", kind=type(error).__name__)
                await asyncio.sleep(OUTBOX_POLL.total_seconds())

    async def _follow(self) -> None:
        if not self._ready.is_set():
            async with self._database.transaction(RELAY) as session:
                self._position = await outbox.newest(session)
            self._ready.set()
        while True:
            while await self._read_batch() == BATCH:
                pass
            await asyncio.sleep(BETWEEN_READS_SECONDS)
            await self._bell.wait()
            await asyncio.sleep(GATHER_SECONDS)

    async def _read_batch(self) -> int:
        async with self._database.transaction(RELAY) as session:
            events = await outbox.read_after(session, self._position, limit=BATCH)
        for event in events:
            self._position = event.position
            for subscription in self._subscriptions:
                subscription.offer(event)
        return len(events)

    async def ready(self) -> None:
        """Wait until it is known where the outbox stands. Raises Unavailable."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            raise Unavailable from None

    @contextmanager
    def subscribe(self, audience: frozenset[str] | None) -> Iterator[Subscription]:
        """Listen from the present position on."""
        subscription = Subscription(audience, self._position)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def missed(
        self, subscription: Subscription, since: OutboxPosition
    ) -> list[DomainEvent] | None:
        """What a listener missed between `since` and its start; None when not all can be given."""
        if since > subscription.start:
            return None
        async with self._database.transaction(RELAY) as session:
            events = await outbox.read_after(
                session, since, audience=subscription.audience, limit=MAX_EVENTS + 1
            )
        if len(events) > MAX_EVENTS:
            return None
        return [event for event in events if event.position <= subscription.start]
