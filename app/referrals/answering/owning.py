"""Who has a request: one person at a time, and the database says so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import AlreadyAnswered, Forbidden, InvalidTransition
from app.identity import Principal
from app.models import RequestOwner, ServiceRequest
from app.referrals.records import principal_in, request_of


async def own(
    session: AsyncSession, request: ServiceRequest, specialist: Principal, *, now: datetime
) -> None:
    """Make a locked request this specialist's, whoever had it before."""
    assert specialist.practitioner_id is not None  # noqa: S101 (is_asked_of has looked)
    await session.execute(
        update(RequestOwner)
        .where(RequestOwner.request_id == request.id, RequestOwner.until_at.is_(None))
        .values(until_at=now)
        .execution_options(synchronize_session=False)
    )
    request.accepted_by, request.accepted_by_name = specialist.practitioner_id, specialist.name
    request.held_at = request.dropped_at = request.unanswered_at = None
    request.silent_since = now
    session.add(
        RequestOwner(
            organization_id=request.organization_id,
            partner_organization_id=specialist.organization_id,
            request_id=request.id,
            practitioner_id=specialist.practitioner_id,
            practitioner_name=specialist.name,
            from_at=now,
        )
    )


async def refuse_taken(session: AsyncSession, request: ServiceRequest) -> None:
    """Somebody has it: say who, and since when. Raises AlreadyAnswered, always."""
    since = await session.scalar(
        select(RequestOwner.from_at)
        .where(RequestOwner.request_id == request.id)
        .order_by(RequestOwner.from_at.desc())
        .limit(1)
    )
    raise AlreadyAnswered(request.accepted_by_name, since)


async def asked(session: AsyncSession, request_id: UUID) -> tuple[ServiceRequest, Principal]:
    """The locked request, and whoever acts, one of those who are asked.

    Raises ResourceNotFound, Forbidden.
    """
    request = await request_of(session, request_id, lock=True)
    principal = principal_in(session)
    if not request.is_asked_of(principal):
        raise Forbidden("Only the specialists who are asked do this.")
    return request, principal


async def owned(
    session: AsyncSession, request_id: UUID, wanted: str
) -> tuple[ServiceRequest, Principal]:
    """The locked request, which is the principal's own. `wanted` is what it is to become.

    Raises ResourceNotFound, InvalidTransition unless it was answered, Forbidden.
    """
    request, principal = await asked(session, request_id)
    if request.state != "accepted":
        raise InvalidTransition("ServiceRequest", request.state, wanted)
    if request.accepted_by != principal.practitioner_id:
        raise Forbidden(f"{request.accepted_by_name} has this request: only they do this.")
    return request, principal
