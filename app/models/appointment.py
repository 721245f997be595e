"""Appointment (FHIR R4), and Occupancy: whose time it takes, under one exclusion constraint.

An Appointment of status `pending` is a hold; it has no patient and runs out.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    UniqueConstraint,
    Uuid,
    and_,
    literal,
    or_,
    text,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from app.errors import InvalidTransition
from app.models.base import (
    Base,
    Identified,
    Tenanted,
    Versioned,
    optional_reference,
    reference,
)

LIVE = ("pending", "booked", "arrived", "fulfilled")
EDGES: dict[str, frozenset[str]] = {
    "pending": frozenset({"booked", "cancelled", "entered-in-error"}),
    "booked": frozenset({"arrived", "fulfilled", "cancelled", "noshow", "entered-in-error"}),
    "arrived": frozenset({"fulfilled", "cancelled", "booked", "entered-in-error"}),
    "fulfilled": frozenset({"entered-in-error"}),
    "noshow": frozenset({"arrived", "booked", "entered-in-error"}),
}
LONGEST_OCCUPANCY = timedelta(hours=24)
"""Buffers included; the database holds it, so that a search knows how far back to look."""
_BOUNDED = "NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)"


class AppointmentSeries(Identified, Versioned, Tenanted, Base):
    """Appointments that recur: an RFC 5545 RRULE value from `first_day`, at `wall_time` of
    `time_zone`. Each occurrence is an Appointment of its own that knows its `series_day`."""

    __tablename__ = "appointment_series"
    __table_args__ = (CheckConstraint("status IN ('active', 'cancelled')", name="status"),)

    patient_id: Mapped[UUID] = reference("patient", index=True)
    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    service_id: Mapped[UUID] = reference("healthcare_service", index=True)
    recurrence: Mapped[str]
    first_day: Mapped[date]
    wall_time: Mapped[str]
    time_zone: Mapped[str]
    minutes: Mapped[int]
    channel: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="active")


class GroupSession(Identified, Tenanted, Base):
    """A slot of a group: several patients' appointments at one practitioner's one time.

    It takes the practitioner's time as long as `taken` is above zero; `taken` is counted by
    compare-and-swap and can never pass `capacity`.
    """

    __tablename__ = "group_session"
    __table_args__ = (
        CheckConstraint("taken BETWEEN 0 AND capacity", name="taken"),
        UniqueConstraint("organization_id", "schedule_id", "practitioner_id", "start"),
    )

    schedule_id: Mapped[UUID] = reference("schedule", index=True)
    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    service_id: Mapped[UUID] = reference("healthcare_service", index=True)
    start: Mapped[datetime]
    end: Mapped[datetime]
    capacity: Mapped[int]
    taken: Mapped[int] = mapped_column(default=0)


class Appointment(Identified, Versioned, Tenanted, Base):
    """`during` is a half-open UTC range. `time_zone` and `wall_start` (local, ISO 8601 without
    offset) are kept, so that a change of law can be applied to what was meant.

    `practitioner_id` leads; `with_ids` are further practitioners (an interpreter too) and
    locations. `sequence` is RFC 5545 SEQUENCE: it rises when time, place or state change.
    `outside_schedule` says that no rota offers this time, on purpose or since the rota changed.
    `booked_by_organization_id` is a partner that booked it by a sharing agreement, and sees it.
    `starts_at` and `ends_at` are for queries, as Occupancy's: code asks `start` and `end`.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'booked', 'arrived', 'fulfilled', 'cancelled', 'noshow',"
            " 'entered-in-error')",
            name="status",
        ),
        CheckConstraint(_BOUNDED, name="during"),
        CheckConstraint("status <> 'pending' OR hold_expires_at IS NOT NULL", name="hold_runs_out"),
        CheckConstraint("status <> 'booked' OR patient_id IS NOT NULL", name="booked_for_someone"),
        Index("ix_appointment_day", "organization_id", "starts_at", "id"),
        Index(
            "ix_appointment_with_ids",
            "with_ids",
            postgresql_using="gin",
            postgresql_where=text("with_ids <> '{}'"),
        ),
        Index(
            "ix_appointment_hold",
            "hold_expires_at",
            postgresql_where=text("status = 'pending'"),
        ),
    )

    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    service_id: Mapped[UUID] = reference("healthcare_service", index=True)
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    with_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list)
    status: Mapped[str]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    time_zone: Mapped[str]
    wall_start: Mapped[str]
    channel: Mapped[str] = mapped_column(default="video")
    reason: Mapped[str] = mapped_column(default="")
    outside_schedule: Mapped[bool] = mapped_column(default=False)
    sequence: Mapped[int] = mapped_column(default=0)
    hold_expires_at: Mapped[datetime | None]
    held_by: Mapped[UUID | None]
    cancellation_code: Mapped[str] = mapped_column(default="")
    cancellation_reason: Mapped[str] = mapped_column(default="")
    moves_by_patient: Mapped[int] = mapped_column(default=0)
    call_back_phone: Mapped[str] = mapped_column(default="")
    call_back_asked_at: Mapped[datetime | None]
    series_id: Mapped[UUID | None] = optional_reference("appointment_series", index=True)
    series_day: Mapped[date | None]
    group_session_id: Mapped[UUID | None] = optional_reference("group_session", index=True)
    booked_by_organization_id: Mapped[UUID | None] = optional_reference("organization", index=True)
    starts_at: Mapped[datetime] = mapped_column(Computed("lower(during)", persisted=True))
    ends_at: Mapped[datetime] = mapped_column(Computed("upper(during)", persisted=True))

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

    @property
    def actor_ids(self) -> Sequence[UUID]:
        """Everybody and every place it takes time of but the patient (FHIR participant.actor)."""
        return (self.practitioner_id, *self.with_ids)

    def become(self, status: str) -> None:
        """Take one allowed step of FHIR Appointment.status."""
        if status not in EDGES.get(self.status, frozenset()):
            raise InvalidTransition("Appointment", self.status, status)
        self.status = status
        self.touch()


