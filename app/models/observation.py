"""Observation (FHIR R4): one vital sign, with unit, time and source; and the clinical Note."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Shared, Versioned, optional_reference, reference


class Observation(Identified, Shared, Base):
    """`code` is ours (app.observations gives SNOMED, LOINC and UCUM of each); exactly one of
    `value` and `text_value` is set, the second for coded ones such as consciousness (ACVPU)."""

    __tablename__ = "observation"
    __table_args__ = (
        CheckConstraint("(value IS NULL) <> (text_value = '')", name="one_value"),
        CheckConstraint("status IN ('final', 'entered-in-error')", name="status"),
        Index("ix_observation_request_taken", "service_request_id", "taken_at"),
        Index("ix_observation_encounter_taken", "encounter_id", "taken_at"),
    )

    encounter_id: Mapped[UUID | None] = optional_reference("encounter")
    service_request_id: Mapped[UUID | None] = optional_reference("service_request")
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    code: Mapped[str]
    value: Mapped[float | None]
    text_value: Mapped[str] = mapped_column(default="")
    unit: Mapped[str]
    taken_at: Mapped[datetime]
    status: Mapped[str] = mapped_column(default="final")
    source: Mapped[str] = mapped_column(default="entered")
    recorded_by: Mapped[UUID | None] = optional_reference("practitioner")
    recorded_by_name: Mapped[str] = mapped_column(default="", server_default="")


class Note(Identified, Versioned, Shared, Base):
    """A clinical note of one author in one encounter, saved as it is typed."""

    __tablename__ = "note"

    encounter_id: Mapped[UUID] = reference("encounter", index=True)
    author_id: Mapped[UUID] = reference("practitioner", index=True)
    author_name: Mapped[str] = mapped_column(default="", server_default="")
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    text: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]
