"""Early warning scores that others state: compared with their own parts, kept, not trusted."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from app import audit, observations
from app.models import StatedScore
from app.models.time_zone import Moment
from app.observations import stated
from app.observations.subjects import subject_of_request
from app.routers.dependencies import Now, Session, allow
from app.routers.paging import PageOf
from app.routers.problems import problems
from app.routers.service_request_shapes import Age, Scale

router = APIRouter(
    prefix="/api/v1", tags=["observations"], dependencies=[Depends(allow("clinician", "crew"))]
)


class NewStatement(BaseModel):
    """A FHIR R4 Bundle that holds one NEWS2 total and the Observations it is derived from.

    `spo2_scale` is the scale to check it by. `id` is the sender's own: a repeat is kept once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    resource: dict[str, object]
    taken_at: Moment
    spo2_scale: Scale = 1
    age_years: Age | None = None
    id: UUID

    def statement(self) -> stated.Statement:
        """For the use case."""
        return stated.Statement(
            resource=self.resource,
            spo2_scale=self.spo2_scale,
            taken_at=self.taken_at,
            id=self.id,
            age_years=self.age_years,
        )


class StatedPart(BaseModel):
    """One parameter: the reading in words, our sub-score, and theirs where one is stated."""

    parameter: observations.Code
    label: str
    reading: str
    score: int | None
    stated: int | None


class StatedScoreShape(BaseModel):
    """What is stated beside what the chart makes of the parts: `total`, null where one is missing.

    `agrees` only where total and every stated sub-score are as the chart has them. It changes
    neither the request's score nor its priority.
    """

    id: UUID
    taken_at: datetime
    received_at: datetime
    recorded_by_name: str
    stated_total: int
    total: int | None
    spo2_scale: observations.Scale
    agrees: bool
    words: str
    parts: list[StatedPart]
    missing: list[str]
    unread: list[str]


def shape(row: StatedScore) -> StatedScoreShape:
    """A statement as it is given out."""
    kept = row.comparison
    return StatedScoreShape.model_validate(
        {
            "id": row.id,
            "taken_at": row.taken_at,
            "received_at": row.received_at,
            "recorded_by_name": row.recorded_by_name,
            "stated_total": row.stated_total,
            "total": kept["total"],
            "spo2_scale": row.spo2_scale,
            "agrees": row.agrees,
            "words": kept["words"],
            "parts": kept["rows"],
            "missing": kept["missing"],
            "unread": kept["unread"],
        }
    )


@router.post(
    "/service-requests/{request_id}/observations/stated-score",
    status_code=201,
    responses=problems(404, 409),
)
async def state_for_request(
    request_id: UUID, body: NewStatement, session: Session, now: Now
) -> StatedScoreShape:
    """Check a stated NEWS2 of a request's patient against its parts, and keep both."""
    return shape(await stated.state_for_request(session, request_id, body.statement(), now=now))


@router.post(
    "/encounters/{encounter_id}/observations/stated-score",
    status_code=201,
    responses=problems(404, 409),
)
async def state_for_encounter(
    encounter_id: UUID, body: NewStatement, session: Session, now: Now
) -> StatedScoreShape:
    """Check a stated NEWS2 of a consultation's patient against its parts, and keep both."""
    return shape(await stated.state_for_encounter(session, encounter_id, body.statement(), now=now))


@router.get("/service-requests/{request_id}/stated-scores", responses=problems(404))
async def list_of_request(request_id: UUID, session: Session) -> PageOf[StatedScoreShape]:
    """What was stated of a request's patient, newest first; the latest 50 are one page."""
    subject = await subject_of_request(session, request_id)
    rows = await stated.stated_of(session, subject)
    audit.record(
        session,
        "R",
        "read stated scores",
        resource="ServiceRequest",
        resource_id=request_id,
        patient_id=subject.record.patient_id,
    )
    return PageOf(items=[shape(row) for row in rows], next=None)