def takes_part(practitioner_id: UUID) -> ColumnElement[bool]:
    """Whether an Appointment takes time of that practitioner, who leads it or is there too."""
    return or_(
        Appointment.practitioner_id == practitioner_id,
        and_(
            text("appointment.with_ids <> '{}'"),  # as the partial index says it
            Appointment.with_ids.op("@>")(literal([practitioner_id], ARRAY(Uuid))),
        ),
    )


class Occupancy(Identified, Tenanted, Base):
    """A stretch of time of one practitioner, location or patient (`actor_id`) that is taken,
    buffers included: by an appointment or hold, or by a group session. A row that is there is
    time that is taken; whoever frees the time deletes the row.

    The exclusion constraint is the last word on double booking (docs/decisions/0013). A row that
    `expires_at` has passed is a hold that ran out; the next insert, or a sweep, removes it.

    Whoever reads asks `starts_at` and `ends_at`, not `during`: under row-level security no operator
    on ranges can use an index, as PostgreSQL does not call them leakproof (docs/decisions/0014).
    """

    __tablename__ = "occupancy"
    __table_args__ = (
        ExcludeConstraint(
            ("organization_id", "="),
            ("actor_id", "="),
            ("during", "&&"),
            using="gist",
            name="ex_occupancy_actor_during",
        ),
        CheckConstraint(_BOUNDED, name="during"),
        CheckConstraint("num_nonnulls(appointment_id, group_session_id) = 1", name="one_reason"),
        CheckConstraint("upper(during) - lower(during) <= interval '24 hours'", name="length"),
        Index("ix_occupancy_end", "ends_at"),
        Index(
            "ix_occupancy_actor_end",
            "organization_id",
            "actor_id",
            "ends_at",
            postgresql_include=["starts_at", "expires_at"],
        ),
    )

    organization_id: Mapped[UUID] = reference("organization")  # the constraint's index leads by it
    actor_id: Mapped[UUID]
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    # Time is taken before the record is written: a refusal then leaves no record to undo.
    appointment_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("appointment.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"),
        index=True,
    )
    group_session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("group_session.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime | None]
    starts_at: Mapped[datetime] = mapped_column(Computed("lower(during)", persisted=True))
    ends_at: Mapped[datetime] = mapped_column(Computed("upper(during)", persisted=True))
