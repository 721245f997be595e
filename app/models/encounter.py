"""Encounter (FHIR R4): a consultation, who takes part, when they were there, and what was said."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import InvalidTransition
from app.models.base import Base, Identified, Shared, Versioned, optional_reference, reference

EDGES: dict[str, frozenset[str]] = {
    "planned": frozenset({"arrived", "in-progress", "cancelled"}),
    "arrived": frozenset({"in-progress", "cancelled"}),
    "in-progress": frozenset({"finished"}),
}


class Encounter(Identified, Versioned, Shared, Base):
    """`status` is FHIR's: planned, arrived (the patient waits), in-progress, finished, cancelled.

    `outcome` is a code of ours (advice, prescription, referral, follow-up, conveyed, …);
    `summary` is what was agreed, in words for the patient. `service_request_id` is no foreign
    key: the request points here already, and two would make a circle.
    """

    __tablename__ = "encounter"
    __table_args__ = (
        CheckConstraint(
            "status IN ('planned', 'arrived', 'in-progress', 'finished', 'cancelled')",
            name="status",
        ),
        UniqueConstraint("appointment_id"),
        UniqueConstraint("service_request_id"),
    )

    appointment_id: Mapped[UUID | None] = optional_reference("appointment")
    service_request_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    status: Mapped[str] = mapped_column(default="planned")
    planned_start: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")

    def become(self, status: str) -> None:
        """Take one allowed step of FHIR Encounter.status."""
        if status not in EDGES.get(self.status, frozenset()):
            raise InvalidTransition("Encounter", self.status, status)
        self.status = status
        self.touch()

    @property
    def is_over(self) -> bool:
        """Finished or cancelled: nobody joins any more."""
        return self.status in {"finished", "cancelled"}


class EncounterParticipant(Identified, Shared, Base):
    """A seat in an encounter: a practitioner, the patient, or a guest with a name of their own.

    `waiting_since` is set while someone waits to be admitted; `location` is where the patient
    says they are now, for an emergency during the call.
    """

    __tablename__ = "encounter_participant"
    __table_args__ = (
        CheckConstraint(
            "role IN ('clinician', 'specialist', 'crew', 'patient', 'guest')", name="role"
        ),
        Index(
            "uq_encounter_participant_practitioner",
            "encounter_id",
            "practitioner_id",
            unique=True,
            postgresql_where=text("practitioner_id IS NOT NULL"),
        ),
        Index(
            "uq_encounter_participant_patient",
            "encounter_id",
            unique=True,
            postgresql_where=text("role = 'patient'"),
        ),
    )

    encounter_id: Mapped[UUID] = reference("encounter", index=True)
    role: Mapped[str]
    name: Mapped[str]
    practitioner_id: Mapped[UUID | None] = optional_reference("practitioner", index=True)
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    admitted_at: Mapped[datetime | None]
    admitted_by: Mapped[UUID | None]
    waiting_since: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    location: Mapped[str] = mapped_column(default="")


class Attendance(Identified, Shared, Base):
    """A stretch of presence (FHIR Encounter.participant.period). Open while `left_at` is empty."""

    __tablename__ = "attendance"

    encounter_id: Mapped[UUID] = reference("encounter", index=True)
    participant_id: Mapped[UUID] = reference("encounter_participant", index=True)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class ChatMessage(Identified, Shared, Base):
    """One chat line. The id is the sender's, so a repeat is dropped."""

    __tablename__ = "chat_message"

    encounter_id: Mapped[UUID] = reference("encounter", index=True)
    participant_id: Mapped[UUID] = reference("encounter_participant")
    name: Mapped[str]
    text: Mapped[str]
    sent_at: Mapped[datetime]


class JoinLink(Identified, Shared, Base):
    """A way in without an account. Only SHA-256 of its 160-bit secret is kept.

    The patient's link asks for the date of birth: `tries_left` counts down to a lock. It works
    again and again, from any device, until `expires_at`.
    """

    __tablename__ = "join_link"
    __table_args__ = (UniqueConstraint("secret_digest"),)

    encounter_id: Mapped[UUID] = reference("encounter", index=True)
    participant_id: Mapped[UUID] = reference("encounter_participant", index=True)
    secret_digest: Mapped[bytes]
    opens_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    tries_left: Mapped[int] = mapped_column(default=3)
    revoked_at: Mapped[datetime | None]
