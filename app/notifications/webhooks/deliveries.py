"""What was sent, and sending it once more. A repeat keeps its id: receivers know it again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import any_, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import Conflict, InvalidInput
from app.models import OutboxEvent, Webhook, WebhookDelivery
from app.models.paging import After, Page, fetch_page
from app.notifications.webhooks.kinds import TEST, is_known, wants
from app.notifications.webhooks.queueing import delivery_row
from app.notifications.webhooks.registry import announce, find_webhook

FURTHEST_BACK = timedelta(days=30)
"""As long as events are kept (app.outbox.sweeping)."""
MOST_REPLAYED = 10_000
_AT_ONCE = 1000


async def list_deliveries(
    session: AsyncSession, webhook_id: UUID, *, after: After, status: str | None = None
) -> Page[WebhookDelivery]:
    """A webhook's deliveries, newest first. Raises ResourceNotFound."""
    await find_webhook(session, webhook_id)
    statement = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if status is not None:
        statement = statement.where(WebhookDelivery.status == status)
    return await fetch_page(
        session,
        statement,
        (WebhookDelivery.created_at, WebhookDelivery.id),
        after=after,
        newest_first=True,
    )


async def send_test(session: AsyncSession, webhook_id: UUID, *, now: datetime) -> WebhookDelivery:
    """Queue a `webhook.test` event for one webhook. Raises Conflict where it is switched off."""
    webhook = await _sendable(session, webhook_id)
    # Below zero, where the outbox's ids never are.
    number = -int(now.timestamp() * 1_000_000)
    row = delivery_row(
        webhook,
        event_id=number,
        event=TEST,
        resource_id=webhook.id,
        payload={},
        occurred_at=now,
        due_at=now,
    )
    inserting = insert(WebhookDelivery).values(row).on_conflict_do_nothing()
    queued = (await session.scalars(inserting.returning(WebhookDelivery))).one_or_none()
    if queued is None:  # two clicks in one microsecond
        raise Conflict("A test is on its way already.")
    audit.record(session, "E", "Tested a webhook", resource="Webhook", resource_id=webhook.id)
    announce(session, webhook)
    await session.flush()
    return queued


async def replay(
    session: AsyncSession, webhook_id: UUID, *, since: datetime | None, now: datetime
) -> int:
    """Queue once more: all events since a time, also those missed while it was switched off, or
    without a time the deliveries that failed. How many. Raises InvalidInput, Conflict."""
    if since is not None and since < now - FURTHEST_BACK:
        raise InvalidInput.field("since", "must be within the last 30 days: older ones are gone")
    webhook = await _sendable(session, webhook_id)
    if since is None:
        count = await _requeue_failed(session, webhook, now=now)
    else:
        count = await _requeue_since(session, webhook, since, now=now)
    audit.record(session, "E", "Replayed a webhook", resource="Webhook", resource_id=webhook.id)
    announce(session, webhook)
    await session.flush()
    return count


async def _sendable(session: AsyncSession, webhook_id: UUID) -> Webhook:
    webhook = await find_webhook(session, webhook_id)
    # The webhook before its deliveries, as the sender does: else two could wait for each other.
    await session.refresh(webhook, with_for_update=True)
    if not webhook.active:
        raise Conflict("This webhook is switched off. Switch it on first.")
    return webhook


async def _requeue_failed(session: AsyncSession, webhook: Webhook, *, now: datetime) -> int:
    failed = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.status == "failed")
        .order_by(WebhookDelivery.event_id)
        .limit(MOST_REPLAYED)
    )
    requeued = await session.scalars(
        update(WebhookDelivery)
        .where(WebhookDelivery.id.in_(failed))
        .values(status="queued", attempts=0, due_at=now, problem="")
        .returning(WebhookDelivery.id),
        execution_options={"synchronize_session": False},
    )
    return len(requeued.all())


async def _requeue_since(
    session: AsyncSession, webhook: Webhook, since: datetime, *, now: datetime
) -> int:
    desk = literal(f"scheduler@{webhook.organization_id}")
    found = await session.scalars(
        select(OutboxEvent)
        .where(
            OutboxEvent.organization_id == webhook.organization_id,
            OutboxEvent.created_at >= since,
            desk == any_(OutboxEvent.audience),
        )
        .order_by(OutboxEvent.id)
        .limit(MOST_REPLAYED)
    )
    wanted = [event for event in found if is_known(event.event) and wants(webhook, event.event)]
    for first in range(0, len(wanted), _AT_ONCE):
        await _queue_again(session, webhook, wanted[first : first + _AT_ONCE], now=now)
    return len(wanted)


async def _queue_again(
    session: AsyncSession, webhook: Webhook, events: Sequence[OutboxEvent], *, now: datetime
) -> None:
    inserting = insert(WebhookDelivery).values(
        [
            delivery_row(
                webhook,
                event_id=event.id,
                event=event.event,
                resource_id=event.resource_id,
                payload=event.payload,
                occurred_at=event.created_at,
                due_at=now,
            )
            for event in events
        ]
    )
    again = {"status": "queued", "attempts": 0, "due_at": now, "problem": ""}
    await session.execute(
        inserting.on_conflict_do_update(index_elements=["webhook_id", "event_id"], set_=again)
    )


async def recent_deliveries(
    session: AsyncSession, webhook_ids: Sequence[UUID], *, of_each: int
) -> dict[UUID, list[WebhookDelivery]]:
    """The newest few of each webhook."""
    number = func.row_number().over(
        partition_by=WebhookDelivery.webhook_id,
        order_by=(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc()),
    )
    numbered = (
        select(WebhookDelivery.id, number.label("number"))
        .where(WebhookDelivery.webhook_id.in_(webhook_ids))
        .subquery()
    )
    found = await session.scalars(
        select(WebhookDelivery)
        .join(numbered, numbered.c.id == WebhookDelivery.id)
        .where(numbered.c.number <= of_each)
        .order_by(numbered.c.number)
    )
    recent: dict[UUID, list[WebhookDelivery]] = {webhook_id: [] for webhook_id in webhook_ids}
    for delivery in found:
        recent[delivery.webhook_id].append(delivery)
    return recent


async def failed_counts(session: AsyncSession, webhook_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many events each webhook was not given in the end."""
    rows = await session.execute(
        select(WebhookDelivery.webhook_id, func.count())
        .where(WebhookDelivery.webhook_id.in_(webhook_ids), WebhookDelivery.status == "failed")
        .group_by(WebhookDelivery.webhook_id)
    )
    return {row[0]: row[1] for row in rows}
