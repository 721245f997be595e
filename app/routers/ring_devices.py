"""How one is rung beside open pages: browsers of one's own, and text messages."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from app.models import RingPreference
from app.notifications import rings
from app.routers.dependencies import Config, IfMatch, Now, Session, allow
from app.routers.paging import PageOf
from app.routers.problems import problems
from app.sealing import open_sealing

router = APIRouter(
    prefix="/api/v1/on-call/devices",
    tags=["urgent advice"],
    dependencies=[Depends(allow("clinician"))],
)


class DeviceShape(BaseModel):
    """A browser that rings while no page is open in it. Its push address is told to nobody."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime


class PreferenceShape(BaseModel):
    """When a ring is also a text message. `push_key` is what a browser subscribes with
    (`applicationServerKey`); null where this installation rings no closed browsers."""

    mobile: str
    text_when: rings.TextWhen
    push_key: str | None
    version: int


async def push_of(request: Request, config: Config) -> rings.Push | None:
    """What rings browsers here, if anything."""
    found: rings.Push | None = request.app.state.open_push(config)
    return found


Pushing = Annotated[rings.Push | None, Depends(push_of)]


@router.get("")
async def list_devices(session: Session) -> PageOf[DeviceShape]:
    """The browsers that ring for you. All of them are one page."""
    found = await rings.list_devices(session)
    return PageOf(items=[DeviceShape.model_validate(each) for each in found], next=None)


@router.put("", responses={201: {"model": DeviceShape}, **problems(409)})
async def add_device(
    body: rings.NewDevice,
    session: Session,
    push: Pushing,
    config: Config,
    now: Now,
    *,
    response: Response,
) -> DeviceShape:
    """Ring this browser: send what its `PushSubscription.toJSON()` gives. Once more renews it."""
    device, is_new = await rings.add_device(session, body, push, open_sealing(config), now=now)
    response.status_code = 201 if is_new else 200
    return DeviceShape.model_validate(device)


@router.delete("/{device_id}", status_code=204, responses=problems(404))
async def remove_device(device_id: UUID, session: Session) -> None:
    """Ring that browser no more."""
    await rings.remove_device(session, device_id)


@router.get("/preference")
async def read_preference(session: Session, push: Pushing, response: Response) -> PreferenceShape:
    """Your mobile number, and when a ring goes there."""
    return _shape(await rings.preference_of(session), push, response)


@router.put("/preference", responses=problems(412, 428))
async def set_preference(
    body: rings.NewPreference,
    version: IfMatch,
    session: Session,
    push: Pushing,
    response: Response,
) -> PreferenceShape:
    """Choose. The first time, `If-Match` names version 0."""
    return _shape(await rings.set_preference(session, body, version=version), push, response)


def _shape(found: RingPreference, push: rings.Push | None, response: Response) -> PreferenceShape:
    response.headers["ETag"] = found.etag
    return PreferenceShape.model_validate(
        {
            "mobile": found.mobile,
            "text_when": found.text_when,
            "push_key": push.public_key if push else None,
            "version": found.version,
        }
    )
