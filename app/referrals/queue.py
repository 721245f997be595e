"""What both sides see: the queue by priority, one case with its steps, what rings for me."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Forbidden
from app.models import HealthcareService, Organization, Ring, ServiceRequest
from app.referrals.layers import EVERYONE, Layer, next_layer
from app.referrals.records import note, principal_in, request_of, rings_of
from app.referrals.ringing import people_on_duty

MOST = 100
RECENT = timedelta(hours=12)
Reason = Literal["time-critical", "high", "medium", "low-medium", "waiting"]
RANKS: dict[Reason, int] = {
    "time-critical": 0,
    "high": 1,
    "medium": 2,
    "low-medium": 3,
    "waiting": 4,
}
WAITED_TOO_LONG = timedelta(minutes=10)
"""After this a request moves up one step, so that a quiet case is not passed over for ever."""


@dataclass(frozen=True, slots=True)
class Priority:
    """Where a request stands, and the reason for it. The lowest `rank` is seen first."""

    rank: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Case:
    """One request as both sides see it: every ring so far, who is next, whom to telephone."""

    request: ServiceRequest
    priority: Priority
    service_name: str
    rings: tuple[Ring, ...]
    next_names: tuple[str, ...]
    next_is_everyone: bool
    phone: str

    @property
    def ringing(self) -> tuple[Ring, ...]:
        """Whoever is being rung now."""
        return tuple(ring for ring in self.rings if ring.outcome == "ringing")


def priority_of(request: ServiceRequest, now: datetime) -> Priority:
    """Time critical first, then by the risk that NEWS2 shows, then by waiting."""
    risk = (request.news2 or {}).get("risk")
    reason: Reason = "waiting"
    if request.time_critical:
        reason = "time-critical"
    elif risk == "high":
        reason = "high"
    elif risk == "medium":
        reason = "medium"
    elif risk == "low-medium":
        reason = "low-medium"
    waited = request.is_open and now - request.raised_at >= WAITED_TOO_LONG
    rank = RANKS[reason]
    return Priority(max(rank - 1, 0) if waited else rank, reason)


async def requests(
    session: AsyncSession,
    *,
    now: datetime,
    states: Sequence[str] = ("ringing", "unanswered", "accepted"),
) -> list[ServiceRequest]:
    """The principal's side's requests, most urgent first; closed ones of the last hours only.

    Raises Forbidden for those who neither ask nor answer.
    """
    principal = principal_in(session)
    if not principal.has("crew", "clinician") or principal.practitioner_id is None:
        raise Forbidden("Your role does not allow this.")
    sides = []
    if principal.has("crew"):
        sides.append(ServiceRequest.organization_id == principal.organization_id)
    if principal.has("clinician"):
        sides.append(ServiceRequest.partner_organization_id == principal.organization_id)
    found = await session.scalars(
        select(ServiceRequest)
        .where(
            or_(*sides),
            ServiceRequest.state.in_(states),
            or_(ServiceRequest.closed_at.is_(None), ServiceRequest.closed_at > now - RECENT),
        )
        .order_by(ServiceRequest.raised_at.desc())
        .limit(MOST)
    )
    listed = list(found)
    for request in listed:
        note(session, "R", "list ServiceRequest", request)
    return sorted(listed, key=lambda request: _place(request, now))


def _place(request: ServiceRequest, now: datetime) -> tuple[bool, int, datetime, UUID]:
    return (
        not request.is_open,
        priority_of(request, now).rank,
        request.raised_at,
        request.id,
    )


async def case(session: AsyncSession, request_id: UUID, *, now: datetime) -> Case:
    """One request with its steps. Raises ResourceNotFound, Forbidden."""
    request = await request_of(session, request_id)
    note(session, "R", "read ServiceRequest", request)
    service = await session.get(HealthcareService, request.service_id)
    rings = await rings_of(session, request.id)
    upcoming = await _upcoming(session, request, rings)
    return Case(
        request=request,
        priority=priority_of(request, now),
        service_name=service.name if service else request.specialty,
        rings=tuple(rings),
        next_names=tuple(person.name for person in upcoming.people) if upcoming else (),
        next_is_everyone=bool(upcoming and upcoming.number == EVERYONE),
        phone=await _phone(session, request, service),
    )


def _last_layer(rings: Sequence[Ring]) -> int:
    """The last layer rung so far; 0 where nobody was."""
    return max((ring.layer for ring in rings), default=0)


async def _upcoming(
    session: AsyncSession, request: ServiceRequest, rings: Sequence[Ring]
) -> Layer | None:
    if request.state != "ringing":
        return None
    return next_layer(
        await people_on_duty(session, request.service_id),
        rung_up_to=_last_layer(rings),
        declined={ring.practitioner_id for ring in rings if ring.outcome == "declined"},
    )


async def _phone(
    session: AsyncSession, request: ServiceRequest, service: HealthcareService | None
) -> str:
    if service and service.phone:
        return service.phone
    organization = await session.get(Organization, request.partner_organization_id)
    return organization.phone if organization else ""


async def ringing_for_me(
    session: AsyncSession, *, now: datetime
) -> list[tuple[Ring, ServiceRequest]]:
    """What rings for the principal, most urgent first."""
    practitioner_id = principal_in(session).practitioner_id
    rows = await session.execute(
        select(Ring, ServiceRequest)
        .join(ServiceRequest, ServiceRequest.id == Ring.request_id)
        .where(
            Ring.practitioner_id == practitioner_id,
            Ring.outcome == "ringing",
            ServiceRequest.state == "ringing",
        )
    )
    found = [(ring, request) for ring, request in rows]
    for _, request in found:
        note(session, "R", "read ServiceRequest", request)
    return sorted(found, key=lambda pair: _place(pair[1], now))
