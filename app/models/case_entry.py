"""What a crew typed into a case's form, and the links that open its handover."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Shared, optional_reference, reference

HANDOVER_TRIES = 3


class CaseEntry(Identified, Shared, Base):
    """One field as somebody typed it at one time. Never changed: the last typed of a field holds,
    those before it are its history. `created_at` is when it arrived, `typed_at` when it was typed,
    which without a signal is earlier. `value` null says that the field was emptied."""

    __tablename__ = "case_entry"
    __table_args__ = (
        CheckConstraint("char_length(field) BETWEEN 1 AND 60", name="field"),
        Index("ix_case_entry_request_typed", "request_id", "typed_at"),
    )

    request_id: Mapped[UUID] = reference("service_request")
    field: Mapped[str]
    value: Mapped[object] = mapped_column(JSONB)
    typed_at: Mapped[datetime]
    typed_by: Mapped[UUID | None] = optional_reference("practitioner")
    typed_by_name: Mapped[str] = mapped_column(default="")


class HandoverLink(Identified, Shared, Base):
    """Opens one request's handover to a team without an account, until it ends or is withdrawn.

    Only the digest of its secret is stored (docs/decisions/0008). Whoever opens it gives the e-mail
    address it was sent to, three tries, and a name."""

    __tablename__ = "handover_link"
    __table_args__ = (
        UniqueConstraint("secret_digest"),
        CheckConstraint("tries_left BETWEEN 0 AND 3", name="tries_left"),
    )

    request_id: Mapped[UUID] = reference("service_request", index=True)
    secret_digest: Mapped[bytes]
    recipient: Mapped[str]
    recipient_email: Mapped[str]
    made_by: Mapped[UUID | None] = optional_reference("practitioner")
    made_by_name: Mapped[str] = mapped_column(default="")
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    tries_left: Mapped[int] = mapped_column(default=HANDOVER_TRIES, server_default="3")
    opened_at: Mapped[datetime | None]
    opened_by_name: Mapped[str] = mapped_column(default="", server_default="")

    def works_at(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and now < self.expires_at
