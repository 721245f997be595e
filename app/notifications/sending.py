"""Sends what is due. Short transactions: take a row by lease, send outside of any, note the end.

Two senders never send one message: a row is taken by compare-and-swap. What a dead sender had in
hand is taken again when its lease has run out, and the provider is asked first.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database
from app.identity import Actor, Principal
from app.models import Communication
from app.notifications.composing import Desk, NoAddress, NotNeeded, NotYet, compose
from app.notifications.gateways import Gateway, Outgoing, Refused, Unreachable
from app.notifications.kinds import MAY_WAIT, Medium
from app.notifications.rows import announce, drop, record
from app.notifications.series import forget_followers

log = structlog.get_logger("app.notifications")

LEASE = timedelta(minutes=2)
SEND_DEADLINE_SECONDS = 60.0
"""Well within the lease: whoever takes the row after us must find us gone."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 480))
"""After each attempt that did not get through; after the last there is one more."""
MOST_ATTEMPTS = len(PAUSES) + 1
AT_ONCE = 8
"""Messages of one round under way together; each needs a connection for moments only."""
_NAMESPACE = UUID("6f1f6c5e-3f0c-4c1e-9d57-7b2a8d9f4b1e")


@dataclass(frozen=True, slots=True)
class Sender:
    """The database, the ways out by medium, and what words need to know."""

    database: Database
    gateways: Mapping[Medium, Gateway]
    desk: Desk


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message in hand, in words. `attempt` proves that it is still ours when we note the end."""

    actor: Actor
    attempt: int
    outgoing: Outgoing


def acting_for(organization_id: UUID) -> Actor:
    """The sender's transactions for one organisation, as the audit names it."""
    principal = Principal(
        kind="system",
        subject=uuid5(_NAMESPACE, "messages"),
        organization_id=organization_id,
        name="Messages to patients",
    )
    return Actor.of(principal)


async def send_due(sender: Sender, now: datetime, *, limit: int = 100) -> int:
    """One round: up to `limit` messages that are due, of any organisation. How many were sent."""
    if not sender.gateways:
        return 0
    found = await _due(sender, now, limit)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(organization_id: UUID, row_id: UUID) -> bool:
        async with gate:
            return await _deliver(sender, organization_id, row_id, now=now)

    # A message that cannot even be written down must not stop the others.
    ended = await asyncio.gather(*(one(*row) for row in found), return_exceptions=True)
    for (_, row_id), outcome in zip(found, ended, strict=True):
        if isinstance(outcome, BaseException):
            log.error("message_broke", communication=str(row_id), kind=type(outcome).__name__)
    return ended.count(True)


async def _due(sender: Sender, now: datetime, limit: int) -> Sequence[tuple[UUID, UUID]]:
    async with sender.database.transaction(Actor(duty="jobs")) as session:
        rows = await session.execute(
            select(Communication.organization_id, Communication.id)
            .where(
                Communication.status == "queued",
                Communication.medium.in_(sender.gateways),
                Communication.due_at <= now,
                or_(Communication.lease_until.is_(None), Communication.lease_until <= now),
            )
            .order_by(Communication.due_at)
            .limit(limit)
        )
        return [(row[0], row[1]) for row in rows]


async def _deliver(sender: Sender, organization_id: UUID, row_id: UUID, *, now: datetime) -> bool:
    taken = await _take(sender, acting_for(organization_id), row_id, now=now)
    if taken is None:
        return False
    gateway = sender.gateways[taken.outgoing.medium]
    try:
        async with asyncio.timeout(SEND_DEADLINE_SECONDS):
            provider_id = await gateway.send(taken.outgoing)
    except Refused as refusal:
        await _note(sender, taken, now=now, problem=refusal.problem, for_good=True)
    except Unreachable as trouble:
        await _note(sender, taken, now=now, problem=trouble.problem)
    except TimeoutError:
        await _note(sender, taken, now=now, problem="The provider did not answer in time.")
    else:
        await _note(sender, taken, now=now, provider_id=provider_id)
        return True
    return False


async def _take(sender: Sender, actor: Actor, row_id: UUID, *, now: datetime) -> _Taken | None:
    """The message in words, if nobody else has it and it is still to be said."""
    async with sender.database.transaction(actor) as session:
        row = await session.scalar(
            update(Communication)
            .where(
                Communication.id == row_id,
                Communication.status == "queued",
                Communication.due_at <= now,
                or_(Communication.lease_until.is_(None), Communication.lease_until <= now),
            )
            .values(lease_until=now + LEASE, attempts=Communication.attempts + 1)
            .returning(Communication)
        )
        if row is None:
            return None
        outgoing = await _words(session, row, sender, now=now)
        return _Taken(actor, row.attempts, outgoing) if outgoing else None


async def _words(
    session: AsyncSession, row: Communication, sender: Sender, *, now: datetime
) -> Outgoing | None:
    if row.attempts > MOST_ATTEMPTS:  # every one of them ended without a word
        _fail(session, row, "It could not be sent. Tell whoever runs this service.")
        return None
    try:
        return await compose(session, row, sender.desk, media=sender.gateways.keys(), now=now)
    except NotNeeded:
        row.attempts -= 1
        drop(session, row, "It was not so any more when it was due.")
        await forget_followers(session, row)
    except NotYet as wait:
        row.due_at, row.lease_until, row.attempts = wait.until, None, row.attempts - 1
    except NoAddress as problem:
        _fail(session, row, str(problem))
    return None


async def _note(
    sender: Sender,
    taken: _Taken,
    *,
    now: datetime,
    provider_id: str = "",
    problem: str = "",
    for_good: bool = False,
) -> None:
    async with sender.database.transaction(taken.actor) as session:
        row = await session.scalar(
            select(Communication)
            .where(
                Communication.id == taken.outgoing.id,
                Communication.status == "queued",
                Communication.attempts == taken.attempt,
            )
            .with_for_update()
        )
        if row is None:
            return
        if provider_id:
            _succeed(session, row, provider_id, now)
        elif for_good or row.attempts >= MOST_ATTEMPTS:
            _fail(session, row, problem)
        else:
            row.due_at, row.lease_until = now + PAUSES[row.attempts - 1], None
            row.problem = problem


def _succeed(session: AsyncSession, row: Communication, provider_id: str, now: datetime) -> None:
    row.status, row.sent_at, row.provider_id = "sent", now, provider_id
    row.lease_until, row.problem = None, ""
    record(session, "E", f"Sent a {row.kind}", row)
    announce(session, row)


def _fail(session: AsyncSession, row: Communication, problem: str) -> None:
    row.status, row.lease_until, row.problem = "failed", None, problem
    if row.kind in MAY_WAIT:
        row.says = ""
    log.warning("message_failed", communication=str(row.id), attempts=row.attempts)
    record(session, "E", f"Could not send a {row.kind}", row)
    announce(session, row)
