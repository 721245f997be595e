"""The administrator's encoders and screens: register one, see it, take it out of use."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import encounters
from app.errors import Conflict
from app.models import VideoDevice
from app.routers.dependencies import Config, allow
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, Revocation, errors_of, no_errors, summary_of

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("administrator"))])
Typed = Annotated[str, Field(max_length=200)]
PROTOCOLS = {"encoder": "whip", "screen": "whep"}


class VideoDeviceForm(BaseModel):
    """A new one as typed."""

    model_config = ConfigDict(frozen=True)

    kind: Typed = "encoder"
    name: Typed = ""
    call_sign: Typed = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A device as the page tells of it."""

    device: VideoDevice
    state: str
    colour: str


@router.get("/video-devices")
async def page(desk: AtDesk) -> HTMLResponse:
    """All of them, and a form for one more."""
    return await _page(desk)


@router.get("/fragments/video-devices")
async def fragment(desk: AtDesk) -> HTMLResponse:
    """The list alone, fetched again when one changed."""
    return desk.fragment("video_devices/list.html", devices=await _shown(desk))


@router.post("/video-devices")
async def register(
    form: Annotated[VideoDeviceForm, Form()], desk: AtDesk, config: Config
) -> HTMLResponse:
    """A new one; its token is shown on the page that comes back, and nowhere else."""
    words = {
        "kind": "Choose an encoder or a screen",
        "name": "Enter a name",
        "call_sign": "Enter the vehicle's call sign",
    }
    try:
        new = encounters.NewVideoDevice.model_validate(form.model_dump())
        made = await encounters.register_device(desk.session, new)
    except ValidationError as refusal:
        return await _page(desk, form, errors=errors_of(refusal, words))
    except Conflict as refusal:
        errors = no_errors()
        errors["name"] = refusal.detail
        return await _page(desk, form, errors=errors)
    address = f"{config.base_url}/api/v1/{PROTOCOLS[made.device.kind]}"
    return await _page(desk, told=made, address=address)


@router.post("/video-devices/{device_id}/revoke")
async def revoke(device_id: UUID, form: Annotated[Revocation, Form()], desk: AtDesk) -> Response:
    """Out of use from now on."""
    try:
        await encounters.revoke_device(desk.session, device_id, version=form.version, now=desk.now)
    except Conflict as refusal:  # somebody else changed it
        return await _page(desk, problem=refusal.detail)
    return RedirectResponse("/video-devices", 303)


async def _page(
    desk: Desk,
    form: VideoDeviceForm | None = None,
    *,
    errors: Errors | None = None,
    told: encounters.DeviceToken | None = None,
    address: str = "",
    problem: str = "",
) -> HTMLResponse:
    errors = errors or no_errors()
    return desk.page(
        "video_devices/page.html",
        status=409 if problem else 422 if errors else 200,
        devices=await _shown(desk),
        form=form or VideoDeviceForm(),
        errors=errors,
        problems=summary_of(errors) or ([{"text": problem}] if problem else []),
        told=told,
        address=address,
    )


async def _shown(desk: Desk) -> list[Shown]:
    return [_told_of(device) for device in await encounters.list_devices(desk.session)]


def _told_of(device: VideoDevice) -> Shown:
    if device.revoked_at is not None:
        return Shown(device, "Out of use", "grey")
    if device.last_seen_at is None:
        return Shown(device, "Not used yet", "blue")
    return Shown(device, "In use", "green")
