"""Clinical notes: one author each, saved as they are typed, never lost to a second window."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import actor_of
from app.errors import DuplicateRecord, Forbidden, ResourceNotFound, StaleVersion
from app.identity import Principal
from app.models import Encounter, Note

MOST_NOTE_CHARACTERS = 20_000


async def create_note(
    session: AsyncSession, encounter_id: UUID, text: str, *, now: datetime, id: UUID | None = None
) -> Note:
    """Begin a note. `id` is the page's own, so that a repeat does not begin another.

    Raises ResourceNotFound, Forbidden, DuplicateRecord.
    """
    encounter, author = await _encounter(session, encounter_id, lock=True)
    known = await session.get(Note, id) if id else None
    if known:
        if known.author_id != author.practitioner_id or known.encounter_id != encounter_id:
            raise DuplicateRecord
        return known
    note = Note(
        id=id or uuid4(),
        version=1,
        created_at=now,
        organization_id=encounter.organization_id,
        partner_organization_id=encounter.partner_organization_id,
        encounter_id=encounter.id,
        author_id=author.practitioner_id,
        author_name=author.name,
        patient_id=encounter.patient_id,
        text=text,
        updated_at=now,
    )
    session.add(note)
    await session.flush()
    _audit(session, "C", "write Note", note)
    return note


async def change_note(
    session: AsyncSession, note_id: UUID, text: str, *, version: int, now: datetime
) -> Note:
    """Replace the text. The same text again is no change, so a save may be repeated.

    Raises ResourceNotFound, Forbidden for another's note, StaleVersion.
    """
    note = await session.get(Note, note_id, with_for_update=True)
    if note is None:
        raise ResourceNotFound("Note", note_id)
    _, author = await _encounter(session, note.encounter_id)
    if note.author_id != author.practitioner_id:
        raise Forbidden("Only its author changes a note.")
    if note.text == text:
        return note
    if note.version != version:
        raise StaleVersion
    note.text, note.updated_at = text, now
    note.touch()
    await session.flush()
    _audit(session, "U", "change Note", note)
    return note


async def notes_of(session: AsyncSession, encounter_id: UUID) -> Sequence[Note]:
    """A consultation's notes, oldest first. Raises ResourceNotFound, Forbidden."""
    encounter, _ = await _encounter(session, encounter_id)
    found = await session.scalars(
        select(Note)
        .where(Note.encounter_id == encounter.id)
        .order_by(Note.created_at, Note.id)
        .limit(500)
    )
    audit.record(
        session,
        "R",
        "read Notes",
        resource="Encounter",
        resource_id=encounter.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
    return found.all()


async def _encounter(
    session: AsyncSession, encounter_id: UUID, *, lock: bool = False
) -> tuple[Encounter, Principal]:
    encounter = await session.get(Encounter, encounter_id, with_for_update=lock)
    if encounter is None:
        raise ResourceNotFound("Encounter", encounter_id)
    principal = actor_of(session).principal
    if principal is None or not encounter.is_cared_for_by(principal):
        raise Forbidden("Your role does not allow this.")
    return encounter, principal


def _audit(session: AsyncSession, action: Literal["C", "U"], what: str, note: Note) -> None:
    audit.record(
        session,
        action,
        what,
        resource="Note",
        resource_id=note.id,
        patient_id=note.patient_id,
        encounter_id=note.encounter_id,
    )
