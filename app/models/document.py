"""DocumentReference (FHIR R4): a picture, an ECG or a clip of a case, and what was drawn on it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Shared, Versioned, optional_reference, reference


class Document(Identified, Versioned, Shared, Base):
    """What is known of it; its bytes are in DocumentPart, sealed with a key of its own.

    `source` says how it came: the far device's `camera`, a frame of the forwarded `stream`, or an
    `upload`. `place` is where the crew was, in words. `pages` is 0 for a clip. Without
    `sealed_key` nobody can ever read it again: that is how it is erased.
    """

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("kind IN ('still', 'photo', 'ecg', 'clip', 'other')", name="kind"),
        CheckConstraint("source IN ('camera', 'stream', 'upload')", name="source"),
        CheckConstraint("status IN ('current', 'entered-in-error')", name="status"),
        CheckConstraint("(sealed_key IS NULL) = (erased_at IS NOT NULL)", name="erased"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        Index("ix_document_request_taken", "service_request_id", "taken_at"),
        Index("ix_document_encounter_taken", "encounter_id", "taken_at"),
        Index("ix_document_keep_until", "keep_until"),
    )

    encounter_id: Mapped[UUID | None] = optional_reference("encounter")
    service_request_id: Mapped[UUID | None] = optional_reference("service_request")
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    kind: Mapped[str]
    source: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    pages: Mapped[int]
    caption: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    taken_at: Mapped[datetime]
    received_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = optional_reference("practitioner")
    recorded_by_name: Mapped[str]
    status: Mapped[str] = mapped_column(default="current")
    status_reason: Mapped[str] = mapped_column(default="")
    status_by_name: Mapped[str] = mapped_column(default="")
    keep_until: Mapped[datetime]
    sealed_key: Mapped[bytes | None]
    erased_at: Mapped[datetime | None]


class DocumentPart(Identified, Shared, Base):
    """Some bytes of a document: `original` as it came, `page-1` and on as shown, `thumbnail`."""

    __tablename__ = "document_part"
    __table_args__ = (UniqueConstraint("document_id", "name"),)

    document_id: Mapped[UUID] = reference("document")
    name: Mapped[str]
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    sealed: Mapped[bytes]


class DocumentMark(Identified, Shared, Base):
    """Something drawn over a page, as vectors; the page itself is never changed.

    `shape` holds the kind and its points, in parts of the page's width and height. What was
    cleared stays in the record.
    """

    __tablename__ = "document_mark"

    document_id: Mapped[UUID] = reference("document", index=True)
    page: Mapped[int]
    shape: Mapped[dict[str, object]]
    drawn_at: Mapped[datetime]
    drawn_by: Mapped[UUID | None] = optional_reference("practitioner")
    drawn_by_name: Mapped[str]
    cleared_at: Mapped[datetime | None]
    cleared_by_name: Mapped[str] = mapped_column(default="")
