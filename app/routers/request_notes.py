"""A crew's notes on their request, in their own words."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, StringConstraints

from app import referrals
from app.models.text import PROSE
from app.models.time_zone import Moment
from app.routers.dependencies import Now, Session, allow
from app.routers.paging import PageOf
from app.routers.problems import problems

router = APIRouter(
    prefix="/api/v1/service-requests/{request_id}/notes",
    tags=["urgent advice"],
    dependencies=[Depends(allow("clinician", "crew"))],
)


class NewRequestNote(BaseModel):
    """`id` is the device's own: the same note sent again is not a second one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=PROSE),
    ]
    id: UUID
    written_at: Moment | None = None


class RequestNoteShape(BaseModel):
    """A note. `written_at` is null where the device's time cannot be right."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    request_id: UUID
    author_name: str
    text: str
    written_at: datetime | None
    received_at: datetime


@router.get("", responses=problems(404))
async def list_notes(request_id: UUID, session: Session) -> PageOf[RequestNoteShape]:
    """In the order in which they were written; the first 500 are one page."""
    found = await referrals.notes_of(session, request_id)
    return PageOf(items=[RequestNoteShape.model_validate(each) for each in found], next=None)


@router.post("", status_code=201, responses=problems(404, 409))
async def write_note(
    request_id: UUID, body: NewRequestNote, session: Session, now: Now
) -> RequestNoteShape:
    """Add a note; it is never changed, another one follows."""
    entry = referrals.Entry(id=body.id, happened_at=body.written_at)
    written = await referrals.write_note(session, request_id, body.text, entry=entry, now=now)
    return RequestNoteShape.model_validate(written)
