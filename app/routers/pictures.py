"""A browser says when it first showed somebody: what "time to first picture" is made of."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app import encounters
from app.routers.dependencies import Now, Session
from app.routers.problems import problems

router = APIRouter(prefix="/api/v1/encounters", tags=["encounters"])
LONGEST_MS = 3_600_000


class FirstPicture(BaseModel):
    """How long ago the first picture was shown: a device's clock may be wrong, its seconds not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shown_ms_ago: Annotated[int, Field(strict=True, ge=0, le=LONGEST_MS)]


@router.post("/{encounter_id}/first-picture", status_code=204, responses=problems(404))
async def note_first_picture(
    encounter_id: UUID, body: FirstPicture, session: Session, now: Now
) -> None:
    """Say that a picture of somebody else is on the screen. Only the first time counts."""
    ago = timedelta(milliseconds=body.shown_ms_ago)
    await encounters.note_first_picture(session, encounter_id, ago=ago, now=now)
