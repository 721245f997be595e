"""Appointment (FHIR R4) and holds: rows under one exclusion constraint, so the database decides.

An Appointment of status `pending` is a hold; it has no patient and runs out.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import InvalidTransition
from app.models.base import (
    Base,
    Identified,
    Tenanted,
    Versioned,
    optional_reference,
    reference,
)

LIVE = "status IN ('pending', 'booked', 'arrived', 'fulfilled')"
EDGES: dict[str, frozenset[str]] = {
    "pending": frozenset({"booked", "cancelled", "entered-in-error"}),
    "booked": frozenset({"arrived", "fulfilled", "cancelled", "noshow", "entered-in-error"}),
    "arrived": frozenset({"fulfilled", "cancelled", "booked", "entered-in-error"}),
    "fulfilled": frozenset({"entered-in-error"}),
    "noshow": frozenset({"entered-in-error"}),
}


class Appointment(Identified, Versioned, Tenanted, Base):
    """`during` is a half-open UTC range. `time_zone` and `wall_start` (local, ISO 8601 without
    offset) are kept, so that a change of law can be applied to what was meant."""

    __tablename__ = "appointment"
    __table_args__ = (
        ExcludeConstraint(
            ("organization_id", "="),
            ("practitioner_id", "="),
            ("during", "&&"),
            where=text(LIVE),
            using="gist",
            name="ex_appointment_practitioner_during",
        ),
        ExcludeConstraint(
            ("organization_id", "="),
            ("patient_id", "="),
            ("during", "&&"),
            where=text(f"patient_id IS NOT NULL AND {LIVE}"),
            using="gist",
            name="ex_appointment_patient_during",
        ),
        CheckConstraint(
            "status IN ('pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow',"
            " 'entered-in-error')",
            name="status",
        ),
        CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)",
            name="during",
        ),
        CheckConstraint("status <> 'pending' OR hold_expires_at IS NOT NULL", name="hold_runs_out"),
        CheckConstraint("status <> 'booked' OR patient_id IS NOT NULL", name="booked_for_someone"),
        Index("ix_appointment_day", "organization_id", text("lower(during)"), "id"),
    )

    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    service_id: Mapped[UUID] = reference("healthcare_service", index=True)
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    status: Mapped[str]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    time_zone: Mapped[str]
    wall_start: Mapped[str]
    channel: Mapped[str] = mapped_column(default="video")
    reason: Mapped[str] = mapped_column(default="")
    hold_expires_at: Mapped[datetime | None]
    held_by: Mapped[UUID | None]
    cancellation_reason: Mapped[str] = mapped_column(default="")
    replaces_id: Mapped[UUID | None] = optional_reference("appointment")

    @property
    def start(self) -> datetime:
        """First instant, UTC."""
        assert self.during.lower is not None  # noqa: S101 (ck_appointment_during)
        return self.during.lower

    @property
    def end(self) -> datetime:
        """First instant after it, UTC."""
        assert self.during.upper is not None  # noqa: S101 (ck_appointment_during)
        return self.during.upper

    @property
    def length(self) -> timedelta:
        """How long it takes."""
        return self.end - self.start

    def become(self, status: str) -> None:
        """Take one allowed step of FHIR Appointment.status."""
        if status not in EDGES.get(self.status, frozenset()):
            raise InvalidTransition("Appointment", self.status, status)
        self.status = status
        self.touch()


class IdempotencyKey(Identified, Tenanted, Base):
    """The answer to an unsafe call, kept to be given again (draft-ietf-httpapi-idempotency-key).

    Written in the call's own transaction. `request_digest` is SHA-256 over method, path and body.
    """

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("organization_id", "subject", "key"),)

    subject: Mapped[UUID]
    key: Mapped[str]
    request_digest: Mapped[bytes] = mapped_column(LargeBinary)
    status_code: Mapped[int | None]
    headers: Mapped[dict[str, object] | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
