"""The bytes of documents at rest: each has a key of its own, wrapped by its organisation's.

Erasing that key erases the document wherever its bytes lie, backups included
(docs/decisions/0022, 0035).
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.documents.keys import opening_of
from app.documents.process import Examined, Part
from app.errors import ResourceNotFound, Unavailable
from app.models import Document, DocumentPart
from app.sealing import KEY_BYTES, CannotUnseal, Sealing

ORIGINAL = "original"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """Bytes to hand out, and what they are."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A document's key and parts, as they are kept."""

    key: bytes
    parts: Sequence[tuple[Part, bytes]]


async def seal(sealing: Sealing, document_id: UUID, examined: Examined) -> Sealed:
    """Everything of a file under a new key, which `sealing` wraps. Off the event loop: 20 MB take
    some 50 ms."""
    return await asyncio.to_thread(_seal, sealing, document_id, examined)


def _seal(sealing: Sealing, document_id: UUID, examined: Examined) -> Sealed:
    key = os.urandom(KEY_BYTES)
    own = Sealing(key)
    original = Part(ORIGINAL, examined.media_type, 0, 0, examined.original)
    parts = [
        (part, own.seal(part.content, _context(document_id, part.name)))
        for part in (original, *examined.parts)
    ]
    return Sealed(sealing.seal(key, key_context(document_id)), parts)


def rows(document: Document, sealed: Sealed) -> list[DocumentPart]:
    """The parts as records beside their document."""
    return [
        DocumentPart(
            organization_id=document.organization_id,
            partner_organization_id=document.partner_organization_id,
            document_id=document.id,
            name=part.name,
            media_type=part.media_type,
            width=part.width,
            height=part.height,
            sealed=content,
        )
        for part, content in sealed.parts
    ]


async def content_of(
    session: AsyncSession, sealing: Sealing, document: Document, name: str
) -> Content:
    """One part in the clear. Raises ResourceNotFound where there is none, or it was erased;
    KeyErased where all of its organisation's were; Unavailable where this installation cannot open
    it."""
    row = (
        await session.execute(
            select(DocumentPart.media_type, DocumentPart.sealed).where(
                DocumentPart.document_id == document.id, DocumentPart.name == name
            )
        )
    ).one_or_none()
    if row is None or document.sealed_key is None:
        raise ResourceNotFound("Document", document.id)
    opening = await opening_of(session, sealing, document.organization_id)
    try:
        plain = await asyncio.to_thread(
            _unseal, opening, document.sealed_key, row.sealed, document_id=document.id, name=name
        )
    except CannotUnseal:  # this node has another key, or somebody has been at the rows
        log.error("document_cannot_be_opened", document_id=str(document.id))
        raise Unavailable("This document cannot be opened just now.") from None
    return Content(row.media_type, plain)


def _unseal(sealing: Sealing, key: bytes, sealed: bytes, *, document_id: UUID, name: str) -> bytes:
    own = Sealing(sealing.unseal(key, key_context(document_id)))
    return own.unseal(sealed, _context(document_id, name))


async def destroy(session: AsyncSession, document: Document, *, now: datetime) -> None:
    """The key, the bytes and what describes the picture go; that it was there stays on record."""
    document.sealed_key, document.erased_at = None, now
    document.caption = document.place = ""
    document.latitude = document.longitude = None
    document.touch()
    await session.execute(delete(DocumentPart).where(DocumentPart.document_id == document.id))


def key_context(document_id: UUID) -> str:
    """What a document's wrapped key is sealed for."""
    return _context(document_id, "key")


def _context(document_id: UUID, name: str) -> str:
    return f"document {document_id} {name}"
