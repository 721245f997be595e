"""ServiceRequest (FHIR R4): a crew asks for urgent advice; each Ring it causes, each step it takes,
and who has it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import InvalidTransition
from app.identity import Principal
from app.models.base import Base, Identified, Shared, Versioned, optional_reference, reference

EDGES: dict[str, frozenset[str]] = {
    "ringing": frozenset({"accepted", "unanswered", "revoked"}),
    "unanswered": frozenset({"ringing", "accepted", "revoked"}),
    "accepted": frozenset({"completed"}),
}
StepKind = Literal[
    "raised",
    "rang",
    "declined",
    "missed",
    "unanswered",
    "came-on-call",
    "moved",
    "accepted",
    "dropped",
    "came-back",
    "held",
    "resumed",
    "asked-to-take-over",
    "handed-over",
    "asked-to-join",
    "joined",
    "cancelled",
    "closed",
]
RingPurpose = Literal["answer", "take-over", "join"]


class ServiceRequest(Identified, Versioned, Shared, Base):
    """The organisation is the crew's, the partner is the one asked.

    `state` is ours (ringing, unanswered, accepted, completed, revoked); `fhir_status` maps it.
    Age and sex may be all that is known of the patient. `atmist` holds age, time, mechanism,
    injuries, signs, treatment as typed by the crew. `news2` holds the total and its inputs;
    `spo2_scale` is 2 only where somebody says so; beside it are who chose it, by name, and when.
    `place` is where they are, in words. The requester's names are kept here because the partner
    cannot read another trust's staff, and so is the destination's place. `eta_minutes` was said at
    `eta_said_at` and wins over the estimate from the position (app/referrals/journeys.py).

    `accepted_by` is its one owner. While it is accepted it may be on hold (`held_at`), or its
    owner may have fallen silent (`dropped_at`): then it rings for somebody else, and whoever
    answers first has it, the owner included. `unanswered_at` is since when nobody is left to
    ring. `asked_organization_ids` are all the houses it was asked of; the partner is the present
    one. `plan` is the policy it was raised under, `plan_step` and `plan_round` say how far that
    has come, and `wake_at` is when the engine must look next: any process, after any crash.

    `asked_at` is when the crew asked by its device's clock; `raised_at` when that reached us,
    which is much later where there was no signal.
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
        CheckConstraint(
            "(state IN ('accepted', 'completed')) = (accepted_by IS NOT NULL)", name="owner"
        ),
        CheckConstraint(
            "state = 'accepted' OR (held_at IS NULL AND dropped_at IS NULL)", name="held_or_dropped"
        ),
        CheckConstraint("held_at IS NULL OR dropped_at IS NULL", name="held_not_dropped"),
        Index("ix_service_request_asked", "organization_id", "raised_at"),
        Index("ix_service_request_answered", "partner_organization_id", "raised_at"),
        Index("ix_service_request_queue", "partner_organization_id", "state", "raised_at"),
        Index(
            "ix_service_request_wake_at", "wake_at", postgresql_where=text("wake_at IS NOT NULL")
        ),
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
    spo2_scale_chosen_by: Mapped[str] = mapped_column(default="", server_default="")
    spo2_scale_chosen_at: Mapped[datetime | None]
    pregnant: Mapped[bool] = mapped_column(default=False, server_default="false")
    time_critical: Mapped[bool] = mapped_column(default=False)
    place: Mapped[str] = mapped_column(default="", server_default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    eta_minutes: Mapped[int | None]
    eta_said_at: Mapped[datetime | None]
    eta_estimate_minutes: Mapped[int | None]
    eta_estimated_at: Mapped[datetime | None]
    shares_position: Mapped[bool] = mapped_column(default=False, server_default="false")
    destination_id: Mapped[UUID | None] = optional_reference("location")
    destination_name: Mapped[str] = mapped_column(default="", server_default="")
    destination_latitude: Mapped[float | None]
    destination_longitude: Mapped[float | None]
    asked_at: Mapped[datetime | None]
    raised_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by: Mapped[UUID | None] = optional_reference("practitioner")
    accepted_by_name: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    advice: Mapped[str] = mapped_column(default="")
    encounter_id: Mapped[UUID | None] = optional_reference("encounter")
    asked_organization_ids: Mapped[list[UUID]] = mapped_column(
        ARRAY(Uuid), default=list, server_default=text("'{}'")
    )
    policy_id: Mapped[UUID | None] = optional_reference("escalation_policy")
    plan: Mapped[dict[str, object]] = mapped_column(default=dict, server_default=text("'{}'"))
    plan_step: Mapped[int] = mapped_column(default=-1, server_default="-1")
    plan_round: Mapped[int] = mapped_column(default=0, server_default="0")
    ringing_since: Mapped[datetime | None]
    unanswered_at: Mapped[datetime | None]
    held_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    silent_since: Mapped[datetime | None]
    wake_at: Mapped[datetime | None]
    steps_taken: Mapped[int] = mapped_column(default=0, server_default="0")

    def is_asked_by(self, principal: Principal) -> bool:
        """The crew's side: anyone of that service's crews, for shifts change."""
        return principal.organization_id == self.organization_id and principal.has("crew")

    def is_asked_of(self, principal: Principal) -> bool:
        """The side that is asked for advice: clinicians of any house that it has come to."""
        asked = {self.partner_organization_id, *(self.asked_organization_ids or ())}
        return principal.organization_id in asked and principal.has("clinician")

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
    def is_sought(self) -> bool:
        """Whether somebody is wanted to answer it: nobody has, or who did has fallen silent."""
        return self.is_open or (self.state == "accepted" and self.dropped_at is not None)

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

    def step(
        self,
        kind: StepKind,
        *,
        at: datetime,
        who: UUID | None = None,
        name: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> "RequestStep":
        """The next line of the request's history, to be added in the same transaction. The
        request must be locked: lines are numbered without gaps."""
        self.steps_taken = (self.steps_taken or 0) + 1
        return RequestStep(
            organization_id=self.organization_id,
            partner_organization_id=self.partner_organization_id,
            request_id=self.id,
            sequence=self.steps_taken,
            kind=kind,
            at=at,
            who_id=who,
            who_name=name,
            detail=dict(detail or {}),
        )


class RequestStep(Identified, Shared, Base):
    """One thing that happened to a request. Only ever added; `sequence` counts from 1.

    `who_id` and `who_name` are whom it concerns: who was rung, declined, answered, took over.
    `detail` holds codes, ids and seconds, never anything of the patient.
    """

    __tablename__ = "request_step"
    __table_args__ = (UniqueConstraint("request_id", "sequence"),)

    request_id: Mapped[UUID] = reference("service_request")
    sequence: Mapped[int]
    kind: Mapped[str]
    at: Mapped[datetime]
    who_id: Mapped[UUID | None]
    who_name: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, object]] = mapped_column(default=dict)


