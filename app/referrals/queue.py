"""The queue: which request is seen first, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Forbidden
from app.models import ServiceRequest
from app.referrals.records import asked_of, note, principal_in

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
        sides.append(asked_of(principal.organization_id))
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
    return sorted(listed, key=lambda request: place_in_queue(request, now))


def place_in_queue(request: ServiceRequest, now: datetime) -> tuple[bool, int, datetime, UUID]:
    """What requests are sorted by: those that nobody has first, the rest by priority."""
    return (
        not request.is_sought,
        priority_of(request, now).rank,
        request.raised_at,
        request.id,
    )
