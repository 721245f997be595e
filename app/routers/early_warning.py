"""NEWS2 of an urgent request, with every reading behind it; and the choice of its oxygen scale."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from app import audit, observations, referrals
from app.observations.newest import STALE_AFTER
from app.observations.subjects import subject_of_request
from app.routers.dependencies import Now, Session, allow
from app.routers.entries import Sent
from app.routers.problems import problems
from app.routers.service_request_shapes import Scale
from app.routers.trends import NewestShape, newest_shape

router = APIRouter(
    prefix="/api/v1", tags=["observations"], dependencies=[Depends(allow("clinician", "crew"))]
)


class ScaleChoice(BaseModel):
    """2 only for confirmed hypercapnic respiratory failure with a target of 88 to 92 %."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scale: Scale


class ScoredPart(BaseModel):
    """One parameter: its points and the reading they come from, null while it is missing."""

    parameter: observations.Code
    label: str
    points: int | None
    reading: NewestShape | None


class ScoreWithReadings(BaseModel):
    """NEWS2 (RCP 2017) as of now. `total` is null while parts are `missing`; then it is `at_least`
    so much. `stale` parts are older than `stale_after_seconds`: they count, and must be looked at.
    """

    total: int | None
    at_least: int
    risk: Literal["low", "low-medium", "medium", "high"] | None
    refused: Literal["under-16", "pregnant"] | None
    age_known: bool
    spo2_scale: observations.Scale
    spo2_scale_chosen_by: str
    spo2_scale_chosen_at: datetime | None
    parts: list[ScoredPart]
    missing: list[observations.Code]
    stale: list[observations.Code]
    stale_after_seconds: int


def shape(score: observations.ShownScore, now: datetime) -> ScoreWithReadings:
    """A score as it is given out."""
    result = score.result
    return ScoreWithReadings.model_validate(
        {
            "total": result.total,
            "at_least": result.at_least,
            "risk": result.risk,
            "refused": result.refused,
            "age_known": result.age_known,
            "spo2_scale": score.scale,
            "spo2_scale_chosen_by": score.scale_chosen_by,
            "spo2_scale_chosen_at": score.scale_chosen_at,
            "parts": [
                {
                    "parameter": part.code,
                    "label": part.label,
                    "points": part.points,
                    "reading": newest_shape(part.reading, now) if part.reading else None,
                }
                for part in score.parts
            ],
            "missing": list(result.missing),
            "stale": [part.code for part in score.stale],
            "stale_after_seconds": int(STALE_AFTER.total_seconds()),
        }
    )


@router.get("/service-requests/{request_id}/news2", responses=problems(404))
async def news2_of_request(request_id: UUID, session: Session, now: Now) -> ScoreWithReadings:
    """The score of a request's patient, each part with its reading and how old that is."""
    subject = await subject_of_request(session, request_id)
    audit.record(
        session,
        "R",
        "read NEWS2",
        resource="ServiceRequest",
        resource_id=request_id,
        patient_id=subject.record.patient_id,
    )
    return await _scored(session, request_id, now)


@router.put("/service-requests/{request_id}/oxygen-scale", responses=problems(404, 409))
async def choose_scale(
    *, request_id: UUID, body: ScaleChoice, session: Session, now: Now, entry: Sent
) -> ScoreWithReadings:
    """Choose NEWS2's oxygen scale for this patient. Who chose it, and when, is kept."""
    chosen_at = referrals.plausible(entry.happened_at, now)
    await observations.choose_scale(session, request_id, body.scale, now=now, chosen_at=chosen_at)
    return await _scored(session, request_id, now)


async def _scored(session: Session, request_id: UUID, now: datetime) -> ScoreWithReadings:
    subject = await subject_of_request(session, request_id)
    assert subject.request is not None  # noqa: S101 (it is a request's)
    newest = await observations.newest_of(session, [request_id])
    return shape(observations.shown_score(subject.request, newest[request_id], now=now), now)
