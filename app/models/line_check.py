"""LineCheck: what somebody's device found out about its line before a call, kept for support."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from app.models.base import Base, Identified, Shared, reference


class LineCheck(Identified, Shared, Base):
    """No address, no name of a device. The id is the page's, so that a repeat is no second one.

    `verdict` is what the page said. `way` is how media went: `udp`, `tcp`, by a `relay`, or empty
    where they did not; of each way it is kept whether anything answered there, or null where that
    was not found out. Losses are shares, 0 to 1: of what came, and of what was sent.
    """

    __tablename__ = "line_check"
    __table_args__ = (
        CheckConstraint("verdict IN ('video', 'sound', 'blocked', 'no-line')", name="verdict"),
        CheckConstraint("way IN ('', 'udp', 'tcp', 'relay')", name="way"),
        CheckConstraint("round_trip_ms >= 0", name="round_trip_ms"),
        CheckConstraint("loss BETWEEN 0 AND 1", name="loss"),
        CheckConstraint("sending_loss BETWEEN 0 AND 1", name="sending_loss"),
        Index("ix_line_check_newest", "organization_id", "checked_at", "id"),
        Index("ix_line_check_checked_at", "checked_at"),
    )

    encounter_id: Mapped[UUID] = reference("encounter", index=True)
    participant_id: Mapped[UUID] = reference("encounter_participant")
    checked_at: Mapped[datetime]
    verdict: Mapped[str]
    way: Mapped[str]
    udp_answered: Mapped[bool | None]
    tcp_answered: Mapped[bool | None]
    relay_answered: Mapped[bool | None]
    round_trip_ms: Mapped[int | None]
    loss: Mapped[float | None]
    sending_loss: Mapped[float | None]
    received_kbps: Mapped[int | None]
    sent_kbps: Mapped[int | None]
    browser: Mapped[str]
