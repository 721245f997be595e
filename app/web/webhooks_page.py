"""The administrator's webhooks: add one, see how it goes in words, test, replay, switch off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import Conflict, InvalidInput
from app.models import Webhook, WebhookDelivery
from app.models.paging import After
from app.notifications import webhooks
from app.notifications.webhooks import FAMILIES, signing
from app.routers.dependencies import Reaching, allow
from app.routers.webhooks import Keys
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, errors_of, no_errors, summary_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("administrator"))])
SHOWN = 8
"""Deliveries of each webhook: enough to see what is going on."""
BACK = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=30) - timedelta(minutes=1),
}
Typed = Annotated[str, Field(max_length=2000)]


class WebhookForm(BaseModel):
    """A new webhook as typed. No family ticked means all of them."""

    model_config = ConfigDict(frozen=True)

    url: Typed = ""
    description: Typed = ""
    families: list[Typed] = Field(default_factory=list, max_length=20)


class ActionForm(BaseModel):
    """What to do with one webhook. `back` is how far a replay goes, empty for what failed."""

    model_config = ConfigDict(frozen=True)

    action: Literal["test", "replay", "on", "off", "secret", "remove"]
    version: int = 0
    back: Literal["", "hour", "day", "week", "month"] = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A webhook as the page tells of it."""

    webhook: Webhook
    state: str
    colour: str
    words: str
    families: str
    failed: int
    deliveries: Sequence[WebhookDelivery]


@dataclass(frozen=True, slots=True)
class Told:
    """A secret that is shown this once, and whose it is."""

    secret: str
    url: str


@router.get("/webhooks")
async def page(desk: AtDesk) -> HTMLResponse:
    """All of them, and a form for one more."""
    return await _page(desk)


@router.get("/fragments/webhooks")
async def fragment(desk: AtDesk) -> HTMLResponse:
    """The list alone, fetched again when something was tried."""
    return desk.fragment("fragments/webhooks.html", webhooks=await _shown(desk))


@router.post("/webhooks")
async def add(
    form: Annotated[WebhookForm, Form()], desk: AtDesk, reaching: Reaching, keys: Keys
) -> HTMLResponse:
    """A new one; its secret is shown on the page that comes back, and nowhere else."""
    try:
        wanted = webhooks.NewWebhook(
            url=form.url.strip(),
            description=form.description,
            events=[f"{family}.*" for family in form.families if family in FAMILIES],
        )
        webhook, key = await webhooks.add_webhook(desk.session, wanted, reaching, keys)
    except ValidationError as refusal:
        return await _page(desk, form, errors=errors_of(refusal, {}))
    except InvalidInput as refusal:
        return await _page(desk, form, errors=errors_of(refusal, {}))
    except Conflict as refusal:
        return await _page(desk, form, errors=_said(refusal.detail))
    return await _page(desk, told=Told(signing.shown(key), webhook.url))


@router.post("/webhooks/{webhook_id}")
async def act(
    webhook_id: UUID, form: Annotated[ActionForm, Form()], desk: AtDesk, keys: Keys
) -> Response:
    """One of the buttons beside a webhook."""
    try:
        if form.action == "secret":
            webhook, key = await webhooks.rotate_secret(
                desk.session, webhook_id, keys, version=form.version, now=desk.now
            )
            return await _page(desk, told=Told(signing.shown(key), webhook.url))
        await _do(desk, webhook_id, form)
    except Conflict as refusal:  # somebody else changed it, or it is switched off
        return await _page(desk, problem=refusal.detail)
    return RedirectResponse("/webhooks", 303)


async def _do(desk: Desk, webhook_id: UUID, form: ActionForm) -> None:
    session = desk.session
    match form.action:
        case "test":
            await webhooks.send_test(session, webhook_id, now=desk.now)
        case "replay":
            since = desk.now - BACK[form.back] if form.back else None
            await webhooks.replay(session, webhook_id, since=since, now=desk.now)
        case "remove":
            await webhooks.remove_webhook(session, webhook_id, version=form.version)
        case _:
            active = form.action == "on"
            await webhooks.set_active(session, webhook_id, active, version=form.version)


def _said(detail: str) -> Errors:
    errors = no_errors()
    errors["url"] = detail
    return errors


async def _page(
    desk: Desk,
    form: WebhookForm | None = None,
    *,
    errors: Errors | None = None,
    told: Told | None = None,
    problem: str = "",
) -> HTMLResponse:
    errors = errors or no_errors()
    failed = bool(errors or problem)
    return desk.page(
        "webhooks.html",
        status=(409 if problem else 422) if failed else 200,
        webhooks=await _shown(desk),
        form=form or WebhookForm(),
        families=FAMILIES,
        errors=errors,
        problems=summary_of(errors) or ([{"text": problem}] if problem else []),
        told=told,
    )


async def _shown(desk: Desk) -> list[Shown]:
    found = (await webhooks.list_webhooks(desk.session, after=After(limit=100))).items
    ids = [webhook.id for webhook in found]
    recent = await webhooks.recent_deliveries(desk.session, ids, of_each=SHOWN)
    failed = await webhooks.failed_counts(desk.session, ids)
    return [_told_of(webhook, recent[webhook.id], failed.get(webhook.id, 0)) for webhook in found]


def _told_of(webhook: Webhook, deliveries: Sequence[WebhookDelivery], failed: int) -> Shown:
    state, colour, words = _state(webhook, deliveries)
    names = sorted({name.partition(".")[0] for name in webhook.events})
    said = [FAMILIES[name].partition(":")[0] for name in names if name in FAMILIES]
    return Shown(webhook, state, colour, words, ", ".join(said) or "Everything", failed, deliveries)


def _state(webhook: Webhook, deliveries: Sequence[WebhookDelivery]) -> tuple[str, str, str]:
    if not webhook.active:
        return "Switched off", "grey", webhook.disabled_reason
    tried = [each for each in deliveries if each.attempts or each.status != "queued"]
    if not tried:
        words = "On its way." if deliveries else "Nothing has been sent yet. Send a test."
        return "Ready", "blue", words
    newest = max(tried, key=lambda each: each.delivered_at or each.created_at)
    if newest.problem:
        again = "We try again." if newest.status == "queued" else "We have stopped trying this one."
        return "Not working", "red", f"{newest.problem} {again}"
    return "Working", "green", ""
