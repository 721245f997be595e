"""Schedule: a rota in wall-clock time of a zone. ScheduleException: a day that differs from it."""

from datetime import date, time
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, Versioned, optional_reference, reference

ExceptionKind = Literal["closed", "extra", "swapped"]
EVERY_WEEK = "^FREQ=(DAILY|WEEKLY;BYDAY=[A-Z,]+)$"
"""Rules that give the same days whenever they begin."""
# As PostgreSQL writes it out itself: every difference would look like a change of the model.
_ALIKE = f"""md5(
    service_id::text || '/'::text || slot_minutes::text || '/'::text
    || buffer_before_minutes::text || '/'::text || buffer_after_minutes::text || '/'::text
    || capacity::text || '/'::text || notice_minutes::text || '/'::text
    || horizon_days::text || '/'::text || start_time::text || '/'::text || end_time::text
    || '/'::text || channel::text || '/'::text
    || CASE WHEN recurrence::text ~ '{EVERY_WEEK}'::text THEN ''::text
        ELSE (valid_from - '1970-01-01'::date)::text END
    || '/'::text || breaks::text || '/'::text || time_zone::text || '/'::text
    || recurrence::text)::uuid"""


class Schedule(Identified, Versioned, Tenanted, Base):
    """A practitioner offers a service over a `channel` on the days of `recurrence` (an RFC 5545
    §3.3.10 RRULE value whose DTSTART is `valid_from`), to `valid_to` inclusive.

    Open from `start_time` to `end_time`, on the next day where that is not after the start;
    both wall-clock in `time_zone` (IANA). `breaks` are pairs of wall-clock times as HH:MM.
    Slots take `slot_minutes`; the practitioner is busy `buffer_before_minutes` before and
    `buffer_after_minutes` after. `capacity` above 1 is a group session. A slot can be booked
    until `notice_minutes` before it, and from `horizon_days` before it.

    Slots are computed from it and never stored, so nothing needs regenerating. Schedules of one
    `crowd` offer the same times of the same service, each while it is valid.
    """

    __tablename__ = "schedule"
    __table_args__ = (
        CheckConstraint("slot_minutes BETWEEN 5 AND 480", name="slot_minutes"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
        CheckConstraint("channel IN ('video', 'telephone', 'in-person')", name="channel"),
        CheckConstraint("capacity BETWEEN 1 AND 200", name="capacity"),
        CheckConstraint(
            "buffer_before_minutes BETWEEN 0 AND 120 AND buffer_after_minutes BETWEEN 0 AND 120",
            name="buffers",
        ),
        CheckConstraint(
            "notice_minutes BETWEEN 0 AND 525600 AND horizon_days BETWEEN 1 AND 730",
            name="booking_window",
        ),
        Index(
            "ix_schedule_crowd",
            "organization_id",
            "crowd",
            "practitioner_id",
            postgresql_include=["id", "service_id", "valid_from", "valid_to"],
            postgresql_where=text("active"),
        ),
    )

    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    service_id: Mapped[UUID] = reference("healthcare_service", index=True)
    channel: Mapped[str] = mapped_column(default="video")
    time_zone: Mapped[str]
    recurrence: Mapped[str]
    start_time: Mapped[time]
    end_time: Mapped[time]
    breaks: Mapped[list[list[str]]] = mapped_column(JSONB, default=list)
    slot_minutes: Mapped[int]
    buffer_before_minutes: Mapped[int] = mapped_column(default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int] = mapped_column(default=1)
    notice_minutes: Mapped[int] = mapped_column(default=0)
    horizon_days: Mapped[int] = mapped_column(default=730)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    crowd: Mapped[UUID] = mapped_column(Computed(_ALIKE, persisted=True), deferred=True)


class ScheduleException(Identified, Versioned, Tenanted, Base):
    """One wall-clock `day` that differs. Without `schedule_id` it is about all the practitioner's.

    `closed`: nothing is offered, all day or from `start_time` to `end_time`. `extra`: `schedule_id`
    is open then too, as on any of its days. `swapped`: `colleague_id` gives these slots instead.
    """

    __tablename__ = "schedule_exception"
    __table_args__ = (
        CheckConstraint("kind IN ('closed', 'extra', 'swapped')", name="kind"),
        CheckConstraint("(start_time IS NULL) = (end_time IS NULL)", name="both_times"),
        CheckConstraint("kind <> 'extra' OR schedule_id IS NOT NULL", name="extra_of_schedule"),
        CheckConstraint("kind <> 'extra' OR start_time IS NOT NULL", name="extra_has_times"),
        CheckConstraint("(kind = 'swapped') = (colleague_id IS NOT NULL)", name="swapped_with"),
        Index("ix_schedule_exception_day", "organization_id", "practitioner_id", "day"),
        Index(
            "ix_schedule_exception_moved",
            "organization_id",
            "day",
            postgresql_where=text("kind <> 'closed'"),
        ),
    )

    practitioner_id: Mapped[UUID] = reference("practitioner")
    schedule_id: Mapped[UUID | None] = optional_reference("schedule", index=True)
    kind: Mapped[str]
    day: Mapped[date]
    start_time: Mapped[time | None]
    end_time: Mapped[time | None]
    colleague_id: Mapped[UUID | None] = optional_reference("practitioner", index=True)
    reason: Mapped[str] = mapped_column(default="")
