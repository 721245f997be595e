"""Encoders and screens of vehicles: who registers one, and when it is out of use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import accounts, audit
from app.database import actor_of, organization_of
from app.errors import DuplicateRecord, Forbidden, ResourceNotFound, StaleVersion
from app.models import ApiClient, VideoDevice
from app.models.text import Name
from app.outbox import emit

DeviceKind = Literal["encoder", "screen"]
SCOPES: dict[str, str] = {"encoder": "whip", "screen": "whep"}
"""The one right of each kind's credential."""


class NewVideoDevice(BaseModel):
    """A device to register: with an encoder the vehicle of that call sign is seen, on a screen
    what it sends is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: DeviceKind
    name: Name
    call_sign: Name


@dataclass(frozen=True, slots=True)
class DeviceToken:
    """What a device proves itself with (RFC 6750 §2.1). The token is told this once."""

    device: VideoDevice
    token: str


async def register_device(
    session: AsyncSession,
    new: NewVideoDevice,
    *,
    client_id: str | None = None,
    secret: str | None = None,
) -> DeviceToken:
    """A device of the actor's organisation. Demo data names its credential.

    Raises DuplicateRecord for a name that is in use.
    """
    in_use = select(VideoDevice.id).where(
        func.lower(VideoDevice.name) == new.name.lower(), VideoDevice.revoked_at.is_(None)
    )
    if await session.scalar(in_use):
        raise DuplicateRecord("Another encoder or screen has this name.")
    label = f"{new.kind} {new.name}".capitalize()
    client, secret = await accounts.create_client(
        session, label, {SCOPES[new.kind]}, client_id=client_id, secret=secret
    )
    principal = actor_of(session).principal
    device = VideoDevice(
        organization_id=organization_of(session),
        kind=new.kind,
        name=new.name,
        call_sign=new.call_sign,
        api_client_id=client.id,
        registered_by_name=principal.name if principal else "",
    )
    session.add(device)
    await session.flush()
    _note(session, "C", "register VideoDevice", device)
    _tell(session, device)
    return DeviceToken(device, accounts.bearer_token(client, secret))


async def list_devices(session: AsyncSession) -> Sequence[VideoDevice]:
    """The organisation's, those in use first, by name."""
    found = await session.scalars(
        select(VideoDevice)
        .where(VideoDevice.organization_id == organization_of(session))
        .order_by(VideoDevice.revoked_at.isnot(None), VideoDevice.name, VideoDevice.id)
        .limit(500)
    )
    return found.all()


async def find_device(session: AsyncSession, device_id: UUID) -> VideoDevice:
    """One of the organisation's. Raises ResourceNotFound."""
    device = await session.get(VideoDevice, device_id)
    if device is None:
        raise ResourceNotFound("VideoDevice", device_id)
    return device


async def revoke_device(
    session: AsyncSession, device_id: UUID, *, version: int, now: datetime
) -> VideoDevice:
    """Its token opens nothing from now on, and its session ends.

    Raises ResourceNotFound, StaleVersion. Again changes nothing.
    """
    device = await find_device(session, device_id)
    await session.refresh(device, with_for_update=True)
    if device.revoked_at is not None:
        return device
    if device.version != version:
        raise StaleVersion
    device.revoked_at = now
    device.touch()
    (await session.get_one(ApiClient, device.api_client_id)).disabled_at = now
    await session.flush()
    _note(session, "U", "revoke VideoDevice", device)
    _tell(session, device)
    return device


async def device_of(session: AsyncSession, client_id: UUID) -> VideoDevice:
    """The device that a credential is of. Raises Forbidden where it is none, or revoked."""
    device = await session.scalar(select(VideoDevice).where(VideoDevice.api_client_id == client_id))
    if device is None or device.revoked_at is not None:
        raise Forbidden("This token is no encoder's and no screen's.")
    return device


def _note(session: AsyncSession, action: audit.Action, what: str, device: VideoDevice) -> None:
    audit.record(session, action, what, resource="VideoDevice", resource_id=device.id)


def _tell(session: AsyncSession, device: VideoDevice) -> None:
    payload: dict[str, object] = {"in_use": device.revoked_at is None}
    if device.revoked_at and device.encounter_id:
        payload |= {"encounter_id": str(device.encounter_id), "owner": str(device.api_client_id)}
    emit(
        session,
        "video-device.changed",
        device.id,
        audience={f"administrator@{device.organization_id}"},
        payload=payload,
    )
