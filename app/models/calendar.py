"""Calendars beside ours: feeds that practitioners subscribe to, and busy times brought in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, Versioned, reference


class CalendarFeed(Identified, Tenanted, Base):
    """A practitioner's private feed (RFC 5545). `secret_digest` is SHA-256 of what is in its
    address; there is one at a time, and a new one ends the old. `changed_at` is when what it
    shows last changed, as `content_digest` told."""

    __tablename__ = "calendar_feed"
    __table_args__ = (UniqueConstraint("practitioner_id"), UniqueConstraint("secret_digest"))

    practitioner_id: Mapped[UUID] = reference("practitioner")
    secret_digest: Mapped[bytes]
    last_read_at: Mapped[datetime | None]
    content_digest: Mapped[bytes | None]
    changed_at: Mapped[datetime | None]


class BusySource(Identified, Versioned, Tenanted, Base):
    """An iCalendar file, or a feed that is read again and again, of one practitioner.

    `sealed_url` is a feed's address, sealed (app.sealing): it opens somebody's calendar.
    """

    __tablename__ = "busy_source"
    __table_args__ = (CheckConstraint("kind IN ('file', 'feed')", name="kind"),)

    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    kind: Mapped[str]
    name: Mapped[str]
    sealed_url: Mapped[bytes | None] = mapped_column(LargeBinary)
    etag: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")


class BusyTime(Identified, Tenanted, Base):
    """A stretch that blocks slots, without saying why. It never undoes a booking."""

    __tablename__ = "busy_time"
    __table_args__ = (Index("ix_busy_time_end", "organization_id", "practitioner_id", "ends_at"),)

    source_id: Mapped[UUID] = mapped_column(
        ForeignKey("busy_source.id", ondelete="CASCADE"), index=True
    )
    practitioner_id: Mapped[UUID] = reference("practitioner")
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    starts_at: Mapped[datetime] = mapped_column(Computed("lower(during)", persisted=True))
    ends_at: Mapped[datetime] = mapped_column(Computed("upper(during)", persisted=True))
