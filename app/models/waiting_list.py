"""The waiting list: who would come sooner, and the freed times they were offered."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.errors import InvalidTransition
from app.models.base import Base, Identified, Tenanted, Versioned, optional_reference, reference

PRIORITIES = ("urgent", "soon", "routine")
OFFER_TRIES = 3
"""As of a join link: enough for a mistyped year, too few to guess."""
EDGES: dict[str, frozenset[str]] = {
    "waiting": frozenset({"offered", "booked", "withdrawn"}),
    "offered": frozenset({"waiting", "booked", "withdrawn"}),
}


class WaitingListEntry(Identified, Versioned, Tenanted, Base):
    """A patient who waits for a service. What is None or empty does not matter to them.

    `parts_of_day` are morning, afternoon, evening; `weekdays` ISO numbers; both local.
    `replaces_id` is an appointment they have already and would give up for a sooner one.
    `booked_otherwise` says that they were booked past the list, and `appointment_id` for what.
    """

    __tablename__ = "waiting_list_entry"
    __table_args__ = (
        CheckConstraint(
            "status IN ('waiting', 'offered', 'booked', 'withdrawn')",
            name="status",
        ),
        CheckConstraint("priority IN ('urgent', 'soon', 'routine')", name="priority"),
        CheckConstraint(
            "channel IS NULL OR channel IN ('video', 'telephone', 'in-person')", name="channel"
        ),
        Index(
            "uq_waiting_list_entry_once",
            "organization_id",
            "patient_id",
            "service_id",
            unique=True,
            postgresql_where=text("status IN ('waiting', 'offered')"),
        ),
        Index("ix_waiting_list_entry_queue", "organization_id", "service_id", "status"),
    )

    patient_id: Mapped[UUID] = reference("patient", index=True)
    service_id: Mapped[UUID] = reference("healthcare_service")
    practitioner_id: Mapped[UUID | None] = optional_reference("practitioner")
    channel: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="")
    parts_of_day: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    weekdays: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list)
    earliest_day: Mapped[date | None]
    latest_day: Mapped[date | None]
    notice_minutes: Mapped[int] = mapped_column(default=60)
    priority: Mapped[str] = mapped_column(default="routine")
    reason: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="waiting")
    replaces_id: Mapped[UUID | None] = optional_reference("appointment")
    appointment_id: Mapped[UUID | None] = optional_reference("appointment")
    booked_otherwise: Mapped[bool] = mapped_column(default=False, server_default=false())

    @property
    def waits(self) -> bool:
        """Whether they are still on the list, asked or not."""
        return self.status in EDGES

    def become(self, status: str) -> None:
        """Take one allowed step."""
        if status not in EDGES.get(self.status, frozenset()):
            raise InvalidTransition("waiting list entry", self.status, status)
        self.status = status
        self.touch()


class WaitingListOffer(Identified, Versioned, Tenanted, Base):
    """A freed time offered to one entry: a hold until `expires_at`. Accepting books it.

    `secret_digest` is SHA-256 of the secret in the link that was sent; `tries_left` counts wrong
    dates of birth down to a locked link.
    """

    __tablename__ = "waiting_list_offer"
    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'accepted', 'declined', 'lapsed', 'withdrawn')", name="status"
        ),
        UniqueConstraint("secret_digest"),
        Index(
            "uq_waiting_list_offer_open_entry",
            "entry_id",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_waiting_list_offer_due", "expires_at", postgresql_where=text("status = 'open'")),
    )

    entry_id: Mapped[UUID] = reference("waiting_list_entry", index=True)
    hold_id: Mapped[UUID | None]
    practitioner_id: Mapped[UUID] = reference("practitioner")
    service_id: Mapped[UUID] = reference("healthcare_service")
    start: Mapped[datetime]
    end: Mapped[datetime]
    time_zone: Mapped[str]
    channel: Mapped[str]
    expires_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="open")
    answered_at: Mapped[datetime | None]
    secret_digest: Mapped[bytes | None]
    tries_left: Mapped[int] = mapped_column(default=OFFER_TRIES, server_default=str(OFFER_TRIES))

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be accepted."""
        return self.status == "open" and now < self.expires_at

    def close(self, status: str, now: datetime) -> None:
        """It was answered, ran out or was taken back."""
        if self.status != "open":
            raise InvalidTransition("waiting list offer", self.status, status)
        self.status, self.answered_at = status, now
        self.touch()
