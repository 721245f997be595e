"""A recorded call: what is known of it, the films that came of it, and who agreed to be in it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Shared, optional_reference, reference

MOST_FILM_FAILURES = 3
"""Then somebody has to say that it is worth trying again."""


class Recording(Identified, Shared, Base):
    """Its packets and films are sealed files; without `sealed_key` nobody can ever open them.

    `state`: `asked`, `recording`, `ended` (films are being made), `ready`, or `void` where nothing
    was recorded. `ending` is how the file ended: `complete`, `cut` where the server stopped, or
    `damaged` from `reaches_ms` on. `film_failures` counts how often its films could not be made.
    """

    __tablename__ = "recording"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'recording', 'ended', 'ready', 'void')", name="state"),
        CheckConstraint("ending IN ('', 'complete', 'cut', 'damaged')", name="ending"),
        CheckConstraint("sealed_key IS NOT NULL OR erased_at IS NOT NULL", name="erased"),
        Index("ix_recording_state", "state"),
        Index("ix_recording_keep_until", "keep_until"),
    )

    encounter_id: Mapped[UUID] = reference("encounter", index=True)
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    asked_by_name: Mapped[str]
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="asked")
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ending: Mapped[str] = mapped_column(default="")
    reaches_ms: Mapped[int] = mapped_column(default=0)
    keep_until: Mapped[datetime]
    sealed_key: Mapped[bytes | None]
    erased_at: Mapped[datetime | None]
    film_failures: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def films_failed(self) -> bool:
        """It is over, and nothing to be played has come of it nor will by itself."""
        is_due = self.state in {"recording", "ended"} and self.erased_at is None
        return is_due and self.film_failures >= MOST_FILM_FAILURES


class RecordingFilm(Identified, Shared, Base):
    """What one person sent: of camera and microphone (`person`), or of a `screen`."""

    __tablename__ = "recording_film"
    __table_args__ = (CheckConstraint("part IN ('person', 'screen')", name="part"),)

    recording_id: Mapped[UUID] = reference("recording", index=True)
    name: Mapped[str]
    part: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    ends_at_ms: Mapped[int]


class RecordingConsent(Identified, Shared, Base):
    """Consent (FHIR R4): one person's word on one recording, and the words it was given to.

    `decision` is FHIR's `permit` or `deny`; `withdrawn_at` is set when a permit was taken back.
    """

    __tablename__ = "recording_consent"
    __table_args__ = (
        CheckConstraint("decision IN ('permit', 'deny')", name="decision"),
        UniqueConstraint("recording_id", "participant_id"),
    )

    recording_id: Mapped[UUID] = reference("recording")
    participant_id: Mapped[UUID] = reference("encounter_participant")
    name: Mapped[str]
    decision: Mapped[str]
    words: Mapped[str]
    decided_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
