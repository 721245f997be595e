"""How a specialist is reached: PushSubscription, RingPreference; and RingCall, one try to do so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, Versioned, reference


class PushSubscription(Identified, Tenanted, Base):
    """A browser that rings while no page is open (Push API §8).

    `sealed` holds its address and keys (app.sealing): whoever knows them can make it ring.
    `session_id` is the sign-in it was set up or last seen in, with whose end it goes.
    """

    __tablename__ = "push_subscription"
    __table_args__ = (UniqueConstraint("organization_id", "endpoint_digest"),)

    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    endpoint_digest: Mapped[bytes]
    sealed: Mapped[bytes]
    device: Mapped[str] = mapped_column(default="")
    session_id: Mapped[UUID | None] = mapped_column(index=True)
    seen_at: Mapped[datetime]


class RingPreference(Identified, Versioned, Tenanted, Base):
    """A specialist's own: the mobile number for rings, and when they go there."""

    __tablename__ = "ring_preference"
    __table_args__ = (
        UniqueConstraint("organization_id", "practitioner_id"),
        CheckConstraint("text_when IN ('no-device', 'always', 'never')", name="text_when"),
    )

    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    mobile: Mapped[str] = mapped_column(default="")
    text_when: Mapped[str] = mapped_column(default="no-device")


class RingCall(Identified, Tenanted, Base):
    """One ring to one device, number or call-out system; never sent after the ring's end.

    The organisation is that of whoever is rung. A `call-out` row is the mark that the systems
    that want it were told of the ring's start, and from `ended_at` on of its end.
    """

    __tablename__ = "ring_call"
    __table_args__ = (
        CheckConstraint("way IN ('push', 'sms', 'call-out')", name="way"),
        CheckConstraint("status IN ('queued', 'sent', 'failed', 'dropped')", name="status"),
        UniqueConstraint("ring_id", "way", "device_id", postgresql_nulls_not_distinct=True),
        Index("ix_ring_call_due", "due_at", postgresql_where=text("status = 'queued'")),
    )

    ring_id: Mapped[UUID] = reference("ring")
    request_id: Mapped[UUID] = reference("service_request", index=True)
    practitioner_id: Mapped[UUID] = reference("practitioner")
    way: Mapped[str]
    device_id: Mapped[UUID | None] = mapped_column()
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    provider_id: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(default="")
