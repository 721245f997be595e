"""How a specialist is rung beside open pages: number, when it is texted, and devices."""

from typing import Annotated, Unpack
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import InvalidInput, StaleVersion
from app.notifications import rings
from app.routers.ring_devices import Pushing
from app.web.desk import AtDesk, Desk, Outcome
from app.web.forms import errors_of, no_errors
from app.web.on_call import Specialist
from app.web.rung_by import rung_by

router = APIRouter(include_in_schema=False)
WHEN = {
    "no-device": "When no page of mine is open",
    "always": "Always",
    "never": "Never",
}
_NUMBER = "Enter a mobile number, like 07700 900123"


class PreferenceForm(BaseModel):
    """As typed, and which version was seen."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    mobile: Annotated[str, Field(max_length=200)] = ""
    text_when: Annotated[str, Field(max_length=20)] = ""
    version: int = 0


@router.get("/on-call/ringing")
async def page(
    desk: AtDesk, _: Specialist, push: Pushing, saved: Annotated[bool, Query()] = False
) -> HTMLResponse:
    """The number, when it is texted, and the browsers that ring."""
    preference = await rings.preference_of(desk.session)
    form = PreferenceForm(
        mobile=preference.mobile, text_when=preference.text_when, version=preference.version
    )
    return await _page(desk, form, push, saved=saved)


@router.post("/on-call/ringing")
async def save(
    desk: AtDesk, _: Specialist, push: Pushing, form: Annotated[PreferenceForm, Form()]
) -> Response:
    """Keep it, or the same page with what is in the way."""
    try:
        wanted = rings.NewPreference.model_validate(form.model_dump(exclude={"version"}))
        await rings.set_preference(desk.session, wanted, version=form.version)
    except (ValidationError, InvalidInput) as refusal:
        errors = errors_of(refusal, {})
        if errors["mobile"]:
            errors["mobile"] = _NUMBER
        return await _page(desk, form, push, errors=errors, status=422)
    except StaleVersion:
        errors = no_errors()
        errors["mobile"] = "You have changed this on another device. This is how it is now"
        present = await rings.preference_of(desk.session)
        now = PreferenceForm(
            mobile=present.mobile, text_when=present.text_when, version=present.version
        )
        return await _page(desk, now, push, errors=errors, status=412)
    return RedirectResponse("/on-call/ringing?saved=true", 303)


@router.post("/on-call/ringing/devices/{device_id}/remove")
async def remove(device_id: UUID, desk: AtDesk, _: Specialist) -> RedirectResponse:
    """Ring that browser no more."""
    await rings.remove_device(desk.session, device_id)
    return RedirectResponse("/on-call/ringing?saved=true", 303)


async def _page(
    desk: Desk, form: PreferenceForm, push: rings.Push | None, **outcome: Unpack[Outcome]
) -> HTMLResponse:
    return desk.form_page(
        "on_call/ringing.html",
        form,
        choices=[{"value": value, "text": text} for value, text in WHEN.items()],
        ringing=await rung_by(desk, push),
        devices=await rings.list_devices(desk.session),
        **outcome,
    )
