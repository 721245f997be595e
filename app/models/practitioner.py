"""Practitioner, and PractitionerRole: what someone may do, for which organisation (FHIR R4)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, Versioned, optional_reference, reference


class Practitioner(Identified, Versioned, Tenanted, Base):
    """A member of staff. `shared` shows the name to partners who ask for urgent advice.

    `registration` is the GMC, NMC or HCPC number as printed; `languages` are BCP 47 tags of what
    they consult in.
    """

    __tablename__ = "practitioner"

    title: Mapped[str] = mapped_column(default="")
    given_name: Mapped[str]
    family_name: Mapped[str]
    registration: Mapped[str] = mapped_column(default="")
    languages: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    shared: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def display_name(self) -> str:
        """As patients and colleagues read it."""
        return " ".join(part for part in (self.title, self.given_name, self.family_name) if part)


class PractitionerRole(Identified, Versioned, Tenanted, Base):
    """One role of one practitioner. A specialist is a clinician whose service is urgent.

    `on_duty_since` is set while the person takes urgent requests; `ring_order` is the layer in
    which they are rung, lowest first.
    """

    __tablename__ = "practitioner_role"
    __table_args__ = (
        CheckConstraint(
            "role IN ('clinician', 'crew', 'scheduler', 'administrator', 'auditor')", name="role"
        ),
        UniqueConstraint(
            "organization_id",
            "practitioner_id",
            "role",
            "service_id",
            postgresql_nulls_not_distinct=True,
        ),
    )

    practitioner_id: Mapped[UUID] = reference("practitioner", index=True)
    role: Mapped[str]
    specialty: Mapped[str] = mapped_column(default="")
    service_id: Mapped[UUID | None] = optional_reference("healthcare_service", index=True)
    call_sign: Mapped[str] = mapped_column(default="")
    ring_order: Mapped[int] = mapped_column(default=1)
    on_duty_since: Mapped[datetime | None]
    shared: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
