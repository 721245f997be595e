"""Whatever changes who is on call wakes the requests that nobody has answered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ServiceRequest
from app.referrals.records import asked_of


async def wake_unanswered(session: AsyncSession, organization_id: UUID, *, now: datetime) -> None:
    """Let the engine look again at all that were asked of this house and ring nobody."""
    await session.execute(
        update(ServiceRequest)
        .where(
            asked_of(organization_id),
            ServiceRequest.unanswered_at.is_not(None),
            ServiceRequest.state.in_(("unanswered", "accepted")),
        )
        .values(wake_at=now)
        .execution_options(synchronize_session=False)
    )
