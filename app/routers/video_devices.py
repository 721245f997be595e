"""Encoders and screens of vehicles: registered and taken out of use by an administrator."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app import encounters
from app.encounters.video_devices import DeviceKind
from app.models import VideoDevice
from app.routers.dependencies import IfMatch, Now, Session, allow
from app.routers.paging import PageOf
from app.routers.problems import problems

router = APIRouter(
    prefix="/api/v1/video-devices",
    tags=["video-devices"],
    dependencies=[Depends(allow("administrator"))],
)


class VideoDeviceShape(BaseModel):
    """An encoder or a screen. `revoked_at` says that it is out of use."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: DeviceKind
    name: str
    call_sign: str
    registered_by_name: str
    created_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    version: int


class VideoDeviceWithToken(VideoDeviceShape):
    """Its bearer token for WHIP (an encoder) or WHEP (a screen), told this once."""

    token: str


@router.get("")
async def list_video_devices(session: Session) -> PageOf[VideoDeviceShape]:
    """Your organisation's, those in use first; up to 500 are one page."""
    found = await encounters.list_devices(session)
    return PageOf(items=[VideoDeviceShape.model_validate(each) for each in found], next=None)


@router.post("", status_code=201, responses=problems(409))
async def register_video_device(
    body: encounters.NewVideoDevice, session: Session, response: Response
) -> VideoDeviceWithToken:
    """Register one. Its name must not be in use, so that a repeat registers nothing twice."""
    made = await encounters.register_device(session, body)
    response.headers["Location"] = f"{router.prefix}/{made.device.id}"
    shape = _tagged(made.device, response)
    return VideoDeviceWithToken(**shape.model_dump(), token=made.token)


@router.get("/{device_id}", responses=problems(404))
async def read_video_device(
    device_id: UUID, session: Session, response: Response
) -> VideoDeviceShape:
    """One encoder or screen."""
    return _tagged(await encounters.find_device(session, device_id), response)


@router.post("/{device_id}/revoke", responses=problems(404, 412, 428))
async def revoke_video_device(
    device_id: UUID, version: IfMatch, session: Session, now: Now, response: Response
) -> VideoDeviceShape:
    """Its token opens nothing from now on, and what it sends or shows ends. Again changes
    nothing."""
    revoked = await encounters.revoke_device(session, device_id, version=version, now=now)
    return _tagged(revoked, response)


def _tagged(device: VideoDevice, response: Response) -> VideoDeviceShape:
    response.headers["ETag"] = device.etag
    return VideoDeviceShape.model_validate(device)
