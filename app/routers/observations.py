"""Vital signs of a consultation or an urgent request."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from app import observations
from app.models import Observation
from app.models.text import Line, Name
from app.models.time_zone import Moment
from app.observations import VITAL_SIGNS
from app.observations.feed import Outcome
from app.observations.feed.storing import MOST_LINES
from app.routers.dependencies import Now, Session, allow
from app.routers.paging import PageOf
from app.routers.problems import problems

router = APIRouter(
    prefix="/api/v1", tags=["observations"], dependencies=[Depends(allow("clinician", "crew"))]
)


class NewObservation(BaseModel):
    """One reading: `value` for what is measured, `text_value` for what is coded.

    `id` is the device's own: the same reading sent again is not a second one. `unit` may be one
    that converts exactly ([degF], kPa). `confirmed`: an unusual value was looked at twice.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: observations.Code
    value: observations.Value | None = None
    text_value: Line = ""
    unit: Line = ""
    taken_at: Moment
    id: UUID
    confirmed: StrictBool = False

    def measurement(self) -> observations.Measurement:
        """For the use case."""
        return observations.Measurement(**self.model_dump())


class Batch(BaseModel):
    """Many readings of one patient, each read on its own. Each needs an `id` of the device's, by
    which a repeat of the batch stores nothing twice; otherwise they are as single ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    observations: Annotated[list[object], Field(min_length=1, max_length=MOST_LINES)]


class ObservationResult(BaseModel):
    """What became of one line. `invalid` will be refused again."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID | None
    status: Literal["stored", "known", "refused"]
    problem: Literal["unreadable", "invalid", "duplicate", "not-linked", "revoked", "fault"] | None
    detail: str


class BatchResults(BaseModel):
    """One result for each line, in their order."""

    results: list[ObservationResult]


class Mistake(BaseModel):
    """Why a reading is wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Name


class ObservationShape(BaseModel):
    """A reading (FHIR Observation) with its codes. `unit` is UCUM; `sent_value` and `sent_unit` are
    as it came, where it was converted. `unusual` and not `confirmed`: look again."""

    id: UUID
    encounter_id: UUID | None
    service_request_id: UUID | None
    code: observations.Code
    name: str
    snomed: str
    loinc: str
    value: float | None
    text_value: str
    unit: str
    taken_at: datetime
    status: Literal["final", "entered-in-error"]
    source: Literal["entered", "device"]
    recorded_by_name: str
    monitor_id: UUID | None
    unusual: bool
    confirmed: bool
    sent_value: float | None
    sent_unit: str
    retracted_at: datetime | None
    retracted_by_name: str
    retracted_reason: str


def shape(row: Observation) -> ObservationShape:
    """A reading as it is given out."""
    sign = VITAL_SIGNS[row.code]
    return ObservationShape(
        id=row.id,
        encounter_id=row.encounter_id,
        service_request_id=row.service_request_id,
        code=sign.code,
        name=sign.name,
        snomed=sign.snomed,
        loinc=sign.loinc,
        value=row.value,
        text_value=row.text_value,
        unit=row.unit,
        taken_at=row.taken_at,
        status="final" if row.status == "final" else "entered-in-error",
        source="device" if row.source == "device" else "entered",
        recorded_by_name=row.recorded_by_name,
        monitor_id=row.monitor_id,
        unusual=not sign.is_likely(row.value),
        confirmed=row.confirmed,
        sent_value=row.sent_value,
        sent_unit=row.sent_unit,
        retracted_at=row.retracted_at,
        retracted_by_name=row.retracted_by_name,
        retracted_reason=row.retracted_reason,
    )


def results(outcomes: Sequence[Outcome]) -> BatchResults:
    """What became of each line."""
    return BatchResults(results=[ObservationResult.model_validate(each) for each in outcomes])


@router.get("/encounters/{encounter_id}/observations", responses=problems(404))
async def list_of_encounter(encounter_id: UUID, session: Session) -> PageOf[ObservationShape]:
    """A consultation's readings, newest first; the latest 500 are one page."""
    rows = await observations.of_encounter(session, encounter_id)
    return PageOf(items=[shape(row) for row in rows], next=None)


@router.post(
    "/encounters/{encounter_id}/observations", status_code=201, responses=problems(404, 409)
)
async def record_for_encounter(
    encounter_id: UUID, body: NewObservation, session: Session, now: Now
) -> ObservationShape:
    """Record a reading of a consultation's patient."""
    return shape(
        await observations.record_for_encounter(session, encounter_id, body.measurement(), now=now)
    )


@router.get("/service-requests/{request_id}/observations", responses=problems(404))
async def list_of_request(request_id: UUID, session: Session) -> PageOf[ObservationShape]:
    """A request's readings, newest first; the latest 500 are one page."""
    rows = await observations.of_request(session, request_id)
    return PageOf(items=[shape(row) for row in rows], next=None)


@router.post(
    "/service-requests/{request_id}/observations", status_code=201, responses=problems(404, 409)
)
async def record_for_request(
    request_id: UUID, body: NewObservation, session: Session, now: Now
) -> ObservationShape:
    """Record a reading of an urgent request's patient; its NEWS2 follows."""
    return shape(
        await observations.record_for_request(session, request_id, body.measurement(), now=now)
    )


@router.post("/encounters/{encounter_id}/observations/batch", responses=problems(404))
async def record_batch_for_encounter(
    encounter_id: UUID, body: Batch, session: Session, now: Now
) -> BatchResults:
    """Record up to 500 readings of a consultation's patient. A bad line is refused alone."""
    return results(
        await observations.store_batch(
            session, body.observations, encounter_id=encounter_id, now=now
        )
    )


@router.post("/service-requests/{request_id}/observations/batch", responses=problems(404))
async def record_batch_for_request(
    request_id: UUID, body: Batch, session: Session, now: Now
) -> BatchResults:
    """Record up to 500 readings of a request's patient. A bad line is refused alone."""
    return results(
        await observations.store_batch(session, body.observations, request_id=request_id, now=now)
    )


@router.post("/observations/{observation_id}/entered-in-error", responses=problems(404))
async def mark_entered_in_error(
    observation_id: UUID, body: Mistake, session: Session, now: Now
) -> ObservationShape:
    """Take a reading back: it stays on record, with who, when and why, and counts no more."""
    return shape(
        await observations.mark_entered_in_error(
            session, observation_id, reason=body.reason, now=now
        )
    )
