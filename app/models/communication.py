"""Communication (FHIR R4): one message to one patient, and the rules of when messages go out."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, Versioned, optional_reference, reference


class Communication(Identified, Tenanted, Base):
    """What is to be said (`kind`), by which `medium`, to whom; the words are made when it is sent.

    `dedupe_key` names the reason, so that an event handled twice makes one message. A worker
    holds a row by `lease_until`; the provider knows it by `id`, so that a message whose sending
    was interrupted is looked up before it is sent again. `says` stands for the time, place and
    people it tells of; it is emptied when the message is dropped unsaid. `delivery`
    is what the provider said became of the last attempt; empty until it does.
    """

    __tablename__ = "communication"
    __table_args__ = (
        CheckConstraint(
            "status IN ('queued', 'sent', 'failed', 'cancelled')",
            name="status",
        ),
        CheckConstraint("medium IN ('email', 'sms')", name="medium"),
        CheckConstraint(
            "delivery IN ('', 'delivered', 'permanent-failure', 'temporary-failure',"
            " 'technical-failure')",
            name="delivery",
        ),
        UniqueConstraint("organization_id", "dedupe_key"),
        Index("ix_communication_due", "due_at", postgresql_where=text("status = 'queued'")),
        Index("ix_communication_recent", "organization_id", "created_at", "id"),
    )

    kind: Mapped[str]
    medium: Mapped[str]
    dedupe_key: Mapped[str]
    patient_id: Mapped[UUID] = reference("patient", index=True)
    appointment_id: Mapped[UUID | None] = optional_reference("appointment", index=True)
    offer_id: Mapped[UUID | None] = optional_reference("waiting_list_offer", index=True)
    due_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    provider_id: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(default="")
    delivery: Mapped[str] = mapped_column(default="", server_default="")
    delivery_at: Mapped[datetime | None]
    says: Mapped[str] = mapped_column(default="")

    def is_being_sent(self, now: datetime) -> bool:
        """A worker has it in hand, and nobody can call it back."""
        return self.status == "queued" and self.lease_until is not None and self.lease_until > now

    def drop(self, why: str) -> None:
        """Leave it unsaid, unless an attempt has said it already without our knowing."""
        self.status, self.problem, self.lease_until = "cancelled", why, None
        if not self.attempts:
            self.says = ""


class MessagingPolicy(Identified, Versioned, Tenanted, Base):
    """When an organisation reminds, in local time. Nothing but what answers a person's own deed
    goes out from `quiet_from` to `quiet_to`; one that would be is sent when the quiet ends."""

    __tablename__ = "messaging_policy"
    __table_args__ = (UniqueConstraint("organization_id"),)

    reminder_minutes: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    quiet_from: Mapped[time]
    quiet_to: Mapped[time]
    offer_minutes: Mapped[int] = mapped_column(default=30)
    sender_name: Mapped[str] = mapped_column(default="")
    email_enabled: Mapped[bool] = mapped_column(default=True)
    sms_enabled: Mapped[bool] = mapped_column(default=True)
