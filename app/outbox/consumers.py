"""Consumers: what is done for each domain event, at least once, by one node at a time.

A consumer is somebody's turn by an advisory lock, not by a locked row: a transaction that has
written holds back the horizon below which everybody reads (docs/decisions/0006).
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from socket import gaierror
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import utc_now
from app.config import OUTBOX_POLL
from app.database import Database
from app.identity import Actor, Principal
from app.models import OutboxConsumer
from app.outbox.events import RELAY, DomainEvent, OutboxPosition, newest, read_after
from app.outbox.wakeup import Wakeup

Handle = Callable[[AsyncSession, DomainEvent], Awaitable[None]]
BATCH = 200
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (0.2, 1, 5, 15))
"""Between five tries: long enough for a restart next door, short enough for who waits behind."""
CATCH_UP = timedelta(hours=1)
_AWAY_STATES = ("08", "53", "57P")
"""SQLSTATE classes: connection exception, insufficient resources, operator intervention."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Consumer:
    """`handle` runs in a transaction of its own, as the event's organisation. It may be called
    again for an event it has handled, so it leaves keys by which it knows.

    `events` are the names wanted; empty means all. A consumer that is new to an installation
    begins `catch_up` ago: it must not tell people of what happened last month.
    """

    name: str
    handle: Handle
    events: frozenset[str] = frozenset()
    pauses: tuple[timedelta, ...] = PAUSES
    catch_up: timedelta = CATCH_UP

    def wants(self, event: DomainEvent) -> bool:
        """Whether the event is one to handle."""
        return not self.events or event.event in self.events

    def actor(self, organization_id: UUID) -> Actor:
        """A system of the event's organisation, named after the consumer."""
        subject = uuid5(NAMESPACE_URL, f"openconsult:consumer:{self.name}")
        principal = Principal(
            kind="system",
            subject=subject,
            organization_id=organization_id,
            name=f"Openconsult {self.name}",
        )
        return Actor.of(principal)


async def run(
    database: Database,
    consumer: Consumer,
    wakeup: Wakeup,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Handle what comes, for ever. A database that is away is waited for."""
    bell = wakeup.bell()
    while True:
        try:
            while await step(database, consumer, clock()) == BATCH:
                pass
        except (DBAPIError, PoolTimeout, OSError) as error:
            log.error("consumer_interrupted", consumer=consumer.name, kind=type(error).__name__)
            await asyncio.sleep(OUTBOX_POLL.total_seconds())
        await bell.wait()


async def step(database: Database, consumer: Consumer, now: datetime) -> int:
    """Handle one batch, unless another node is at it; how many events were read.

    Whatever stops this between an event and its position, the event is handled again.
    """
    async with database.transaction(RELAY) as turn:
        if not await _takes_turn(turn, consumer):
            return 0
        position = await _position(database, consumer, now)
        events = await read_after(turn, position, limit=BATCH)
        for event in events:
            if consumer.wants(event):
                await _handle(database, consumer, event)
                position = await _move(database, consumer, position, event.position, now=now)
        if events and position != events[-1].position:
            await _move(database, consumer, position, events[-1].position, now=now)
        return len(events)


async def _takes_turn(turn: AsyncSession, consumer: Consumer) -> bool:
    key = func.hashtextextended(f"openconsult consumer {consumer.name}", 0)
    return bool(await turn.scalar(select(func.pg_try_advisory_xact_lock(key))))


async def _position(database: Database, consumer: Consumer, now: datetime) -> OutboxPosition:
    async with database.transaction(RELAY) as session:
        kept = await session.get(OutboxConsumer, consumer.name)
        if kept is not None:
            return OutboxPosition.parse(kept.position)
        start = await newest(session, before=now - consumer.catch_up)
        first = {"name": consumer.name, "position": str(start), "updated_at": now}
        await session.execute(insert(OutboxConsumer).values(first).on_conflict_do_nothing())
        return start


async def _move(
    database: Database,
    consumer: Consumer,
    before: OutboxPosition,
    to: OutboxPosition,
    *,
    now: datetime,
) -> OutboxPosition:
    """Save how far it has come. Raises ConnectionError where another node has taken over: our
    turn ended with its connection."""
    async with database.transaction(RELAY) as session:
        moved = await session.scalar(
            update(OutboxConsumer)
            .where(OutboxConsumer.name == consumer.name, OutboxConsumer.position == str(before))
            .values(position=str(to), updated_at=now)
            .returning(OutboxConsumer.name)
        )
    if moved is None:
        raise ConnectionError("another node has this consumer's turn")
    return to


async def _handle(database: Database, consumer: Consumer, event: DomainEvent) -> None:
    """Try until it is done; after the last pause the event is passed over, and said so."""
    for pause in (*consumer.pauses, None):
        try:
            async with database.transaction(consumer.actor(event.organization_id)) as session:
                await consumer.handle(session, event)
        except Exception as error:  # whatever is wrong with one event must not stop the rest
            if _database_is_away(error):
                raise
            _say_failed(consumer, event, error, for_good=pause is None)
            if pause is not None:
                await asyncio.sleep(pause.total_seconds())
        else:
            return


def _database_is_away(error: Exception) -> bool:
    """That is no fault of the event's: it is not counted as a try."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or state.startswith(_AWAY_STATES)
    return isinstance(error, PoolTimeout | ConnectionError | TimeoutError | gaierror)


def _say_failed(
    consumer: Consumer, event: DomainEvent, error: Exception, *, for_good: bool
) -> None:
    log.error(
        "event_passed_over" if for_good else "event_failed",
        consumer=consumer.name,
        event_id=str(event.position),
        event_kind=event.event,
        error=type(error).__name__,
    )
