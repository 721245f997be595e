"""Who comes into a consultation of urgent advice, and who leaves, is news for its request."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import ServiceRequest
from app.outbox import Consumer, DomainEvent, one_by_one

EVENTS = frozenset({"encounter.joined", "encounter.left"})


async def handle(session: AsyncSession, event: DomainEvent) -> None:
    """Of the organisation that answered."""
    await wake(session, event.resource_id, now=event.created_at)


async def wake(session: AsyncSession, encounter_id: UUID, *, now: datetime) -> None:
    """Let the engine look at once: the owner may be cut off, or there again; the crew, too."""
    await session.execute(
        update(ServiceRequest)
        .where(
            ServiceRequest.encounter_id == encounter_id,
            ServiceRequest.state == "accepted",
            ServiceRequest.held_at.is_(None),
        )
        .values(wake_at=now)
        .execution_options(synchronize_session=False)
    )


CONSUMER = Consumer("urgent calls", one_by_one(handle), events=EVENTS)
