"""Clinical notes of a consultation, saved as they are typed."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from app import documents
from app.documents import MOST_NOTE_CHARACTERS
from app.models.text import PROSE
from app.routers.dependencies import IfMatch, Now, Session, allow
from app.routers.paging import PageOf
from app.routers.problems import problems

router = APIRouter(
    prefix="/api/v1", tags=["notes"], dependencies=[Depends(allow("clinician", "crew"))]
)
# Spaces at the end are kept: the author is still typing.
NoteText = Annotated[str, StringConstraints(max_length=MOST_NOTE_CHARACTERS, pattern=PROSE)]


class NewNote(BaseModel):
    """`id` is the page's own: the same note sent again is not a second one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: NoteText
    id: UUID


class Wording(BaseModel):
    """The whole text as it is now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: NoteText


class NoteShape(BaseModel):
    """A note; `version` is the ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    encounter_id: UUID
    author_id: UUID
    author_name: str
    text: str
    created_at: datetime
    updated_at: datetime
    version: int


@router.get("/encounters/{encounter_id}/notes", responses=problems(404))
async def list_notes(encounter_id: UUID, session: Session) -> PageOf[NoteShape]:
    """A consultation's notes, oldest first. All of them are one page."""
    notes = await documents.notes_of(session, encounter_id)
    return PageOf(items=[NoteShape.model_validate(note) for note in notes], next=None)


@router.post("/encounters/{encounter_id}/notes", status_code=201, responses=problems(404, 409))
async def create_note(
    *, encounter_id: UUID, body: NewNote, session: Session, now: Now, response: Response
) -> NoteShape:
    """Begin a note."""
    note = await documents.create_note(session, encounter_id, body.text, id=body.id, now=now)
    response.headers["ETag"] = note.etag
    return NoteShape.model_validate(note)


@router.put("/notes/{note_id}", responses=problems(404, 412, 428))
async def change_note(
    *,
    note_id: UUID,
    body: Wording,
    version: IfMatch,
    session: Session,
    now: Now,
    response: Response,
) -> NoteShape:
    """Save the text as it is now. Only its author may."""
    note = await documents.change_note(session, note_id, body.text, version=version, now=now)
    response.headers["ETag"] = note.etag
    return NoteShape.model_validate(note)
