"""Monitor: a patient monitor of an organisation; MonitorLink: whose vital signs it measures."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Shared, Tenanted, Versioned, reference


class Monitor(Identified, Versioned, Tenanted, Base):
    """A device that measures vital signs. It proves who it is as its API client.

    One with a `call_sign` follows the vehicle of that name to its urgent requests by itself.
    """

    __tablename__ = "monitor"
    __table_args__ = (UniqueConstraint("api_client_id"),)

    name: Mapped[str]
    call_sign: Mapped[str] = mapped_column(default="")
    api_client_id: Mapped[UUID] = reference("api_client")
    registered_by_name: Mapped[str] = mapped_column(default="")
    last_seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class MonitorLink(Identified, Shared, Base):
    """From `since` until `ended_at` what a monitor measures is of one request's patient.

    `how` is by its call sign or chosen by the crew. One that was `wrong` counts for nothing.
    """

    __tablename__ = "monitor_link"
    __table_args__ = (
        CheckConstraint("how IN ('call-sign', 'chosen')", name="how"),
        Index(
            "uq_monitor_link_one_at_a_time",
            "monitor_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_monitor_link_monitor_since", "monitor_id", "since"),
    )

    monitor_id: Mapped[UUID] = reference("monitor")
    monitor_name: Mapped[str]
    service_request_id: Mapped[UUID] = reference("service_request", index=True)
    how: Mapped[str]
    since: Mapped[datetime]
    linked_by_name: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str] = mapped_column(default="")
    wrong: Mapped[bool] = mapped_column(default=False)
