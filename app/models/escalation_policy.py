"""EscalationPolicy: who is rung in which order and for how long. Versions are only ever added."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Tenanted, optional_reference


class EscalationPolicy(Identified, Tenanted, Base):
    """Version `number` of the rule for one service, else for a specialty, else for the house.

    `rules` is an `app.referrals.ringing.Policy`. The newest version holds for requests raised
    from then on; a request keeps what it was raised under. The table cannot be changed or emptied.
    """

    __tablename__ = "escalation_policy"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("service_id IS NULL OR specialty = ''", name="scope"),
        UniqueConstraint(
            "organization_id",
            "service_id",
            "specialty",
            "number",
            name="uq_escalation_policy_version",
            postgresql_nulls_not_distinct=True,
        ),
    )

    service_id: Mapped[UUID | None] = optional_reference("healthcare_service", index=True)
    specialty: Mapped[str] = mapped_column(default="")
    number: Mapped[int]
    rules: Mapped[dict[str, object]]
    created_by: Mapped[UUID | None] = optional_reference("practitioner")
    created_by_name: Mapped[str] = mapped_column(default="")
