"""The sender: due deliveries, each by one node, until the receiver answers with a 2xx status."""

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import jobs
from app.clock import utc_now
from app.database import Database
from app.identity import Actor
from app.models import Webhook, WebhookDelivery
from app.notifications.webhooks.kinds import TEST
from app.notifications.webhooks.registry import announce
from app.notifications.webhooks.secrets import Keeping
from app.notifications.webhooks.signing import headers
from app.outbound import AddressRefused, Outbound, OutboundError
from app.sealing import CannotUnseal

PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (10, 30, 90, 270, 810, 2430, 7290, 21_870, 53_600)
)
"""Between ten tries, each about three times the one before: 24 hours together."""
LEASE = timedelta(minutes=1)
BUDGET = timedelta(seconds=5)
"""One webhook's share of a round: one that is slow does not keep the others waiting for long."""
REST = timedelta(minutes=1)
"""A receiver that cannot be reached at all is left alone for so long, whatever is due."""
RINGING_PAUSE = timedelta(seconds=2)
"""Between tries of what expires in half a minute."""
GIVE_UP = timedelta(days=3)
AT_ONCE = 200
WEBHOOKS_AT_ONCE = 8
GONE = 410
EXPIRED = "It was over before it could be sent."


@dataclass(frozen=True, slots=True)
class _Due:
    id: UUID
    organization_id: UUID
    webhook_id: UUID


@dataclass(frozen=True, slots=True)
class _Letter:
    """What goes out, read in a transaction that has ended."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Outcome:
    status: int | None
    problem: str
    unreachable: bool = False

    @property
    def is_delivered(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends what is due. `jitter` gives 0 to 1: receivers that fell together rise apart."""

    database: Database
    outbound: Outbound
    keeping: Keeping
    clock: Callable[[], datetime] = utc_now
    jitter: Callable[[], float] = random.random

    async def send_due(self, now: datetime) -> int:
        """One round; how many were tried. No transaction is open while a receiver is asked."""
        due: dict[UUID, list[_Due]] = defaultdict(list)
        for each in await _find_due(self.database, now):
            due[each.webhook_id].append(each)
        room = asyncio.Semaphore(WEBHOOKS_AT_ONCE)
        tried = await asyncio.gather(*(self._send_all(each, room) for each in due.values()))
        return sum(tried)

    async def _send_all(self, due: list[_Due], room: asyncio.Semaphore) -> int:
        """One webhook's, in order, for as long as its share of the round lasts."""
        tried = 0
        async with room:
            end = self.clock() + BUDGET
            for each in due:
                outcome = await self._send(each)
                tried += outcome is not None
                if self.clock() >= end or (outcome and outcome.unreachable):
                    break
        return tried

    async def _send(self, due: _Due) -> _Outcome | None:
        letter = await self._open(due)
        if letter is None:
            return None
        outcome = await self._post(letter)
        async with self.database.transaction(Actor(due.organization_id)) as session:
            await self._note(session, due, outcome)
        return outcome

    async def _open(self, due: _Due) -> _Letter | None:
        """The letter, if it is ours to send: None when another node has it, or it is not wanted
        any more."""
        now = self.clock()
        async with self.database.transaction(Actor(due.organization_id)) as session:
            if not await jobs.claim(session, WebhookDelivery, due.id, now=now, lease=LEASE):
                return None
            delivery = await session.get_one(WebhookDelivery, due.id)
            webhook = await session.get_one(Webhook, delivery.webhook_id)
            if delivery.status != "queued":
                return None
            if not webhook.active or _is_past(delivery, now):
                _fail(delivery, webhook.disabled_reason or EXPIRED)
                return None
            try:
                keys = self.keeping.keys(webhook.id, webhook.sealed_secret, now=now)
            except CannotUnseal:
                _fail(delivery, "Its secret cannot be opened. Make a new one.")
                return None
            body = body_of(delivery)
            signed = headers(keys, message_id(delivery.id), body, now=now)
            return _Letter(webhook.url, body, {"content-type": "application/json", **signed})

    async def _post(self, letter: _Letter) -> _Outcome:
        try:
            answer = await self.outbound.post(letter.url, letter.body, letter.headers)
        except AddressRefused as refusal:
            return _Outcome(None, refusal.words)
        except OutboundError as failure:
            return _Outcome(None, failure.words, unreachable=True)
        if 200 <= answer.status < 300:
            return _Outcome(answer.status, "")
        return _Outcome(answer.status, _in_words(answer.status))

    async def _note(self, session: AsyncSession, due: _Due, outcome: _Outcome) -> None:
        now = self.clock()
        # The webhook before its deliveries: everybody locks in this order.
        webhook = await session.get_one(Webhook, due.webhook_id, with_for_update=True)
        delivery = await session.get_one(WebhookDelivery, due.id, with_for_update=True)
        delivery.attempts += 1
        delivery.lease_until = None
        delivery.response_status, delivery.problem = outcome.status, outcome.problem
        if outcome.is_delivered:
            delivery.status, delivery.delivered_at = "delivered", now
        elif outcome.status == GONE or delivery.attempts > len(PAUSES):
            delivery.status = "failed"
            await self._give_up(session, webhook, outcome, now=now)
        else:
            pause = self._pause(delivery)
            delivery.due_at = now + pause
            if outcome.unreachable:
                await _rest(session, webhook, until=now + min(pause, REST))
        if delivery.event == TEST or (not outcome.is_delivered and delivery.attempts == 1):
            announce(session, webhook)
        await session.flush()

    def _pause(self, delivery: WebhookDelivery) -> timedelta:
        pause = PAUSES[delivery.attempts - 1] * (0.8 + 0.4 * self.jitter())
        return min(pause, RINGING_PAUSE) if delivery.expires_at else pause

    async def _give_up(
        self, session: AsyncSession, webhook: Webhook, outcome: _Outcome, *, now: datetime
    ) -> None:
        """Switch off a webhook that says it is gone, or has taken nothing for days."""
        await session.flush()
        if outcome.status == GONE:
            reason = "It answered 410 Gone: it wants no more."
        elif await _fails_since(session, webhook.id) <= now - GIVE_UP:
            reason = f"It has taken nothing for {GIVE_UP.days} days."
        else:
            announce(session, webhook)
            return
        webhook.active, webhook.disabled_reason = False, reason
        webhook.touch()
        announce(session, webhook)


