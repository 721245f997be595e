"""Old deliveries go, as the events do."""

from datetime import datetime

from sqlalchemy import and_

from app import jobs
from app.database import Database
from app.models import WebhookDelivery
from app.outbox.sweeping import KEPT_FOR


async def forget_old_deliveries(database: Database, now: datetime) -> int:
    """Remove what was made longer ago than events are kept, and is over; how many went."""
    is_old = WebhookDelivery.created_at < now - KEPT_FOR
    return await jobs.forget(
        database, WebhookDelivery, and_(is_old, WebhookDelivery.status != "queued")
    )
