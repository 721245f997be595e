"""AuditEvent (FHIR R4, IHE BALP): who did what to whose record, why, from where."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted


class AuditEvent(Identified, Tenanted, Base):
    """`action` is FHIR's C, R, U, D or E; `what` is the domain's verb and resource, such as
    `book Appointment`; `outcome` is success or refused.

    No foreign keys but the organisation's: the row must outlive what it speaks of. The runtime
    role may only insert and read.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        CheckConstraint("action IN ('C', 'R', 'U', 'D', 'E')", name="action"),
        CheckConstraint("outcome IN ('success', 'refused')", name="outcome"),
        Index("ix_audit_event_recorded", "organization_id", "recorded_at", "id"),
        Index("ix_audit_event_patient", "organization_id", "patient_id", "recorded_at"),
    )

    recorded_at: Mapped[datetime]
    action: Mapped[str]
    outcome: Mapped[str] = mapped_column(default="success")
    what: Mapped[str]
    resource: Mapped[str]
    resource_id: Mapped[str] = mapped_column(default="")
    patient_id: Mapped[UUID | None]
    encounter_id: Mapped[UUID | None]
    agent_kind: Mapped[str]
    agent_id: Mapped[UUID | None]
    agent_name: Mapped[str] = mapped_column(default="")
    agent_roles: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="-")
    request_id: Mapped[str] = mapped_column(default="-")
