"""Time passes: rings run out, owners fall silent, people come on call. Any process sees to it."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database
from app.identity import Actor
from app.models import Ring, ServiceRequest
from app.referrals.escalation.engine import (
    plan_of,
    reschedule,
    ring_newcomers,
    ring_on,
    withdraw,
)
from app.referrals.escalation.silence import in_call
from app.referrals.records import announce, note, rings_of

JOBS_AT_ONCE = 100
log = structlog.get_logger(__name__)


async def next_deadline(database: Database) -> datetime | None:
    """When the first of all requests must be looked at."""
    async with database.transaction(Actor(duty="jobs")) as session:
        found: datetime | None = await session.scalar(select(func.min(ServiceRequest.wake_at)))
        return found


async def escalate_due(database: Database, now: datetime) -> int:
    """Move on every request whose time has come; returns how many moved.

    Any number of processes may call it at any time: each request is moved by one of them.
    """
    async with database.transaction(Actor(duty="jobs")) as session:
        rows = await session.execute(
            select(
                ServiceRequest.id,
                func.coalesce(
                    ServiceRequest.partner_organization_id, ServiceRequest.organization_id
                ),
            )
            .where(ServiceRequest.wake_at <= now)
            .order_by(ServiceRequest.wake_at)
            .limit(JOBS_AT_ONCE)
        )
        due = [(request_id, house) for request_id, house in rows]
    moved = 0
    for request_id, house in due:
        try:
            async with database.transaction(Actor(organization_id=house)) as session:
                moved += await move(session, request_id, now=now)
        except Exception as error:  # whatever is wrong with one request must not stop the rest
            if isinstance(error, (PoolTimeout, OSError)):
                raise
            log.error("request_not_moved", request_id=str(request_id), kind=type(error).__name__)
    return moved


async def move(session: AsyncSession, request_id: UUID, *, now: datetime) -> bool:
    """Move one request on if its time has come and nobody else is at it; whether it moved. Of a
    transaction of the house that looks after it."""
    request = await session.scalar(
        select(ServiceRequest)
        .where(ServiceRequest.id == request_id, ServiceRequest.wake_at <= now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if request is None:  # somebody answers, or another process moves it on, this very moment
        return False
    moved = await _look(session, request, now=now)
    await session.flush()
    return moved


async def _look(session: AsyncSession, request: ServiceRequest, *, now: datetime) -> bool:
    rings = await rings_of(session, request.id)
    if request.state in {"completed", "revoked"}:
        withdraw(rings, now=now)
        request.wake_at = None
        return False
    missed = await _miss(session, request, rings, now=now)
    changed = await _mind_owner(session, request, now=now)
    if changed or not request.is_sought or _is_ringing(rings):
        if not changed:
            await reschedule(session, request, now=now)
        return bool(missed) or changed
    if request.unanswered_at is None:
        await ring_on(session, request, now=now)
        return True
    if await ring_newcomers(session, request, now=now):
        return True
    request.wake_at = None
    await _reschedule_after(session, request, now=now)
    return bool(missed)


async def _reschedule_after(
    session: AsyncSession, request: ServiceRequest, *, now: datetime
) -> None:
    """Nobody new: look again at the next start of a shift after now."""
    unanswered_at, request.unanswered_at = request.unanswered_at, now
    await reschedule(session, request, now=now)
    request.unanswered_at = unanswered_at


def _is_ringing(rings: list[Ring]) -> bool:
    return any(each.outcome == "ringing" and each.purpose == "answer" for each in rings)


async def _miss(
    session: AsyncSession, request: ServiceRequest, rings: list[Ring], *, now: datetime
) -> list[Ring]:
    """Rings that have run out."""
    missed = [each for each in rings if each.outcome == "ringing" and each.expires_at <= now]
    for each in missed:
        each.outcome, each.answered_at = "missed", now
        session.add(
            request.step(
                "missed",
                at=now,
                who=each.practitioner_id,
                name=each.practitioner_name,
                detail={"purpose": each.purpose},
            )
        )
    if missed:
        request.touch()
        await session.flush()
        announce(session, "request.missed", request, missed)
    return missed


async def _mind_owner(session: AsyncSession, request: ServiceRequest, *, now: datetime) -> bool:
    """Whoever has it: fallen silent, or back again. Whether that changed anything."""
    if request.state != "accepted" or request.encounter_id is None:
        return False
    patience = timedelta(seconds=plan_of(request).policy.silent_seconds)
    call = await in_call(session, request)
    if request.held_at:
        return await _mind_hold(session, request, call.owner_seen_at, patience, now=now)
    silent = call.is_silent(now, patience)
    if request.dropped_at:
        if not silent:
            await come_back(session, request, now=now)
        return not silent
    if not silent:
        request.silent_since = None
        return False
    heard = call.owner_seen_at if call.owner else None
    request.silent_since = request.silent_since or heard or now
    if now < request.silent_since + patience:
        return False
    if call.owner_came and not call.crew:
        # Both have gone, as after a call: nobody waits. A crew that comes back wakes it.
        await reschedule(session, request, now=now)
        request.wake_at = _first_ring(await rings_of(session, request.id))
    else:
        await drop(session, request, now=now)
    return True


async def _mind_hold(
    session: AsyncSession,
    request: ServiceRequest,
    owner_seen_at: datetime | None,
    patience: timedelta,
    *,
    now: datetime,
) -> bool:
    """Whoever put it on hold is in another call, so only a page of theirs that has gone tells that
    they will not come back: the crew must not wait for them for ever."""
    request.silent_since = owner_seen_at
    if owner_seen_at is None or now < owner_seen_at + patience:
        return False
    await drop(session, request, now=now)
    return True


def _first_ring(rings: list[Ring]) -> datetime | None:
    return min((each.expires_at for each in rings if each.outcome == "ringing"), default=None)


async def drop(session: AsyncSession, request: ServiceRequest, *, now: datetime) -> None:
    """The owner is cut off: it rings on from the first step, and stays theirs until it is
    another's. The consultation stays open; a hold ends."""
    request.dropped_at = request.ringing_since = now
    request.held_at = None
    request.plan_step, request.plan_round, request.unanswered_at = -1, 0, None
    session.add(
        request.step("dropped", at=now, who=request.accepted_by, name=request.accepted_by_name)
    )
    note(session, "U", "ring on for dropped ServiceRequest", request)
    announce(session, "request.dropped", request)
    await session.flush()
    await ring_on(session, request, now=now)


async def come_back(session: AsyncSession, request: ServiceRequest, *, now: datetime) -> None:
    """The owner is there again before anybody else answered: whatever rang falls silent."""
    withdrawn = withdraw(await rings_of(session, request.id), now=now, purpose="answer")
    request.dropped_at = request.silent_since = request.unanswered_at = None
    request.touch()
    session.add(
        request.step("came-back", at=now, who=request.accepted_by, name=request.accepted_by_name)
    )
    note(session, "U", "come back to ServiceRequest", request)
    announce(session, "request.came-back", request, withdrawn)
    await session.flush()
    await reschedule(session, request, now=now)
