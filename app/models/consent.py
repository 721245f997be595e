"""EncounterConsent: what somebody was told of a consultation before it, and agreed to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Shared, reference


class EncounterConsent(Identified, Shared, Base):
    """Consent (FHIR R4): one person's yes, the words it was given to, and the name by which the
    others of the group see them. It is for that group alone: moved to another, they are asked
    again. Whoever says no is not let near the room, so there is no row of a no.
    """

    __tablename__ = "encounter_consent"
    __table_args__ = (
        CheckConstraint("scope IN ('group-call')", name="scope"),
        UniqueConstraint("participant_id", "group_session_id"),
    )

    encounter_id: Mapped[UUID] = reference("encounter", index=True)
    participant_id: Mapped[UUID] = reference("encounter_participant")
    group_session_id: Mapped[UUID] = reference("group_session")
    scope: Mapped[str] = mapped_column(default="group-call")
    shown_name: Mapped[str]
    words: Mapped[str]
    decided_at: Mapped[datetime]