def _is_past(delivery: WebhookDelivery, now: datetime) -> bool:
    return delivery.expires_at is not None and delivery.expires_at <= now


def _fail(delivery: WebhookDelivery, problem: str) -> None:
    delivery.status, delivery.problem, delivery.lease_until = "failed", problem, None


async def _find_due(database: Database, now: datetime) -> list[_Due]:
    async with database.transaction(jobs.JOBS) as session:
        rows = await session.execute(
            select(WebhookDelivery.id, WebhookDelivery.organization_id, WebhookDelivery.webhook_id)
            .where(
                WebhookDelivery.status == "queued",
                WebhookDelivery.due_at <= now,
                or_(WebhookDelivery.lease_until.is_(None), WebhookDelivery.lease_until <= now),
            )
            .order_by(WebhookDelivery.due_at, WebhookDelivery.event_id)
            .limit(AT_ONCE)
        )
        return [_Due(*row) for row in rows]


async def _rest(session: AsyncSession, webhook: Webhook, *, until: datetime) -> None:
    """Nothing else is tried before: each try at a dead receiver costs a deadline."""
    await session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.webhook_id == webhook.id,
            WebhookDelivery.status == "queued",
            WebhookDelivery.due_at < until,
        )
        .values(due_at=until),
        execution_options={"synchronize_session": False},
    )


async def _fails_since(session: AsyncSession, webhook_id: UUID) -> datetime:
    """When the oldest of the events happened that failed since one last went through."""
    of_it = WebhookDelivery.webhook_id == webhook_id
    last = await session.scalar(select(func.max(WebhookDelivery.delivered_at)).where(of_it))
    failing = select(func.min(WebhookDelivery.occurred_at)).where(
        of_it, WebhookDelivery.status == "failed"
    )
    if last is not None:
        failing = failing.where(WebhookDelivery.occurred_at > last)
    return await session.scalar(failing) or datetime.max.replace(tzinfo=UTC)


def message_id(delivery_id: UUID) -> str:
    """The header `webhook-id`: the same each time this event is tried, also when replayed."""
    return f"msg_{delivery_id.hex}"


def body_of(delivery: WebhookDelivery) -> bytes:
    """Ids, states and times, nothing that names or describes a person."""
    content = {
        "type": delivery.event,
        "timestamp": delivery.occurred_at.astimezone(UTC).isoformat(),
        "data": {**delivery.payload, "id": str(delivery.resource_id)},
    }
    return json.dumps(content, separators=(",", ":")).encode()


def _in_words(status: int) -> str:
    if 300 <= status < 400:
        return f"It sent us to another address ({status}), where webhooks do not follow."
    if status in {401, 403}:
        return f"It let us in no further ({status})."
    if status == 404:
        return "There is nothing at this address (404)."
    if status == GONE:
        return "It wants no more (410)."
    return f"It could not take it ({status})."
