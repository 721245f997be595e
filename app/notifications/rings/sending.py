"""Sends calls that are due: each by one node, outside of transactions, never past the ring."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import jobs
from app.clock import utc_now
from app.database import Database
from app.identity import Actor
from app.models import Organization, PushSubscription, Ring, RingCall
from app.models.time_zone import zone
from app.notifications.gateways import Gateway, Outgoing, Refused, Unreachable
from app.notifications.kinds import Medium
from app.notifications.rings.devices import target_of
from app.notifications.rings.preferences import preference_of
from app.notifications.rings.pushing import Notice, Push, Target
from app.outbound import Outbound, OutboundError
from app.sealing import CannotUnseal, Sealing

log = structlog.get_logger("app.notifications.rings")

LEASE = timedelta(seconds=20)
"""Longer than anybody is asked for (app.outbound.DEADLINE), shorter than a ring."""
SMS_DEADLINE_SECONDS = 15.0
PAUSE = timedelta(seconds=1)
AT_ONCE = 50
SENT_TOGETHER = 8
OVER = "It had stopped ringing."
GONE = frozenset({404, 410})
"""RFC 8030 §7.3: the subscription is no more."""
LATER = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class _Due:
    id: UUID
    organization_id: UUID


@dataclass(frozen=True, slots=True)
class _Letter:
    """One call in hand. `target` for a push, `outgoing` for a text message."""

    due: _Due
    attempt: int
    notice: Notice
    device_id: UUID | None = None
    target: Target | None = None
    outgoing: Outgoing | None = None


@dataclass(frozen=True, slots=True)
class _Outcome:
    provider_id: str = ""
    problem: str = ""
    for_good: bool = False
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class RingSender:
    """Everything a call needs to go out. Without `push` browsers are not rung."""

    database: Database
    outbound: Outbound
    gateways: Mapping[Medium, Gateway]
    push: Push | None
    sealing: Sealing
    base_url: str
    clock: Callable[[], datetime] = utc_now

    async def send_due(self, now: datetime) -> int:
        """One round; how many went out."""
        room = asyncio.Semaphore(SENT_TOGETHER)

        async def one(due: _Due) -> bool:
            async with room:
                return await self._send(due)

        due = await _find_due(self.database, now)
        ended = await asyncio.gather(*(one(each) for each in due), return_exceptions=True)
        for each, outcome in zip(due, ended, strict=True):
            if isinstance(outcome, BaseException):
                log.error("ring_call_broke", call=str(each.id), kind=type(outcome).__name__)
        return ended.count(True)

    async def _send(self, due: _Due) -> bool:
        letter = await self._open(due)
        if letter is None:
            return False
        outcome = await (self._push(letter) if letter.target else self._text(letter))
        async with self.database.transaction(Actor(due.organization_id)) as session:
            await _note(session, letter, outcome, now=self.clock())
        return not outcome.problem

    async def _open(self, due: _Due) -> _Letter | None:
        """The call, if it is ours to make and still worth making."""
        now = self.clock()
        async with self.database.transaction(Actor(due.organization_id)) as session:
            if not await jobs.claim(session, RingCall, due.id, now=now, lease=LEASE):
                return None
            call = await session.get_one(RingCall, due.id)
            if call.status != "queued":
                return None
            ring = await session.get_one(Ring, call.ring_id)
            if ring.outcome != "ringing" or ring.expires_at <= now:
                _end(call, "dropped", OVER)
                return None
            call.attempts += 1
            return await self._letter(session, call, due)

    async def _letter(self, session: AsyncSession, call: RingCall, due: _Due) -> _Letter | None:
        notice = Notice(call.request_id, call.expires_at)
        if call.way == "sms":
            outgoing = await self._words(session, call)
            if outgoing is None:
                _end(call, "failed", "There is no number to text.")
                return None
            return _Letter(due, call.attempts, notice, outgoing=outgoing)
        device = await session.get(PushSubscription, call.device_id)
        try:
            target = target_of(self.sealing, device) if device and self.push else None
        except CannotUnseal:
            target = None
        if target is None:
            _end(call, "failed", "That browser is not rung any more.")
            return None
        return _Letter(due, call.attempts, notice, device_id=call.device_id, target=target)

    async def _words(self, session: AsyncSession, call: RingCall) -> Outgoing | None:
        preference = await preference_of(session, call.practitioner_id)
        if not preference.mobile or "sms" not in self.gateways:
            return None
        house = await session.get_one(Organization, call.organization_id)
        until = call.expires_at.astimezone(zone(house.time_zone))
        path = f"{self.base_url}/on-call/requests/{call.request_id}"
        return Outgoing(
            id=call.id,
            medium="sms",
            to=preference.mobile,
            text=f"Urgent request. Answer by {until:%H:%M:%S}: {path}",
            is_repeat=call.attempts > 1,
        )

    async def _push(self, letter: _Letter) -> _Outcome:
        if (
            self.push is None
            or letter.target is None
            or not self.push.goes_to(letter.target.endpoint)
        ):
            return _Outcome(problem="That push service is not one we send to.", for_good=True)
        try:
            answer = await self.push.send(
                self.outbound, letter.target, letter.notice, now=self.clock()
            )
        except OutboundError as failure:
            return _Outcome(problem=failure.words)
        if 200 <= answer.status < 300:
            return _Outcome(provider_id=answer.headers.get("location", "")[:200])
        if answer.status in GONE:
            return _Outcome(problem="The browser has stopped it.", for_good=True, is_gone=True)
        again = answer.status in LATER or answer.status >= 500
        words = f"The push service answered {answer.status}."
        return _Outcome(problem=words, for_good=not again)

    async def _text(self, letter: _Letter) -> _Outcome:
        outgoing = letter.outgoing
        assert outgoing is not None  # noqa: S101 (a letter is for a browser or a number)
        try:
            async with asyncio.timeout(SMS_DEADLINE_SECONDS):
                return _Outcome(provider_id=await self.gateways["sms"].send(outgoing))
        except Refused as refusal:
            return _Outcome(problem=refusal.problem, for_good=True)
        except Unreachable as trouble:
            return _Outcome(problem=trouble.problem)
        except TimeoutError:
            return _Outcome(problem="The provider did not answer in time.")


async def _find_due(database: Database, now: datetime) -> list[_Due]:
    async with database.transaction(jobs.JOBS) as session:
        rows = await session.execute(
            select(RingCall.id, RingCall.organization_id)
            .where(
                RingCall.status == "queued",
                RingCall.due_at <= now,
                or_(RingCall.lease_until.is_(None), RingCall.lease_until <= now),
            )
            .order_by(RingCall.due_at)
            .limit(AT_ONCE)
        )
        return [_Due(*row) for row in rows]


async def _note(
    session: AsyncSession, letter: _Letter, outcome: _Outcome, *, now: datetime
) -> None:
    if outcome.is_gone:
        await session.execute(
            delete(PushSubscription).where(PushSubscription.id == letter.device_id)
        )
    call = await session.get_one(RingCall, letter.due.id, with_for_update=True)
    if call.status != "queued" or call.attempts != letter.attempt:
        return
    if not outcome.problem:
        call.sent_at, call.provider_id = now, outcome.provider_id
        _end(call, "sent", "")
    elif outcome.for_good:
        _end(call, "failed", outcome.problem)
    else:
        call.due_at, call.lease_until, call.problem = now + PAUSE, None, outcome.problem
    if call.status == "failed" and call.way == "push":
        await _text_at_once(session, call, now)


async def _text_at_once(session: AsyncSession, call: RingCall, now: datetime) -> None:
    """Where no browser takes it, the text message that waits for them need not wait."""
    await session.flush()
    others = select(func.count()).where(
        RingCall.ring_id == call.ring_id,
        RingCall.way == "push",
        RingCall.status.in_(("queued", "sent")),
    )
    if await session.scalar(others):
        return
    text = await session.scalar(
        select(RingCall)
        .where(
            RingCall.ring_id == call.ring_id,
            RingCall.way == "sms",
            RingCall.status == "queued",
            RingCall.attempts == 0,
        )
        .with_for_update()
    )
    if text is not None:
        text.due_at = min(text.due_at, now)


def _end(call: RingCall, status: str, problem: str) -> None:
    call.status, call.problem, call.lease_until = status, problem, None
