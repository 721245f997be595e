"""What is kept of a request beside what was said: where the crew was, and why it stood where it
stood in the queue."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import String

from app.models.base import Base, Identified, Shared, optional_reference, reference


class PositionFix(Identified, Shared, Base):
    """Where the crew's device said it was, in degrees (WGS 84) and metres.

    `id` is the device's, so that a repeat is no second one. `questions` are the codes of what is
    doubtful about it; such a fix is kept and shown as a question, and counts for nothing until
    `answer` says that it is right. A fix that answers another one `corrects` it.
    """

    __tablename__ = "position_fix"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("accuracy_m >= 0", name="accuracy_m"),
        CheckConstraint("source IN ('device', 'typed', 'corrected')", name="source"),
        CheckConstraint("answer IN ('', 'right', 'wrong', 'swapped')", name="answer"),
        Index("ix_position_fix_track", "request_id", "taken_at"),
    )

    request_id: Mapped[UUID] = reference("service_request")
    latitude: Mapped[float]
    longitude: Mapped[float]
    accuracy_m: Mapped[float | None]
    taken_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(default="device")
    questions: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = optional_reference("practitioner")
    corrects: Mapped[UUID | None] = optional_reference("position_fix")

    @property
    def is_trusted(self) -> bool:
        """Nothing is doubtful about it, or somebody who is there says that it is right."""
        return self.answer == "right" or (not self.questions and not self.answer)

    @property
    def is_questioned(self) -> bool:
        """Somebody should say whether it is right."""
        return bool(self.questions) and not self.answer


class PriorityRecord(Identified, Shared, Base):
    """What the rule of priority knew of a request from `created_at` on, and what it made of it.

    `raised_at` is when the crew asked. `rule` is the version of the rule
    (app/referrals/priority.py); with `counts_from` of all the requests that were open one can say
    at any later time why one of them was third.
    """

    __tablename__ = "priority_record"
    __table_args__ = (Index("ix_priority_record_history", "request_id", "created_at"),)

    request_id: Mapped[UUID] = reference("service_request")
    rule: Mapped[int]
    time_critical: Mapped[bool]
    news2_total: Mapped[int | None]
    news2_risk: Mapped[str] = mapped_column(default="")
    raised_at: Mapped[datetime]
    counts_from: Mapped[datetime]
    reason: Mapped[str]
