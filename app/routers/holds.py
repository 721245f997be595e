"""Holds: a time kept for a few minutes while the details are asked."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict

from app import scheduling
from app.models import Appointment
from app.models.text import Line
from app.models.time_zone import Moment
from app.routers.dependencies import Config, Now, Session, allow
from app.routers.idempotency import Repeatable, Reply
from app.routers.problems import problems

BOOKING = allow("clinician", "scheduler", "administrator", scope="booking")
router = APIRouter(prefix="/api/v1/holds", tags=["booking"], dependencies=[Depends(BOOKING)])


class NewHold(BaseModel):
    """A time to be kept. Without `end` it is as long as the service's slot; `outside_schedule`
    allows a time that no schedule offers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service_id: UUID
    practitioner_id: UUID
    start: Moment
    end: Moment | None = None
    time_zone: Line | None = None
    outside_schedule: bool = False


class HoldShape(BaseModel):
    """A time that is kept until `expires_at`."""

    id: UUID
    service_id: UUID
    practitioner_id: UUID
    start: datetime
    end: datetime
    time_zone: str
    expires_at: datetime | None


def _shape(held: Appointment) -> HoldShape:
    return HoldShape(
        id=held.id,
        service_id=held.service_id,
        practitioner_id=held.practitioner_id,
        start=held.start,
        end=held.end,
        time_zone=held.time_zone,
        expires_at=held.hold_expires_at,
    )


@router.post("", status_code=201, response_model=HoldShape, responses=problems(404, 409))
async def hold(
    body: NewHold, once: Repeatable, session: Session, config: Config, now: Now
) -> Response:
    """Keep a time."""

    async def act() -> Reply:
        wanted = scheduling.Wanted(**body.model_dump())
        held = await scheduling.hold(session, wanted, lifetime=config.hold_lifetime, now=now)
        return Reply(201, _shape(held), {"Location": f"{router.prefix}/{held.id}"})

    return await once(act)


@router.delete("/{hold_id}", status_code=204, responses=problems(404))
async def release(hold_id: UUID, session: Session, now: Now) -> None:
    """Let a time go that is not wanted after all."""
    await scheduling.release(session, hold_id, now=now)
