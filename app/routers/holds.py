"""Holds: a time kept for a few minutes while the details are asked."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from app import scheduling
from app.models import Appointment
from app.models.organization import Channel
from app.routers.appointment_shapes import NewHold
from app.routers.dependencies import Config, IfMatch, Now, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.problems import problems

BOOKING = allow("clinician", "scheduler", "administrator", scope="booking")
router = APIRouter(prefix="/api/v1/holds", tags=["booking"], dependencies=[Depends(BOOKING)])


class HoldShape(BaseModel):
    """A time that is kept until `expires_at`. `version` is the ETag."""

    id: UUID
    service_id: UUID
    practitioner_id: UUID
    with_ids: list[UUID]
    start: datetime
    end: datetime
    time_zone: str
    channel: Channel
    expires_at: datetime | None
    version: int


def _shape(held: Appointment) -> HoldShape:
    fields = {name: getattr(held, name) for name in HoldShape.model_fields if name != "expires_at"}
    return HoldShape(**fields, expires_at=held.hold_expires_at)


@router.post("", status_code=201, response_model=HoldShape, responses=problems(404, 409))
async def hold(
    body: NewHold, once: Repeatable, session: Session, config: Config, now: Now
) -> Response:
    """Keep a time."""

    async def act() -> Reply:
        wanted = scheduling.Wanted(**body.model_dump())
        held = await scheduling.hold(session, wanted, lifetime=config.hold_lifetime, now=now)
        headers = {"ETag": held.etag, "Location": f"{router.prefix}/{held.id}"}
        return Reply(201, _shape(held), headers)

    return await once(act)


@router.delete("/{hold_id}", status_code=204, responses=problems(404, 412, 428))
async def release(hold_id: UUID, version: IfMatch, session: Session, now: Now) -> None:
    """Let a time go that is not wanted after all. Needs no Idempotency-Key: a repeat finds nothing
    to delete (RFC 9110 §9.2.2)."""
    await scheduling.release(session, hold_id, version=version, now=now)
