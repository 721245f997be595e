"""Schedule: when a practitioner offers a service, in wall-clock time of a zone."""

from datetime import date, time
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, Versioned, reference


class Schedule(Identified, Versioned, Tenanted, Base):
    """Slots of `slot_minutes` on `weekdays` (ISO, Monday is 1) from `start_time` to `end_time`,
    both wall-clock in `time_zone` (IANA), from `valid_from` to `valid_to` inclusive.

    Slots are computed from it and never stored, so nothing needs regenerating.
    """

    __tablename__ = "schedule"
    __table_args__ = (
        CheckConstraint("start_time < end_time", name="not_reversed"),
        CheckConstraint("slot_minutes BETWEEN 5 AND 480", name="slot_minutes"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity"),
    )

    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    service_id: Mapped[UUID] = reference("healthcare_service", index=True)
    time_zone: Mapped[str]
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    start_time: Mapped[time]
    end_time: Mapped[time]
    slot_minutes: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
