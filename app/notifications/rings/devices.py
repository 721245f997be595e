"""The browsers that ring for somebody while no page of ours is open in them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.database import actor_of
from app.errors import Conflict, Forbidden, InvalidInput, ResourceNotFound
from app.identity import Principal
from app.models import PushSubscription, RingCall
from app.models.text import Line
from app.notifications.rings.pushing import Push, Target, are_keys
from app.sealing import Sealing

MOST = 10
"""Of one person: each is rung every time."""
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{20,100}={0,2}$")]


class Keys(BaseModel):
    """As the browser gives them (`PushSubscription.toJSON()`), in base64url."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    p256dh: Key
    auth: Key


class NewDevice(BaseModel):
    """A browser's push subscription. `device` is how its owner knows it: "Chrome on Android"."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    endpoint: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    keys: Keys
    device: Annotated[Line, StringConstraints(max_length=80)] = ""


@dataclass(frozen=True, slots=True)
class Device:
    """One of a person's own. Its address is not told to anybody.

    `problem` is why its last ring did not reach it; empty where it did, or none was sent.
    """

    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime
    problem: str = ""


async def add_device(
    session: AsyncSession, new: NewDevice, push: Push | None, sealing: Sealing, *, now: datetime
) -> tuple[Device, bool]:
    """Ring here as well. Once more renews it; whether it is new.

    A browser rings for whoever said so last. Raises InvalidInput for what is no push service's
    address, Conflict where push is off or there are too many.
    """
    principal = _owner(session)
    if push is None:
        raise Conflict("This service does not ring browsers that are closed.")
    _check(new, push)
    digest = hashlib.sha256(new.endpoint.encode()).digest()
    known = await session.scalar(
        select(PushSubscription).where(PushSubscription.endpoint_digest == digest)
    )
    if known is None and len(await _of(session, principal)) >= MOST:
        raise Conflict(f"{MOST} devices ring for you already. Take one away first.")
    row_id = known.id if known else uuid4()
    row = await _stored(
        session,
        {
            "id": row_id,
            "organization_id": principal.organization_id,
            "created_at": now,
            "practitioner_id": principal.practitioner_id,
            "endpoint_digest": digest,
            "sealed": _sealed(sealing, digest, new),
            "device": new.device,
            "session_id": principal.session_id,
            "seen_at": now,
        },
    )
    if known is None:
        _note(session, "C", "Ring a browser", row.id, principal)
    return _shown(row), known is None


def _check(new: NewDevice, push: Push) -> None:
    if not push.goes_to(new.endpoint):
        raise InvalidInput.field("endpoint", "must be of a push service that we send to")
    if not are_keys(new.keys.p256dh, new.keys.auth):
        raise InvalidInput.field("keys", "must be a browser's: a P-256 point and 16 bytes")


async def _stored(session: AsyncSession, values: dict[str, object]) -> PushSubscription:
    inserting = insert(PushSubscription).values(values)
    renewed = {
        name: inserting.excluded[name]
        for name in ("practitioner_id", "sealed", "device", "session_id", "seen_at")
    }
    found = await session.scalars(
        inserting.on_conflict_do_update(
            index_elements=["organization_id", "endpoint_digest"], set_=renewed
        ).returning(PushSubscription),
        execution_options={"populate_existing": True},
    )
    return found.one()


async def list_devices(session: AsyncSession) -> list[Device]:
    """The principal's own, the newest first."""
    rows = await _of(session, _owner(session))
    problems = await _problems(session, [row.id for row in rows])
    return [replace(_shown(row), problem=problems.get(row.id, "")) for row in rows]


async def _problems(session: AsyncSession, devices: Sequence[UUID]) -> dict[UUID | None, str]:
    """By device, what became of the newest ring that was tried there."""
    newest = await session.execute(
        select(RingCall.device_id, RingCall.status, RingCall.problem)
        .ext(distinct_on(RingCall.device_id))
        .where(RingCall.way == "push", RingCall.attempts > 0, RingCall.device_id.in_(devices))
        .order_by(RingCall.device_id, RingCall.expires_at.desc(), RingCall.id)
    )
    return {device: problem for device, status, problem in newest if status != "sent"}


async def remove_device(session: AsyncSession, device_id: UUID) -> None:
    """Ring there no more. Raises ResourceNotFound, also for another's."""
    principal = _owner(session)
    gone = await session.scalar(
        delete(PushSubscription)
        .where(
            PushSubscription.id == device_id,
            PushSubscription.practitioner_id == principal.practitioner_id,
        )
        .returning(PushSubscription.id)
    )
    if gone is None:
        raise ResourceNotFound("PushSubscription", device_id)
    _note(session, "D", "Ring a browser no more", device_id, principal)


async def _of(session: AsyncSession, principal: Principal) -> Sequence[PushSubscription]:
    found = await session.scalars(
        select(PushSubscription)
        .where(PushSubscription.practitioner_id == principal.practitioner_id)
        .order_by(PushSubscription.created_at.desc(), PushSubscription.id)
    )
    return found.all()


def target_of(sealing: Sealing, row: PushSubscription) -> Target:
    """Where a browser is reached. Raises CannotUnseal."""
    content: dict[str, str] = json.loads(sealing.unseal(row.sealed, _context(row.endpoint_digest)))
    return Target(**content)


def _sealed(sealing: Sealing, digest: bytes, new: NewDevice) -> bytes:
    target = Target(new.endpoint, new.keys.p256dh, new.keys.auth)
    return sealing.seal(json.dumps(asdict(target)).encode(), _context(digest))


def _context(digest: bytes) -> str:
    return f"push subscription {digest.hex()}"


def _shown(row: PushSubscription) -> Device:
    return Device(row.id, row.device, row.created_at, row.seen_at)


def _owner(session: AsyncSession) -> Principal:
    principal = actor_of(session).principal
    if principal is None or principal.practitioner_id is None:
        raise Forbidden("Only staff are rung.")
    return principal


def _note(
    session: AsyncSession, action: audit.Action, what: str, row_id: UUID, principal: Principal
) -> None:
    audit.record(session, action, what, resource="PushSubscription", resource_id=row_id)
    outbox.emit(
        session,
        "ring-device.changed",
        row_id,
        audience=[f"practitioner:{principal.practitioner_id}"],
    )
