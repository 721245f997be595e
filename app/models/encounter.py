"""Encounter (FHIR R4): a consultation, who takes part, when they were there, and what was said."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import InvalidTransition
from app.identity import Principal
from app.models.base import Base, Identified, Shared, Versioned, optional_reference, reference

TRIES = 3
"""Wrong dates of birth before a link is locked (PAGES, the patient, 2)."""
EDGES: dict[str, frozenset[str]] = {
    "planned": frozenset({"arrived", "in-progress", "cancelled"}),
    "arrived": frozenset({"planned", "in-progress", "cancelled"}),
    "in-progress": frozenset({"finished"}),
}


class Encounter(Identified, Versioned, Shared, Base):
    """`status` is FHIR's: planned, arrived (the patient waits), in-progress, finished, cancelled.

    Those of one group session meet in one room: `group_session_id` names it.
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
    group_session_id: Mapped[UUID | None] = optional_reference("group_session", index=True)
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

    def is_cared_for_by(self, principal: Principal) -> bool:
        """Clinicians of the organisations it is shared by, and crews where it is urgent advice.

        Row-level security has already hidden it from every other organisation.
        """
        if principal.kind != "staff" or principal.practitioner_id is None:
            return False
        return principal.has("clinician") or (self.shares_care and principal.has("crew"))

    @property
    def room_id(self) -> UUID:
        """Where it takes place: a group's room, or one of its own."""
        return self.group_session_id or self.id

    @property
    def shares_care(self) -> bool:
        """Urgent advice between two organisations, rather than a patient's appointment."""
        return self.service_request_id is not None

    @property
    def is_over(self) -> bool:
        """Finished or cancelled: nobody joins any more."""
        return self.status in {"finished", "cancelled"}


class EncounterParticipant(Identified, Shared, Base):
    """A seat in an encounter: a practitioner, the patient, a guest with a name of their own, or a
    device, which is an encoder among the crew or a screen among the guests.

    `waiting_since` is set while someone waits to be admitted, and keeps their place when they
    leave and come back; `role_label` says what a guest is to the patient (interpreter, daughter);
    `location` is where the patient says they are now, for an emergency during the call;
    `first_picture_at` is when their browser first showed somebody else.
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
        Index(
            "uq_encounter_participant_device",
            "encounter_id",
            "device_id",
            unique=True,
            postgresql_where=text("device_id IS NOT NULL"),
        ),
    )

    encounter_id: Mapped[UUID] = reference("encounter", index=True)
    role: Mapped[str]
    name: Mapped[str]
    role_label: Mapped[str] = mapped_column(default="", server_default="")
    practitioner_id: Mapped[UUID | None] = optional_reference("practitioner", index=True)
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    device_id: Mapped[UUID | None] = optional_reference("video_device")
    admitted_at: Mapped[datetime | None]
    admitted_by: Mapped[UUID | None]
    waiting_since: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    first_picture_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    location: Mapped[str] = mapped_column(default="")

    @property
    def waits_to_be_admitted(self) -> bool:
        """Patients and guests are let in by someone; staff walk in."""
        return self.role in {"patient", "guest"}

    @property
    def display_name(self) -> str:
        """As the others in the call read it."""
        return f"{self.name} ({self.role_label})" if self.role_label else self.name

    def wait(self, since: datetime) -> bool:
        """Take a place in the queue unless one is held already. True when it is new."""
        if self.admitted_at or self.waiting_since:
            return False
        self.waiting_since = since
        return True

    def let_in(self, at: datetime, by: UUID | None) -> bool:
        """Admit, once. True when it is new."""
        if self.admitted_at:
            return False
        self.admitted_at, self.admitted_by, self.waiting_since = at, by, None
        return True


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
    tries_left: Mapped[int] = mapped_column(default=TRIES)
    revoked_at: Mapped[datetime | None]

    def works_at(self, now: datetime) -> bool:
        """Neither run out nor withdrawn. A locked link still works, to say whom to ring."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def is_locked(self) -> bool:
        """Too many wrong dates of birth."""
        return self.tries_left <= 0
