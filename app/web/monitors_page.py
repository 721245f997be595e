"""The administrator's monitors: register one, see whether it sends, take one out of use."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import Conflict
from app.models import Monitor
from app.observations import feed
from app.routers.dependencies import allow
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, Revocation, errors_of, no_errors, summary_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("administrator"))])
LATELY = timedelta(minutes=2)
"""A monitor sends each second, and when it was last heard of is noted to the minute."""
Typed = Annotated[str, Field(max_length=200)]


class MonitorForm(BaseModel):
    """A new monitor as typed."""

    model_config = ConfigDict(frozen=True)

    name: Typed = ""
    call_sign: Typed = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A monitor as the page tells of it."""

    monitor: Monitor
    state: str
    colour: str


@router.get("/monitors")
async def page(desk: AtDesk) -> HTMLResponse:
    """All of them, and a form for one more."""
    return await _page(desk)


@router.get("/fragments/monitors")
async def fragment(desk: AtDesk) -> HTMLResponse:
    """The list alone, fetched again when one changed."""
    return desk.fragment("monitors/list.html", monitors=await _shown(desk))


@router.post("/monitors")
async def register(form: Annotated[MonitorForm, Form()], desk: AtDesk) -> HTMLResponse:
    """A new one; its secret is shown on the page that comes back, and nowhere else."""
    try:
        new = feed.NewMonitor(name=form.name, call_sign=form.call_sign)
        made = await feed.register_monitor(desk.session, new)
    except ValidationError as refusal:
        return await _page(desk, form, errors=errors_of(refusal, {"name": "Enter a name"}))
    except Conflict as refusal:
        errors = no_errors()
        errors["name"] = refusal.detail
        return await _page(desk, form, errors=errors)
    return await _page(desk, told=made)


@router.post("/monitors/{monitor_id}/revoke")
async def revoke(monitor_id: UUID, form: Annotated[Revocation, Form()], desk: AtDesk) -> Response:
    """Out of use from now on."""
    try:
        await feed.revoke_monitor(desk.session, monitor_id, version=form.version, now=desk.now)
    except Conflict as refusal:  # somebody else changed it
        return await _page(desk, problem=refusal.detail)
    return RedirectResponse("/monitors", 303)


async def _page(
    desk: Desk,
    form: MonitorForm | None = None,
    *,
    errors: Errors | None = None,
    told: feed.MonitorSecret | None = None,
    problem: str = "",
) -> HTMLResponse:
    errors = errors or no_errors()
    status = 409 if problem else 422 if errors else 200
    return desk.page(
        "monitors/page.html",
        status=status,
        monitors=await _shown(desk),
        form=form or MonitorForm(),
        errors=errors,
        problems=summary_of(errors) or ([{"text": problem}] if problem else []),
        told=told,
    )


async def _shown(desk: Desk) -> list[Shown]:
    return [_told_of(desk, monitor) for monitor in await feed.list_monitors(desk.session)]


def _told_of(desk: Desk, monitor: Monitor) -> Shown:
    if monitor.revoked_at is not None:
        return Shown(monitor, "Out of use", "grey")
    if monitor.last_seen_at is None:
        return Shown(monitor, "Nothing sent yet", "blue")
    if desk.now - monitor.last_seen_at < LATELY:
        return Shown(monitor, "Sending", "green")
    return Shown(monitor, "Silent", "yellow")
