"""Putting a document into a case, finding it again, and taking back what was a mistake."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.documents import contents
from app.documents.keys import sealing_of
from app.documents.process import Examined
from app.documents.retention import keep_until
from app.documents.subjects import (
    Subject,
    age_of,
    announce,
    subject_of_document,
    subject_of_encounter,
    subject_of_request,
)
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound
from app.models import Document
from app.sealing import Sealing

Kind = Literal["still", "photo", "ecg", "clip", "other"]
Source = Literal["camera", "stream", "upload"]
CLOCKS_DIFFER = timedelta(minutes=5)
"""A phone's clock may be ahead of ours by this much."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""An old ECG is worth comparing with; one from before is a clock that was never set."""
MOST = 200


@dataclass(frozen=True, slots=True)
class Upload:
    """What a device says of what it sends. `id` is its own: the same again is stored once."""

    id: UUID
    kind: Kind
    taken_at: datetime
    source: Source = "upload"
    caption: str = ""
    latitude: float | None = None
    longitude: float | None = None


def digest(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


async def known(
    session: AsyncSession, subject: Subject, upload: Upload, sha256: str
) -> Document | None:
    """What this upload has stored already, if it came before.

    Asked before any work is done. Raises InvalidInput, and DuplicateRecord where the id names
    something else.
    """
    _check(upload)
    found = await session.get(Document, upload.id)
    if found is None:
        return None
    if found.sha256 != sha256 or not subject.holds(found):
        raise DuplicateRecord
    return found


async def receive(
    session: AsyncSession,
    subject: Subject,
    upload: Upload,
    examined: Examined,
    *,
    sealing: Sealing,
    now: datetime,
) -> Document:
    """Keep a file in the case. Raises InvalidInput, DuplicateRecord, KeyErased, Unavailable."""
    sha256 = digest(examined.original)
    if upload.taken_at > now + CLOCKS_DIFFER:
        raise InvalidInput.field("taken_at", "This time is in the future.")
    # Two copies of one upload meet here: the second finds what the first has stored.
    await session.execute(select(func.pg_advisory_xact_lock(upload.id.int % 2**63)))
    before = await known(session, subject, upload, sha256)
    if before:
        return before
    own = await sealing_of(session, sealing, subject.record.organization_id)
    sealed = await contents.seal(own, upload.id, examined)
    document = _document(subject, upload, examined, sha256=sha256, key=sealed.key, now=now)
    document.keep_until = keep_until(now, await age_of(session, subject, now))
    session.add(document)
    try:
        await session.flush()
    except IntegrityError:  # an id of another organisation's, which we cannot see
        raise DuplicateRecord from None
    session.add_all(contents.rows(document, sealed))
    _note(session, "C", "receive Document", document)
    await announce(session, "document.received", document, subject)
    await session.flush()
    return document


def _check(upload: Upload) -> None:
    """Raises InvalidInput, naming the field."""
    if upload.taken_at < EARLIEST:
        raise InvalidInput.field("taken_at", "This time cannot be right.")
    if (upload.latitude is None) != (upload.longitude is None):
        raise InvalidInput.field("longitude", "Send latitude and longitude, or neither.")


def _document(
    subject: Subject,
    upload: Upload,
    examined: Examined,
    *,
    sha256: str,
    key: bytes,
    now: datetime,
) -> Document:
    record, request = subject.record, subject.request
    is_crew = request is not None and request.is_asked_by(subject.principal)
    here = request if is_crew and upload.latitude is None else None
    return Document(
        id=upload.id,
        version=1,
        organization_id=record.organization_id,
        partner_organization_id=record.partner_organization_id,
        encounter_id=subject.encounter_id,
        service_request_id=subject.request_id,
        patient_id=record.patient_id,
        kind=upload.kind,
        source=upload.source,
        media_type=examined.media_type,
        size_bytes=len(examined.original),
        sha256=sha256,
        pages=examined.pages,
        caption=upload.caption,
        # A crew's phone that names no place is where its request is.
        place=request.place if request and is_crew else "",
        latitude=here.latitude if here else upload.latitude,
        longitude=here.longitude if here else upload.longitude,
        taken_at=upload.taken_at,
        received_at=now,
        recorded_by=subject.principal.practitioner_id,
        recorded_by_name=subject.principal.name,
        sealed_key=key,
    )


async def of_request(session: AsyncSession, request_id: UUID) -> Sequence[Document]:
    """A request's documents and its consultation's, newest first; mistakes among them, so marked.

    Raises ResourceNotFound, Forbidden.
    """
    return await _listed(session, await subject_of_request(session, request_id))


async def of_encounter(session: AsyncSession, encounter_id: UUID) -> Sequence[Document]:
    """A consultation's documents, those of its urgent request among them. Raises the same."""
    return await _listed(session, await subject_of_encounter(session, encounter_id))


async def _listed(session: AsyncSession, subject: Subject) -> Sequence[Document]:
    audit.record(
        session,
        "R",
        "read Documents",
        resource=type(subject.record).__name__,
        resource_id=subject.record.id,
        patient_id=subject.record.patient_id,
        encounter_id=subject.encounter_id,
    )
    found = await session.scalars(
        select(Document)
        .where(subject.documents())
        .order_by(Document.taken_at.desc(), Document.received_at.desc(), Document.id)
        .limit(MOST)
    )
    return found.all()


async def document_of(
    session: AsyncSession, document_id: UUID, *, lock: bool = False
) -> tuple[Document, Subject]:
    """One document and its case. Raises ResourceNotFound, Forbidden."""
    document = await session.get(Document, document_id, with_for_update=lock)
    if document is None:
        raise ResourceNotFound("Document", document_id)
    return document, await subject_of_document(session, document)


async def read(session: AsyncSession, document_id: UUID) -> Document:
    """What is known of it, but not its bytes. Raises ResourceNotFound, Forbidden."""
    document, _ = await document_of(session, document_id)
    _note(session, "R", "read Document", document)
    return document


async def open_part(
    session: AsyncSession, document_id: UUID, name: str, *, sealing: Sealing
) -> tuple[Document, contents.Content]:
    """A page, the thumbnail or the original in the clear: each look is on record.

    Raises ResourceNotFound, Forbidden, KeyErased, Unavailable.
    """
    document, _ = await document_of(session, document_id)
    content = await contents.content_of(session, sealing, document, name)
    _note(session, "R", f"view Document {name}", document)
    return document, content


async def mark_entered_in_error(session: AsyncSession, document_id: UUID, reason: str) -> Document:
    """Take a document back: it stays on record, so marked and with the reason. Again is no error.

    Raises ResourceNotFound, Forbidden.
    """
    document, subject = await document_of(session, document_id, lock=True)
    if document.status == "entered-in-error":
        return document
    document.status, document.status_reason = "entered-in-error", reason
    document.status_by_name = subject.principal.name
    document.touch()
    _note(session, "U", "mark Document entered in error", document)
    await announce(session, "document.changed", document, subject)
    await session.flush()
    return document


def _note(session: AsyncSession, action: audit.Action, what: str, document: Document) -> None:
    audit.record(
        session,
        action,
        what,
        resource="Document",
        resource_id=document.id,
        patient_id=document.patient_id,
        encounter_id=document.encounter_id,
    )
