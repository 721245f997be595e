"""Consumers: what is done for each domain event, at least once, by one node at a time.

A consumer is somebody's turn by an advisory lock, not by a locked row: a transaction that has
written holds back the horizon below which everybody reads (docs/decisions/0006).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from socket import gaierror
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import utc_now
from app.config import OUTBOX_POLL
from app.database import Database, act_as
from app.identity import Actor, Principal
from app.models import OutboxConsumer
from app.outbox.events import RELAY, DomainEvent, OutboxPosition, newest, read_after
from app.outbox.wakeup import LOOK_AGAIN, Wakeup
from app.writing import send

Handle = Callable[[AsyncSession, Sequence[DomainEvent]], Awaitable[None]]
"""Events of one organisation, in order."""
HandleOne = Callable[[AsyncSession, DomainEvent], Awaitable[None]]
BATCH = 200
TOGETHER = 25
"""Events handled in one transaction: it holds back the horizon for as long as it takes."""
GATHER = timedelta(milliseconds=250)
"""A burst of commits is read at once; nobody waits for a message by the second."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (0.2, 1, 5, 15))
"""Between five tries: long enough for a restart next door, short enough for who waits behind."""
CATCH_UP = timedelta(hours=1)
_AWAY_STATES = ("08", "53", "57P")
"""SQLSTATE classes: connection exception, insufficient resources, operator intervention."""
_TURN = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Consumer:
    """`handle` runs as the events' organisation, in one transaction with the consumer's new
    position: with several events while all goes well, with each alone where that fails. After a
    failover it may be called again for an event it has handled, so it leaves keys by which it
    knows.

    `events` are the names wanted; empty means all. A consumer that is new to an installation
    begins `catch_up` ago: it must not tell people of what happened last month.
    """

    name: str
    handle: Handle
    events: frozenset[str] = frozenset()
    pauses: tuple[timedelta, ...] = PAUSES
    catch_up: timedelta = CATCH_UP

    def wants(self, event: str) -> bool:
        """Whether events of this name are handled."""
        return not self.events or event in self.events

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


def one_by_one(handle: HandleOne) -> Handle:
    """For consumers that hear seldom: nothing is gained by looking at several events at once."""

    async def handle_each(session: AsyncSession, events: Sequence[DomainEvent]) -> None:
        for event in events:
            await handle(session, event)

    return handle_each


async def run(
    database: Database,
    consumer: Consumer,
    wakeup: Wakeup,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Handle what comes, for ever. A database that is away is waited for."""
    bell = wakeup.bell(consumer.wants)
    while True:
        await bell.wait(await _catch_up(database, consumer, clock))
        await asyncio.sleep(GATHER.total_seconds())


async def _catch_up(
    database: Database, consumer: Consumer, clock: Callable[[], datetime]
) -> timedelta:
    """Handle all there is; after how long to look again, should nothing wake us."""
    try:
        while (read := await step(database, consumer, clock())) == BATCH:
            pass
    except (DBAPIError, PoolTimeout, OSError) as error:
        log.error("consumer_interrupted", consumer=consumer.name, kind=type(error).__name__)
        return OUTBOX_POLL
    # The node that is at it may die of it: then nobody says so.
    return OUTBOX_POLL if read is None else LOOK_AGAIN


async def step(database: Database, consumer: Consumer, now: datetime) -> int | None:
    """Handle one batch; how many events were read, or None where another node is at it.

    Whatever stops this between an event and its position, the event is handled again.
    """
    async with database.transaction(RELAY) as turn:
        if not await _takes_turn(turn, consumer):
            return None
        position = await _position(turn, database, consumer, now)
        events = await read_after(turn, position, limit=BATCH)
        for together in _runs(consumer, events):
            place = Place(consumer, position, now)
            position = await _handle(database, place, together)
        if events and position != events[-1].position:
            async with database.transaction(RELAY) as session:
                await _move(session, Place(consumer, position, now), events[-1].position)
        return len(events)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a consumer has come."""

    consumer: Consumer
    position: OutboxPosition
    now: datetime


def _runs(consumer: Consumer, events: Sequence[DomainEvent]) -> Iterator[list[DomainEvent]]:
    """Those that are wanted, a few of one organisation at a time, in order."""
    run: list[DomainEvent] = []
    for event in (each for each in events if consumer.wants(each.event)):
        if run and (len(run) == TOGETHER or run[0].organization_id != event.organization_id):
            yield run
            run = []
        run.append(event)
    if run:
        yield run


async def _takes_turn(turn: AsyncSession, consumer: Consumer) -> bool:
    key = {"key": f"openconsult consumer {consumer.name}"}
    return bool((await send(turn, _TURN, key)).scalar_one())


async def _position(
    turn: AsyncSession, database: Database, consumer: Consumer, now: datetime
) -> OutboxPosition:
    kept = await turn.get(OutboxConsumer, consumer.name)
    if kept is not None:
        return OutboxPosition.parse(kept.position)
    async with database.transaction(RELAY) as session:
        start = await newest(session, before=now - consumer.catch_up)
        first = {"name": consumer.name, "position": str(start), "updated_at": now}
        await session.execute(insert(OutboxConsumer).values(first).on_conflict_do_nothing())
        return start


async def _move(session: AsyncSession, place: Place, to: OutboxPosition) -> None:
    """Save how far it has come. Raises ConnectionError where another node has taken over: our
    turn ended with its connection."""
    moved = await session.scalar(
        update(OutboxConsumer)
        .where(
            OutboxConsumer.name == place.consumer.name,
            OutboxConsumer.position == str(place.position),
        )
        .values(position=str(to), updated_at=place.now)
        .returning(OutboxConsumer.name)
    )
    if moved is None:
        raise ConnectionError("another node has this consumer's turn")


async def _handle(database: Database, place: Place, run: Sequence[DomainEvent]) -> OutboxPosition:
    """All at once; one by one where that fails. The position afterwards."""
    if len(run) > 1:
        try:
            return await _at_once(database, place, run)
        except Exception as error:  # which of them it was is found out below
            if _database_is_away(error):
                raise
    for event in run:
        position = await _alone(database, place, event)
        place = replace(place, position=position)
    return place.position


async def _at_once(database: Database, place: Place, run: Sequence[DomainEvent]) -> OutboxPosition:
    actor = place.consumer.actor(run[0].organization_id)
    async with database.transaction(actor) as session:
        await place.consumer.handle(session, run)
        await session.flush()
        await act_as(session, RELAY)
        await _move(session, place, run[-1].position)
    return run[-1].position


async def _alone(database: Database, place: Place, event: DomainEvent) -> OutboxPosition:
    """Try until it is done; after the last pause the event is passed over, and said so."""
    for pause in (*place.consumer.pauses, None):
        try:
            return await _at_once(database, place, [event])
        except Exception as error:  # whatever is wrong with one event must not stop the rest
            if _database_is_away(error):
                raise
            _say_failed(place.consumer, event, error, for_good=pause is None)
            if pause is not None:
                await asyncio.sleep(pause.total_seconds())
    async with database.transaction(RELAY) as session:
        await _move(session, place, event.position)
    return event.position


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