class RequestOwner(Identified, Shared, Base):
    """Who had a request, from when until when. The database allows one at a time."""

    __tablename__ = "request_owner"
    __table_args__ = (
        CheckConstraint("until_at IS NULL OR until_at >= from_at", name="period"),
        Index(
            "uq_request_owner_one_at_a_time",
            "request_id",
            unique=True,
            postgresql_where=text("until_at IS NULL"),
        ),
    )

    request_id: Mapped[UUID] = reference("service_request", index=True)
    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    practitioner_name: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]


class Ring(Identified, Shared, Base):
    """One practitioner being rung for one request: who, until when, and what came of it.

    `reached_at` is when a device of theirs first asked what rings: it rings there from then on.
    `purpose`: to answer it, to take it over from its owner, or to join. `step` is the step of the
    plan that rings, counted from 0, and `round` its repetition, from 1.
    """

    __tablename__ = "ring"
    __table_args__ = (
        CheckConstraint(
            "outcome IN ('ringing', 'accepted', 'declined', 'missed', 'withdrawn')", name="outcome"
        ),
        CheckConstraint("purpose IN ('answer', 'take-over', 'join')", name="purpose"),
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
    purpose: Mapped[str] = mapped_column(default="answer", server_default="answer")
    layer: Mapped[int]
    step: Mapped[int] = mapped_column(default=0, server_default="0")
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    rung_at: Mapped[datetime]
    reached_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(default="ringing")
    answered_at: Mapped[datetime | None]
    decline_reason: Mapped[str] = mapped_column(default="")
