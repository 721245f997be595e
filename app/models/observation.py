"""Observation (FHIR R4): one vital sign, with unit, time and source; the early warning scores that
follow from them or were stated elsewhere; and the clinical Note."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Identified, Shared, Versioned, optional_reference, reference


class Observation(Identified, Shared, Base):
    """`code` is ours (app.observations gives SNOMED, LOINC and UCUM of each); exactly one of
    `value` and `text_value` is set, the second for coded ones such as consciousness (ACVPU).

    `sent_value` and `sent_unit` are as they came, where they were converted. `confirmed` is that
    somebody looked again at an unusual value. What is `retracted_…` counts no more.
    """

    __tablename__ = "observation"
    __table_args__ = (
        CheckConstraint("(value IS NULL) <> (text_value = '')", name="one_value"),
        CheckConstraint("status IN ('final', 'entered-in-error')", name="status"),
        CheckConstraint("source IN ('entered', 'device')", name="source"),
        # The newest of each sign, and a sign's course, each by one scan of it.
        Index("ix_observation_request_code_taken", "service_request_id", "code", "taken_at"),
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
    monitor_id: Mapped[UUID | None] = optional_reference("monitor")
    sent_value: Mapped[float | None]
    sent_unit: Mapped[str] = mapped_column(default="", server_default="")
    confirmed: Mapped[bool] = mapped_column(default=False, server_default="false")
    retracted_at: Mapped[datetime | None]
    retracted_by_name: Mapped[str] = mapped_column(default="", server_default="")
    retracted_reason: Mapped[str] = mapped_column(default="", server_default="")


class EarlyWarningScore(Identified, Shared, Base):
    """NEWS2 as it was from `at` on, kept whenever it changed: the trend.

    `at` is when the newest reading of it was taken, `scored_at` when we worked it out. `parts` are
    the sub-scores by code, `missing` the codes of what was not known.
    """

    __tablename__ = "early_warning_score"
    __table_args__ = (
        CheckConstraint("spo2_scale IN (1, 2)", name="spo2_scale"),
        Index("ix_early_warning_score_request_at", "service_request_id", "at"),
    )

    service_request_id: Mapped[UUID] = reference("service_request")
    at: Mapped[datetime]
    scored_at: Mapped[datetime]
    spo2_scale: Mapped[int]
    total: Mapped[int | None]
    at_least: Mapped[int]
    risk: Mapped[str] = mapped_column(default="")
    refused: Mapped[str] = mapped_column(default="")
    parts: Mapped[dict[str, object]]
    missing: Mapped[list[str]] = mapped_column(ARRAY(String))


class StatedScore(Identified, Shared, Base):
    """A NEWS2 total that somebody else states, beside ours of the same parts. Never trusted."""

    __tablename__ = "stated_score"

    service_request_id: Mapped[UUID | None] = optional_reference("service_request", index=True)
    encounter_id: Mapped[UUID | None] = optional_reference("encounter", index=True)
    patient_id: Mapped[UUID | None] = optional_reference("patient")
    taken_at: Mapped[datetime]
    received_at: Mapped[datetime]
    stated_total: Mapped[int]
    spo2_scale: Mapped[int]
    agrees: Mapped[bool]
    comparison: Mapped[dict[str, object]]
    recorded_by_name: Mapped[str] = mapped_column(default="")


class Note(Identified, Versioned, Shared, Base):
    """A clinical note of one author in one encounter, saved as it is typed."""

    __tablename__ = "note"

    encounter_id: Mapped[UUID] = reference("encounter", index=True)
    author_id: Mapped[UUID] = reference("practitioner", index=True)
    author_name: Mapped[str] = mapped_column(default="", server_default="")
    patient_id: Mapped[UUID | None] = optional_reference("patient", index=True)
    text: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[datetime]
