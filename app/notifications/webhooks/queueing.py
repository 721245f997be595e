"""The consumer that makes a delivery of each event for each webhook that wants it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Webhook, WebhookDelivery
from app.notifications.webhooks.kinds import is_carried, wants
from app.outbox import Consumer, DomainEvent


async def queue_events(session: AsyncSession, events: Sequence[DomainEvent]) -> None:
    """One delivery for each active webhook that wants an event; none twice."""
    carried = [event for event in events if is_carried(event)]
    if not carried:
        return
    webhooks = (await session.scalars(select(Webhook).where(Webhook.active))).all()
    rows = [
        delivery_row(
            webhook,
            event_id=event.position.id,
            event=event.event,
            resource_id=event.resource_id,
            payload=event.payload,
            occurred_at=event.created_at,
            due_at=event.created_at,
            expires_at=_end_of(event),
        )
        for event in carried
        for webhook in webhooks
        if wants(webhook, event.event)
    ]
    if rows:
        await session.execute(insert(WebhookDelivery).on_conflict_do_nothing(), rows)


def _end_of(event: DomainEvent) -> datetime | None:
    """Until when a ring's start is worth being told; None for what stays so."""
    end = event.payload.get("expires_at") if event.event == "ring.started" else None
    return datetime.fromisoformat(end) if isinstance(end, str) else None


def delivery_row(
    webhook: Webhook,
    *,
    event_id: int,
    event: str,
    resource_id: UUID,
    payload: Mapping[str, object],
    occurred_at: datetime,
    due_at: datetime,
    expires_at: datetime | None = None,
) -> dict[str, object]:
    """What is inserted for one event to one webhook."""
    return {
        "id": uuid4(),
        "created_at": due_at,
        "organization_id": webhook.organization_id,
        "webhook_id": webhook.id,
        "event_id": event_id,
        "event": event,
        "resource_id": resource_id,
        "payload": dict(payload),
        "occurred_at": occurred_at,
        "due_at": due_at,
        "expires_at": expires_at,
        "status": "queued",
        "attempts": 0,
        "problem": "",
    }


CONSUMER = Consumer("webhooks", queue_events)
