"""Old deliveries go, as the events do."""

from datetime import datetime

from sqlalchemy import delete, select

from app.database import Database
from app.identity import Actor
from app.jobs import JOBS
from app.models import WebhookDelivery
from app.outbox.sweeping import KEPT_FOR

AT_ONCE = 500


async def forget_old_deliveries(database: Database, now: datetime) -> int:
    """Remove what was made longer ago than events are kept, and is over; how many went."""
    gone = 0
    while found := await _forget(database, now):
        gone += found
    return gone


async def _forget(database: Database, now: datetime) -> int:
    old = (
        select(WebhookDelivery.organization_id, WebhookDelivery.id)
        .where(WebhookDelivery.created_at < now - KEPT_FOR, WebhookDelivery.status != "queued")
        .limit(AT_ONCE)
    )
    async with database.transaction(JOBS) as session:
        rows = (await session.execute(old)).all()
    for organization_id in {row.organization_id for row in rows}:
        mine = [row.id for row in rows if row.organization_id == organization_id]
        async with database.transaction(Actor(organization_id)) as session:
            await session.execute(
                delete(WebhookDelivery).where(WebhookDelivery.id.in_(mine)),
                execution_options={"synchronize_session": False},
            )
    return len(rows)
