"""Webhooks: where a scheduler's system is told of what happens, signed (docs/webhooks.md)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from app.models import Webhook
from app.models.time_zone import Moment
from app.notifications import webhooks
from app.notifications.webhooks import signing
from app.routers.dependencies import Config, IfMatch, Now, Reaching, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems
from app.sealing import open_sealing

router = APIRouter(
    prefix="/api/v1/webhooks",
    tags=["webhooks"],
    dependencies=[Depends(allow("administrator", scope="booking"))],
)
DeliveryStatus = Literal["queued", "delivered", "failed"]


async def keeping(config: Config) -> webhooks.Keeping:
    """What makes and seals secrets here."""
    return webhooks.Keeping(open_sealing(config))


Keys = Annotated[webhooks.Keeping, Depends(keeping)]


class WebhookShape(BaseModel):
    """A webhook. Without `events` it is sent all; `disabled_reason` says why it is not active."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    url: str
    description: str
    events: list[str]
    active: bool
    disabled_reason: str
    created_at: datetime
    version: int


class WebhookWithSecret(WebhookShape):
    """The secret verifies signatures. It is told this once."""

    secret: str


class DeliveryShape(BaseModel):
    """One event to one webhook: `queued` until the receiver answers with a 2xx status."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    event: str
    resource_id: UUID
    occurred_at: datetime
    status: DeliveryStatus
    attempts: int
    due_at: datetime
    delivered_at: datetime | None
    response_status: int | None
    problem: str


class Switch(BaseModel):
    """On or off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    active: bool


class Replay(BaseModel):
    """All events since a time within 30 days, or without one the deliveries that failed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Moment | None = None


class Queued(BaseModel):
    """How many will be sent once more."""

    queued: int


def _with_secret(webhook: Webhook, key: bytes) -> WebhookWithSecret:
    shape = WebhookShape.model_validate(webhook)
    return WebhookWithSecret(**shape.model_dump(), secret=signing.shown(key))


def _tagged(webhook: Webhook, response: Response) -> WebhookShape:
    response.headers["ETag"] = webhook.etag
    return WebhookShape.model_validate(webhook)


@router.get("")
async def list_webhooks(
    session: Session, limit: Limit = 25, cursor: Cursor = None
) -> PageOf[WebhookShape]:
    """Your organisation's webhooks."""
    start = after(cursor, limit, datetime, UUID)
    page = await webhooks.list_webhooks(session, after=start)
    return page_of(page, WebhookShape.model_validate)


@router.post("", status_code=201, response_model=WebhookWithSecret, responses=problems(409))
async def add_webhook(
    body: webhooks.NewWebhook, once: Repeatable, session: Session, reaching: Reaching, keys: Keys
) -> Response:
    """Be told of what happens. The address must be https and on the public internet."""

    async def act() -> Reply:
        webhook, key = await webhooks.add_webhook(session, body, reaching, keys)
        place = {"Location": f"{router.prefix}/{webhook.id}", "ETag": webhook.etag}
        return Reply(201, _with_secret(webhook, key), place)

    return await once(act)


@router.get("/{webhook_id}", responses=problems(404))
async def read_webhook(webhook_id: UUID, session: Session, response: Response) -> WebhookShape:
    """One webhook."""
    return _tagged(await webhooks.find_webhook(session, webhook_id), response)


@router.put("/{webhook_id}", responses=problems(404, 412, 428))
async def change_webhook(
    webhook_id: UUID,
    body: webhooks.NewWebhook,
    version: IfMatch,
    session: Session,
    *,
    reaching: Reaching,
    response: Response,
) -> WebhookShape:
    """Another address, or other events."""
    changed = await webhooks.change_webhook(session, webhook_id, body, reaching, version=version)
    return _tagged(changed, response)


@router.put("/{webhook_id}/active", responses=problems(404, 412, 428))
async def switch_webhook(
    webhook_id: UUID, body: Switch, version: IfMatch, session: Session, response: Response
) -> WebhookShape:
    """Switch it off for a while, or on again. What happens while it is off can be replayed."""
    changed = await webhooks.set_active(session, webhook_id, body.active, version=version)
    return _tagged(changed, response)


@router.post(
    "/{webhook_id}/secret",
    response_model=WebhookWithSecret,
    responses=problems(404, 409, 412, 428),
)
async def rotate_secret(
    *,
    webhook_id: UUID,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    keys: Keys,
    now: Now,
) -> Response:
    """A new secret. For a day events carry a signature by the one before as well."""

    async def act() -> Reply:
        webhook, key = await webhooks.rotate_secret(
            session, webhook_id, keys, version=version, now=now
        )
        return Reply(200, _with_secret(webhook, key), {"ETag": webhook.etag})

    return await once(act)


@router.delete("/{webhook_id}", status_code=204, responses=problems(404, 412, 428))
async def remove_webhook(webhook_id: UUID, version: IfMatch, session: Session) -> None:
    """Be told no more."""
    await webhooks.remove_webhook(session, webhook_id, version=version)


@router.get("/{webhook_id}/deliveries", responses=problems(404))
async def list_deliveries(
    webhook_id: UUID,
    session: Session,
    status: Annotated[DeliveryStatus | None, Query()] = None,
    limit: Limit = 25,
    cursor: Cursor = None,
) -> PageOf[DeliveryShape]:
    """What was sent and what is to be, newest first, for 30 days."""
    start = after(cursor, limit, datetime, UUID)
    page = await webhooks.list_deliveries(session, webhook_id, after=start, status=status)
    return page_of(page, DeliveryShape.model_validate)


@router.post(
    "/{webhook_id}/test",
    status_code=202,
    response_model=DeliveryShape,
    responses=problems(404, 409),
)
async def test_webhook(webhook_id: UUID, once: Repeatable, session: Session, now: Now) -> Response:
    """Send a `webhook.test` event. Its delivery says how it went."""

    async def act() -> Reply:
        sent = await webhooks.send_test(session, webhook_id, now=now)
        return Reply(202, DeliveryShape.model_validate(sent), {})

    return await once(act)


@router.post(
    "/{webhook_id}/replay", status_code=202, response_model=Queued, responses=problems(404, 409)
)
async def replay(
    webhook_id: UUID, body: Replay, once: Repeatable, session: Session, now: Now
) -> Response:
    """Send once more. Each keeps its `webhook-id`, by which receivers know what they have."""

    async def act() -> Reply:
        count = await webhooks.replay(session, webhook_id, since=body.since, now=now)
        return Reply(202, Queued(queued=count), {})

    return await once(act)
