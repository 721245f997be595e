"""A period that differs from the on-call rota: somebody instead, as well, or nobody."""

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field, ValidationError

from app import referrals
from app.errors import InvalidInput
from app.models import HealthcareService
from app.models.time_zone import instant, zone
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, PostedOnce, added_once, errors_of, no_errors, summary_of
from app.web.on_call_rota.shifts import back, layer_choices, service_for, specialists_of
from app.web.schedule.query import Chosen

router = APIRouter()
Typed = Annotated[str, Field(max_length=200)]
_FROM = "Enter a day and a time that exists, like 24/12/2026 and 08:00"
_TO = "Enter an end after the start, at most 92 days later"
_WHOSE = "Choose who is not on call then"
_WHO = "Choose who comes in, somebody else than who is replaced"


class OverrideForm(PostedOnce):
    """Every field as typed."""

    service_id: Typed = ""
    kind: Typed = "cover"
    layer: Typed = "1"
    replaces_id: Typed = ""
    practitioner_id: Typed = ""
    from_day: Typed = ""
    from_time: Typed = ""
    to_day: Typed = ""
    to_time: Typed = ""
    reason: Typed = ""


@router.get("/on-call/rota/overrides/new")
async def new(desk: AtDesk, service_id: Annotated[Chosen, Query()] = None) -> HTMLResponse:
    """An empty form."""
    service = await service_for(desk, str(service_id))
    today = desk.today.isoformat()
    form = OverrideForm(service_id=str(service.id), from_day=today, to_day=today)
    return await _page(desk, service, form)


@router.post("/on-call/rota/overrides/new")
async def add(desk: AtDesk, form: Annotated[OverrideForm, Form()]) -> Response:
    """Let the period differ."""
    service = await service_for(desk, form.service_id)
    errors = no_errors()
    try:
        wanted = _wanted(form, service, desk.frame.zone)
        await added_once(referrals.add_override(desk.session, wanted, now=desk.now))
    except ValidationError as refusal:
        for error in refusal.errors():
            errors.update(_placed(str(error["loc"][0]) if error["loc"] else str(error["msg"])))
    except InvalidInput as refusal:
        errors = errors_of(refusal, {"starts_at": "from_day", "ends_at": "to_day"})
    else:
        return back(service.id, "saved")
    return await _page(desk, service, form, errors=errors)


def _placed(problem: str) -> dict[str, str]:
    """Which field a problem is shown at, and its words."""
    if "starts_at" in problem and "ends_at" not in problem:
        return {"from_day": _FROM}
    if "ends_at" in problem:
        return {"to_day": _TO}
    if "replaces_id is" in problem or problem == "replaces_id":
        return {"replaces_id": _WHOSE}
    return {"practitioner_id": _WHO}


def _wanted(
    form: OverrideForm, service: HealthcareService, zone_name: str
) -> referrals.NewOverride:
    comes = form.practitioner_id if form.kind != "removed" else ""
    goes = form.replaces_id if form.kind != "extra" else ""
    return referrals.NewOverride.model_validate(
        {
            "id": form.own_id,
            "service_id": service.id,
            "layer": form.layer,
            "kind": form.kind,
            "starts_at": moment(form.from_day, form.from_time, zone_name),
            "ends_at": moment(form.to_day, form.to_time, zone_name),
            "practitioner_id": comes or None,
            "replaces_id": goes or None,
            "reason": form.reason,
        }
    )


def moment(day: str, clock: str, zone_name: str) -> datetime | None:
    """A day and a time on the wall as an instant; None for what is neither or does not exist, in
    the hour that is left out in spring."""
    try:
        wall = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
    except ValueError:
        return None
    return instant(wall.replace(tzinfo=None), zone(zone_name))


@router.post("/on-call/rota/overrides/{override_id}/cancel")
async def cancel(override_id: UUID, desk: AtDesk) -> RedirectResponse:
    """Take it back from now on."""
    cancelled = await referrals.cancel_override(desk.session, override_id, now=desk.now)
    return back(cancelled.service_id, "removed")


async def _page(
    desk: Desk, service: HealthcareService, form: OverrideForm, *, errors: Errors | None = None
) -> HTMLResponse:
    errors = errors or no_errors()
    problems = summary_of(errors)
    return desk.page(
        "on_call/rota/override.html",
        status=422 if problems else 200,
        service=service,
        form=form,
        people=await specialists_of(desk, service),
        layers=layer_choices(),
        errors=errors,
        problems=problems,
    )
