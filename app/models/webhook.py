"""Webhook: where a scheduler's system wants domain events; WebhookDelivery: one event to one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, Versioned, reference


class Webhook(Identified, Versioned, Tenanted, Base):
    """`events` are the names wanted; empty means all. `sealed_secret` signs (app.sealing)."""

    __tablename__ = "webhook"

    url: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    events: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    sealed_secret: Mapped[bytes]
    active: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str] = mapped_column(default="")


class WebhookDelivery(Identified, Tenanted, Base):
    """One event for one webhook, tried until the receiver answers with a 2xx status, or until
    `expires_at`: a ring that is over is no news."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'delivered', 'failed')", name="status"),
        UniqueConstraint("webhook_id", "event_id"),
        Index("ix_webhook_delivery_due", "due_at", postgresql_where=text("status = 'queued'")),
    )

    webhook_id: Mapped[UUID] = reference("webhook")
    event_id: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[str]
    resource_id: Mapped[UUID]
    payload: Mapped[dict[str, object]]
    occurred_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    response_status: Mapped[int | None]
    problem: Mapped[str] = mapped_column(default="")
