"""Webhooks as schedulers' offices keep them: where to, what, and whether still."""

from datetime import datetime
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.database import organization_of
from app.errors import Conflict, InvalidInput, ResourceNotFound, StaleVersion
from app.models import Webhook, WebhookDelivery
from app.models.paging import After, Page, fetch_page
from app.models.text import Line
from app.notifications.webhooks.kinds import RINGS, EventName
from app.notifications.webhooks.secrets import Keeping
from app.outbound import MAX_URL_CHARACTERS, Outbound, OutboundError

MOST = 20
"""Of one organisation: each is sent every event it wants."""
REMOVED = "Removed."
SWITCHED_OFF = "Switched off here."


class NewWebhook(BaseModel):
    """Where events go. `events` are the names wanted; empty means all but rings (`ring.*`), which
    have a webhook to themselves: they must not wait behind anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(
        min_length=1, max_length=MAX_URL_CHARACTERS, examples=["https://example.org/hooks"]
    )
    description: Line = ""
    events: list[EventName] = Field(default_factory=list, max_length=50)

    @field_validator("events")
    @classmethod
    def _rings_alone(cls, events: list[EventName]) -> list[EventName]:
        rings = [name for name in events if name.startswith(f"{RINGS}.")]
        if rings and len(rings) < len(events):
            raise ValueError("rings need a webhook of their own: take the other events out")
        return events


async def add_webhook(
    session: AsyncSession, wanted: NewWebhook, outbound: Outbound, keeping: Keeping
) -> tuple[Webhook, bytes]:
    """A new webhook, and its key, which is told once.

    Raises InvalidInput for an address we do not go to, Conflict where there are too many.
    """
    await _check(wanted, outbound)
    standing = select(func.count()).select_from(Webhook)
    if (await session.scalar(standing.where(Webhook.disabled_reason != REMOVED)) or 0) >= MOST:
        raise Conflict(f"There are {MOST} webhooks already. Remove one first.")
    webhook_id = uuid4()
    key, sealed = keeping.new(webhook_id)
    webhook = Webhook(
        id=webhook_id,
        organization_id=organization_of(session),
        url=wanted.url,
        description=wanted.description,
        events=sorted(set(wanted.events)),
        sealed_secret=sealed,
        active=True,
        disabled_reason="",
    )
    session.add(webhook)
    await _changed(session, webhook, "C", "Added a webhook")
    return webhook, key


async def _check(wanted: NewWebhook, outbound: Outbound) -> None:
    # Before anything is written: the look-up may take seconds, which events must not wait for.
    try:
        await outbound.check(wanted.url)
    except OutboundError as refusal:
        raise InvalidInput.field("url", refusal.words) from refusal


async def list_webhooks(session: AsyncSession, *, after: After) -> Page[Webhook]:
    """Those that were not removed, oldest first."""
    standing = select(Webhook).where(Webhook.disabled_reason != REMOVED)
    return await fetch_page(session, standing, (Webhook.created_at, Webhook.id), after=after)


async def find_webhook(session: AsyncSession, webhook_id: UUID) -> Webhook:
    """One that was not removed. Raises ResourceNotFound."""
    found = await session.get(Webhook, webhook_id)
    if found is None or found.disabled_reason == REMOVED:
        raise ResourceNotFound("Webhook", webhook_id)
    return found


async def change_webhook(
    session: AsyncSession, webhook_id: UUID, wanted: NewWebhook, outbound: Outbound, *, version: int
) -> Webhook:
    """Another address, other events. Raises InvalidInput, ResourceNotFound, StaleVersion."""
    await _check(wanted, outbound)
    webhook = await _to_change(session, webhook_id, version)
    webhook.url, webhook.description = wanted.url, wanted.description
    webhook.events = sorted(set(wanted.events))
    webhook.touch()
    await _changed(session, webhook, "U", "Changed a webhook")
    return webhook


async def set_active(
    session: AsyncSession, webhook_id: UUID, active: bool, *, version: int
) -> Webhook:
    """Switch it on or off. What happens while it is off is not sent, unless replayed."""
    webhook = await _to_change(session, webhook_id, version)
    webhook.active = active
    webhook.disabled_reason = "" if active else SWITCHED_OFF
    webhook.touch()
    await _changed(session, webhook, "U", "Switched a webhook " + ("on" if active else "off"))
    return webhook


async def rotate_secret(
    session: AsyncSession, webhook_id: UUID, keeping: Keeping, *, version: int, now: datetime
) -> tuple[Webhook, bytes]:
    """A new key, told once. For a day the one before signs as well."""
    webhook = await _to_change(session, webhook_id, version)
    key, webhook.sealed_secret = keeping.change(webhook.id, webhook.sealed_secret, now=now)
    webhook.touch()
    await _changed(session, webhook, "U", "Changed a webhook's secret")
    return webhook, key


async def remove_webhook(session: AsyncSession, webhook_id: UUID, *, version: int) -> None:
    """It is sent nothing more, and is not shown any more. What was sent stays on record."""
    webhook = await _to_change(session, webhook_id, version)
    webhook.active, webhook.disabled_reason = False, REMOVED
    webhook.touch()
    await session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.status == "queued")
        .values(status="failed", problem=REMOVED)
    )
    await _changed(session, webhook, "D", "Removed a webhook")


async def _to_change(session: AsyncSession, webhook_id: UUID, version: int) -> Webhook:
    found = await session.scalar(
        select(Webhook)
        .where(Webhook.id == webhook_id, Webhook.disabled_reason != REMOVED)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise ResourceNotFound("Webhook", webhook_id)
    if found.version != version:
        raise StaleVersion
    return found


async def _changed(
    session: AsyncSession, webhook: Webhook, action: audit.Action, what: str
) -> None:
    await session.flush()
    audit.record(session, action, what, resource="Webhook", resource_id=webhook.id)
    announce(session, webhook)


def announce(session: AsyncSession, webhook: Webhook) -> None:
    """Tell the administrators' pages that there is something new to see."""
    outbox.emit(
        session,
        "webhook.changed",
        webhook.id,
        audience=[f"administrator@{webhook.organization_id}"],
        payload={"active": webhook.active},
    )
