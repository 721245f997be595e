"""The queue: which request is seen first, and why."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Forbidden
from app.models import ServiceRequest
from app.referrals.priority_records import priority_of
from app.referrals.records import asked_of, note, principal_in

MOST = 100
RECENT = timedelta(hours=12)


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


def place_in_queue(request: ServiceRequest, now: datetime) -> tuple[bool, datetime, datetime, UUID]:
    """What requests are sorted by: those that nobody has first, the rest by priority."""
    return (
        not request.is_sought,
        priority_of(request, now).counts_from,
        request.raised_at,
        request.id,
    )
