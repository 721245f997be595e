"""Reads the outbox for rings that begin and end, and makes calls of them.

An event only says where to look. Each call is a row with a key of its own, so an event that is
handled twice rings nobody twice; and rows of rings that are over are dropped unsent.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.database import acting_as, actor_of
from app.models import PushSubscription, Ring, RingCall, ServiceRequest
from app.notifications.kinds import Medium
from app.notifications.rings.preferences import preference_of
from app.notifications.rings.presence import IsPresent, has_page_open
from app.outbox import Consumer, DomainEvent, one_by_one

EVENTS = frozenset(
    f"request.{what}"
    for what in (
        "ringing",
        "accepted",
        "declined",
        "missed",
        "escalated",
        "unanswered",
        "handed-over",
        "joined",
        "dropped",
        "came-back",
        "held",
        "resumed",
        "changed",
        "closed",
    )
)
"""Whatever a ring may begin or end with."""
CATCH_UP = timedelta(minutes=2)
"""Longer ago nothing rings any more."""
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (0.2, 1, 3))
GRACE = timedelta(seconds=8)
"""A closed browser is given so long before its owner is texted as well."""


@dataclass(frozen=True, slots=True)
class Ways:
    """By what this installation can ring besides its own pages."""

    media: Collection[Medium]
    pushes: bool
    is_present: IsPresent = has_page_open


def rings(ways: Ways, clock: Callable[[], datetime]) -> Consumer:
    """Makes calls of rings."""

    async def handle(session: AsyncSession, event: DomainEvent) -> None:
        by_organization: dict[UUID, list[Ring]] = defaultdict(list)
        for ring in await _rings_of(session, event.resource_id):
            by_organization[_house_of(ring)].append(ring)
        for organization_id, theirs in by_organization.items():
            async with _acting_for(session, organization_id):
                await _begin(session, ways, theirs, clock())
                await _end(session, theirs, clock())

    each = one_by_one(handle)
    return Consumer("rings", each, events=EVENTS, pauses=PAUSES, catch_up=CATCH_UP)


def _house_of(ring: Ring) -> UUID:
    """The organisation of whoever is rung: the partner of the crew's."""
    return ring.partner_organization_id or ring.organization_id


@asynccontextmanager
async def _acting_for(session: AsyncSession, organization_id: UUID) -> AsyncIterator[None]:
    """A crew's request rings in another organisation, whose devices only it may read."""
    own = actor_of(session)
    principal = own.principal and replace(own.principal, organization_id=organization_id)
    there = replace(own, organization_id=organization_id, principal=principal)
    async with acting_as(session, there):
        yield


async def _rings_of(session: AsyncSession, request_id: UUID) -> Sequence[Ring]:
    found = await session.scalars(
        select(Ring)
        .where(Ring.request_id == request_id)
        .order_by(Ring.rung_at, Ring.id)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def _begin(session: AsyncSession, ways: Ways, rings: Sequence[Ring], now: datetime) -> None:
    ringing = [ring for ring in rings if ring.outcome == "ringing" and ring.expires_at > now]
    rows = [row for ring in ringing for row in await _calls(session, ways, ring, now)]
    if not rows:
        return
    inserting = insert(RingCall).values(rows).on_conflict_do_nothing()
    added = (await session.scalars(inserting.returning(RingCall))).all()
    marked = {call.ring_id for call in added if call.way == "call-out"}
    for ring in ringing:
        if ring.id in marked:
            await _tell(session, ring)


async def _calls(
    session: AsyncSession, ways: Ways, ring: Ring, now: datetime
) -> list[dict[str, object]]:
    devices = await session.scalars(
        select(PushSubscription.id).where(PushSubscription.practitioner_id == ring.practitioner_id)
    )
    pushed = list(devices) if ways.pushes else []
    rows = [_row(ring, "push", now, device_id=device_id) for device_id in pushed]
    text_at = await _text_at(session, ways, ring, now=now, pushed=bool(pushed))
    if text_at is not None:
        rows.append(_row(ring, "sms", text_at))
    return [*rows, {**_row(ring, "call-out", now), "status": "sent", "sent_at": now}]


async def _text_at(
    session: AsyncSession, ways: Ways, ring: Ring, *, now: datetime, pushed: bool
) -> datetime | None:
    """When to text them; None where they do not want it, or hear it on a page."""
    if "sms" not in ways.media:
        return None
    preference = await preference_of(session, ring.practitioner_id)
    if not preference.mobile or preference.text_when == "never":
        return None
    if preference.text_when == "always":
        return now
    if await ways.is_present(session, ring.practitioner_id, now):
        return None
    return now + GRACE if pushed else now


def _row(
    ring: Ring, way: str, due_at: datetime, *, device_id: UUID | None = None
) -> dict[str, object]:
    return {
        "id": uuid4(),
        "created_at": due_at,
        "organization_id": _house_of(ring),
        "ring_id": ring.id,
        "request_id": ring.request_id,
        "practitioner_id": ring.practitioner_id,
        "way": way,
        "device_id": device_id,
        "due_at": due_at,
        "expires_at": ring.expires_at,
        "status": "queued",
        "attempts": 0,
        "sent_at": None,
        "provider_id": "",
        "problem": "",
    }


async def _tell(session: AsyncSession, ring: Ring) -> None:
    """`ring.started`, for call-out systems: who is to be reached, and until when."""
    request = await session.get_one(ServiceRequest, ring.request_id)
    outbox.emit(
        session,
        "ring.started",
        ring.id,
        audience=_desk(ring),
        payload={
            **_ids(ring),
            "service_id": str(request.service_id),
            "specialty": request.specialty,
            "layer": ring.layer,
            "rung_at": ring.rung_at.isoformat(),
            "expires_at": ring.expires_at.isoformat(),
        },
    )


async def _end(session: AsyncSession, rings: Sequence[Ring], now: datetime) -> None:
    """Drop what still waits for a ring that is over, and tell whoever was told of its start."""
    over = {ring.id: ring for ring in rings if ring.outcome != "ringing"}
    if not over:
        return
    await session.execute(
        update(RingCall)
        .where(RingCall.ring_id.in_(over), RingCall.status == "queued")
        .values(status="dropped", problem="It had stopped ringing.", lease_until=None),
        execution_options={"synchronize_session": False},
    )
    ended = await session.scalars(
        update(RingCall)
        .where(
            RingCall.ring_id.in_(over),
            RingCall.way == "call-out",
            RingCall.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(RingCall.ring_id),
        execution_options={"synchronize_session": False},
    )
    for ring_id in ended.all():
        ring = over[ring_id]
        outbox.emit(
            session,
            "ring.ended",
            ring.id,
            audience=_desk(ring),
            payload={**_ids(ring), "outcome": ring.outcome},
        )


def _ids(ring: Ring) -> dict[str, object]:
    return {"request_id": str(ring.request_id), "practitioner_id": str(ring.practitioner_id)}


def _desk(ring: Ring) -> list[str]:
    house = _house_of(ring)
    return [f"scheduler@{house}", f"administrator@{house}"]
