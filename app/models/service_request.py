"""ServiceRequest (FHIR R4): a crew asks for urgent advice; and each Ring it causes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import InvalidTransition
from app.identity import Principal
from app.models.base import Base, Identified, Shared, Versioned, optional_reference, reference

EDGES: dict[str, frozenset[str]] = {
    "ringing": frozenset({"accepted", "unanswered", "revoked"}),
    "unanswered": frozenset({"ringing", "accepted", "revoked"}),
    "accepted": frozenset({"completed", "ringing"}),
}


class ServiceRequest(Identified, Versioned, Shared, Base):
    """The organisation is the crew's, the partner is the one asked.

    `state` is ours (ringing, unanswered, accepted, completed, revoked); `fhir_status` maps it.
    Age and sex may be all that is known of the patient. `atmist` holds age, time, mechanism,
    injuries, signs, treatment as typed by the crew. `news2` holds the total and its inputs;
    `spo2_scale` is 2 only where the crew says so. `place` is where they are, in words. The
    requester's names are kept here because the partner cannot read another trust's staff.
    """

    __tablename__ = "service_request"
    __table_args__ = (
        CheckConstraint(
            "state IN ('ringing', 'unanswered', 'accepted', 'completed', 'revoked')", name="state"
        ),
        CheckConstraint("sex IN ('male', 'female', 'other', 'unknown')", name="sex"),
        CheckConstraint("spo2_scale IN (1, 2)", name="spo2_scale"),
        CheckConstraint("age_years BETWEEN 0 AND 130", name="age_years"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        Index("ix_service_request_queue", "partner_organization_id", "state", "raised_at"),
    )

    service_id: Mapped[UUID] = reference("healthcare_service", index=True)
    requester_id: Mapped[UUID] = reference("practitioner", index=True)
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    state: Mapped[str] = mapped_column(default="ringing")
    specialty: Mapped[str]
    question: Mapped[str]
    call_sign: Mapped[str] = mapped_column(default="")
    requester_name: Mapped[str] = mapped_column(default="", server_default="")
    requester_organization_name: Mapped[str] = mapped_column(default="", server_default="")
    age_years: Mapped[int | None]
    sex: Mapped[str] = mapped_column(default="unknown")
    atmist: Mapped[dict[str, object]] = mapped_column(default=dict)
    news2: Mapped[dict[str, object] | None]
    spo2_scale: Mapped[int] = mapped_column(default=1, server_default="1")
    pregnant: Mapped[bool] = mapped_column(default=False, server_default="false")
    time_critical: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(default="", server_default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    eta_minutes: Mapped[int | None]
    raised_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[UUID | None] = optional_reference("practitioner")
    accepted_by_name: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    advice: Mapped[str] = mapped_column(default="")
    encounter_id: Mapped[UUID | None] = optional_reference("encounter")

    def is_asked_by(self, principal: Principal) -> bool:
        """The crew's side: anyone of that service's crews, for shifts change."""
        return principal.organization_id == self.organization_id and principal.has("crew")

    def is_asked_of(self, principal: Principal) -> bool:
        """The side that is asked for advice."""
        return principal.organization_id == self.partner_organization_id and principal.has(
            "clinician"
        )

    def is_open_to(self, principal: Principal) -> bool:
        """Whether this member of staff belongs to one of the two sides."""
        if principal.kind != "staff" or principal.practitioner_id is None:
            return False
        return self.is_asked_by(principal) or self.is_asked_of(principal)

    @property
    def is_open(self) -> bool:
        """Nobody has answered yet, and it is not called off."""
        return self.state in {"ringing", "unanswered"}

    @property
    def fhir_status(self) -> str:
        """FHIR ServiceRequest.status."""
        return {"completed": "completed", "revoked": "revoked"}.get(self.state, "active")

    def become(self, state: str) -> None:
        """Take one allowed step."""
        if state not in EDGES.get(self.state, frozenset()):
            raise InvalidTransition("ServiceRequest", self.state, state)
        self.state = state
        self.touch()


class Ring(Identified, Shared, Base):
    """One practitioner being rung for one request: who, until when, and what came of it."""

    __tablename__ = "ring"
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('ringing', 'accepted', 'declined', 'missed', 'withdrawn')", name="outcome"
        ),
        Index(
            "uq_ring_one_at_a_time",
            "request_id",
            "practitioner_id",
            unique=True,
            postgresql_where=text("outcome = 'ringing'"),
        ),
    )

    request_id: Mapped[UUID] = reference("service_request", index=True)
    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    practitioner_name: Mapped[str]
    layer: Mapped[int]
    rung_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(default="ringing")
    answered_at: Mapped[datetime | None]
    decline_reason: Mapped[str] = mapped_column(default="")
