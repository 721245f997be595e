"""Work that runs beside requests: leases, and how far each reader of the outbox has come."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class JobLease(Base):
    """Who does a piece of work of the whole installation, and until when: one node at a time."""

    __tablename__ = "job_lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    lease_until: Mapped[datetime]


class OutboxConsumer(Base):
    """How far a consumer has read (app.outbox): everything up to `position` has been done."""

    __tablename__ = "outbox_consumer"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[str]
    updated_at: Mapped[datetime]
