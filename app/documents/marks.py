"""Marks drawn over a document: vectors, who and when; the picture beneath is never touched."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.documents.filing import document_of
from app.documents.subjects import announce
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound
from app.models import Document, DocumentMark

MOST_POINTS = 500
MOST_MARKS = 500
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""Of the page's width, or of its height."""


class Shape(BaseModel):
    """A `spot` has one point; a `line` follows the hand through two or more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["spot", "line"]
    points: Annotated[list[tuple[Share, Share]], Field(min_length=1, max_length=MOST_POINTS)]


async def draw_mark(
    session: AsyncSession,
    document_id: UUID,
    shape: Shape,
    *,
    id: UUID,
    page: int,
    now: datetime,
) -> DocumentMark:
    """Keep a mark and show it to the other side. The same id again is no second mark.

    Raises ResourceNotFound, Forbidden, InvalidInput, DuplicateRecord.
    """
    document, subject = await document_of(session, document_id, lock=True)
    known = await session.get(DocumentMark, id)
    if known:
        if known.document_id != document.id:
            raise DuplicateRecord
        return known
    await _require_room(session, document, shape, page)
    mark = DocumentMark(
        id=id,
        organization_id=document.organization_id,
        partner_organization_id=document.partner_organization_id,
        document_id=document.id,
        page=page,
        shape=shape.model_dump(),
        drawn_at=now,
        drawn_by=subject.principal.practitioner_id,
        drawn_by_name=subject.principal.name,
    )
    session.add(mark)
    try:
        await session.flush()
    except IntegrityError:  # an id of another organisation's, which we cannot see
        raise DuplicateRecord from None
    _note(session, "C", "draw on Document", document)
    await announce(session, "document.marked", document, subject)
    await session.flush()
    return mark


async def _require_room(session: AsyncSession, document: Document, shape: Shape, page: int) -> None:
    """Raises InvalidInput, naming the field."""
    if not 1 <= page <= document.pages:
        raise InvalidInput.field("page", "There is no such page.")
    if (shape.kind == "spot") != (len(shape.points) == 1):
        raise InvalidInput.field("shape.points", "A spot has one point, a line two or more.")
    count = await session.scalar(
        select(func.count()).where(DocumentMark.document_id == document.id)
    )
    if (count or 0) >= MOST_MARKS:
        raise InvalidInput.field("document_id", "There is no room for more marks on this.")


async def clear_mark(
    session: AsyncSession, document_id: UUID, mark_id: UUID, *, now: datetime
) -> DocumentMark:
    """Take a mark off the picture; it stays on record. Again is no error.

    Raises ResourceNotFound, Forbidden.
    """
    document, subject = await document_of(session, document_id, lock=True)
    mark = await session.get(DocumentMark, mark_id)
    if mark is None or mark.document_id != document.id:
        raise ResourceNotFound("DocumentMark", mark_id)
    if mark.cleared_at is None:
        mark.cleared_at, mark.cleared_by_name = now, subject.principal.name
        _note(session, "U", "clear a mark on Document", document)
        await announce(session, "document.marked", document, subject)
        await session.flush()
    return mark


async def marks_of(session: AsyncSession, document_id: UUID) -> Sequence[DocumentMark]:
    """Every mark, the cleared ones too, in the order in which they were drawn.

    Raises ResourceNotFound, Forbidden.
    """
    document, _ = await document_of(session, document_id)
    _note(session, "R", "read marks on Document", document)
    found = await session.scalars(
        select(DocumentMark)
        .where(DocumentMark.document_id == document.id)
        .order_by(DocumentMark.drawn_at, DocumentMark.created_at, DocumentMark.id)
    )
    return found.all()


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
