"""Ringing: at once when raised, onwards when declined or unheard, until someone answers."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database
from app.identity import Actor
from app.models import Practitioner, PractitionerRole, Ring, ServiceRequest
from app.referrals.layers import OnDuty, next_layer
from app.referrals.records import announce, note, rings_of

RING_LIFETIME = timedelta(seconds=30)
"""UK voice services answer in 8–36 s: who has not by then will not."""
JOBS_AT_ONCE = 100


async def people_on_duty(session: AsyncSession, service_id: UUID) -> list[OnDuty]:
    """Who takes this service's requests now, in the order in which they are rung.

    A partner sees those who are on duty for a shared service (see `take_duty`).
    """
    rows = await session.execute(
        select(PractitionerRole, Practitioner)
        .join(Practitioner, Practitioner.id == PractitionerRole.practitioner_id)
        .where(
            PractitionerRole.service_id == service_id,
            PractitionerRole.role == "clinician",
            PractitionerRole.on_duty_since.is_not(None),
            PractitionerRole.active,
            Practitioner.active,
        )
        .order_by(PractitionerRole.ring_order, Practitioner.family_name, Practitioner.id)
    )
    return [
        OnDuty(practitioner.id, practitioner.display_name, role.ring_order)
        for role, practitioner in rows
    ]


async def ring_on(
    session: AsyncSession, request: ServiceRequest, *, now: datetime, ring_for: timedelta
) -> None:
    """Ring the next layer of a locked request, or leave it unanswered for the telephone."""
    rings = await rings_of(session, request.id)
    layer = next_layer(
        await people_on_duty(session, request.service_id),
        rung_up_to=max((ring.layer for ring in rings), default=0),
        declined={ring.practitioner_id for ring in rings if ring.outcome == "declined"},
    )
    if layer is None:
        request.become("unanswered")
        note(session, "U", "leave ServiceRequest unanswered", request)
        announce(session, "request.unanswered", request)
        return
    fresh = [
        _ring(request, person, layer=layer.number, now=now, ring_for=ring_for)
        for person in layer.people
    ]
    session.add_all(fresh)
    request.touch()
    await session.flush()
    note(session, "U", "ring for ServiceRequest", request)
    announce(session, "request.ringing", request, fresh)


def _ring(
    request: ServiceRequest, person: OnDuty, *, layer: int, now: datetime, ring_for: timedelta
) -> Ring:
    return Ring(
        organization_id=request.organization_id,
        partner_organization_id=request.partner_organization_id,
        request_id=request.id,
        practitioner_id=person.practitioner_id,
        practitioner_name=person.name,
        layer=layer,
        rung_at=now,
        expires_at=now + ring_for,
    )


async def escalate_due(
    database: Database, now: datetime, *, ring_for: timedelta = RING_LIFETIME
) -> int:
    """Move on every request whose rings have run out; returns how many moved.

    Any number of processes may call it at any time: each request is moved by one of them.
    """
    async with database.transaction(Actor(duty="jobs")) as session:
        due = await _due(session, now)
    moved = 0
    for request_id, organization_id in due:
        actor = Actor(organization_id=organization_id, duty="jobs")
        async with database.transaction(actor) as session:
            moved += await _escalate(session, request_id, now=now, ring_for=ring_for)
    return moved


async def _due(session: AsyncSession, now: datetime) -> list[tuple[UUID, UUID]]:
    rows = await session.execute(
        select(ServiceRequest.id, ServiceRequest.partner_organization_id)
        .join(Ring, Ring.request_id == ServiceRequest.id)
        .where(
            ServiceRequest.state == "ringing",
            Ring.outcome == "ringing",
            Ring.expires_at <= now,
        )
        .distinct()
        .limit(JOBS_AT_ONCE)
    )
    return [(request_id, partner) for request_id, partner in rows if partner]


async def _escalate(
    session: AsyncSession, request_id: UUID, *, now: datetime, ring_for: timedelta
) -> bool:
    request = await session.scalar(
        select(ServiceRequest)
        .where(ServiceRequest.id == request_id, ServiceRequest.state == "ringing")
        .with_for_update(skip_locked=True)
    )
    if request is None:  # somebody answers, or another process moves it on, this very moment
        return False
    rings = await rings_of(session, request.id)
    missed = [ring for ring in rings if ring.outcome == "ringing" and ring.expires_at <= now]
    for ring in missed:
        ring.outcome, ring.answered_at = "missed", now
    if missed:
        announce(session, "request.missed", request, missed)
    if not any(ring.outcome == "ringing" for ring in rings):
        await session.flush()
        await ring_on(session, request, now=now, ring_for=ring_for)
    await session.flush()
    return bool(missed)


def withdraw(rings: list[Ring], *, now: datetime) -> None:
    """Silence whatever still rings."""
    for ring in rings:
        if ring.outcome == "ringing":
            ring.outcome, ring.answered_at = "withdrawn", now
