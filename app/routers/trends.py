"""The course of vital signs: what a chart draws, and only its end when something is new."""

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from app import observations
from app.models.time_zone import Moment
from app.observations.subjects import Subject, subject_of_encounter, subject_of_request
from app.observations.trends import Trend, Window, trend
from app.routers.dependencies import Caller, Now, Session, allow
from app.routers.problems import problems

router = APIRouter(
    prefix="/api/v1", tags=["observations"], dependencies=[Depends(allow("clinician", "crew"))]
)
Minutes = Annotated[int, Query(ge=1, le=24 * 60, description="How far back")]
After = Annotated[
    Moment | None, Query(description="Only what lies from here on: the end of what is known")
]
LOOKED_AT = timedelta(minutes=10)
MOST_WATCHED = 10_000


class PointShape(BaseModel):
    """The readings of `every_seconds` from `at` on: the lowest, the highest and the last."""

    at: datetime
    low: float
    high: float
    last: float
    readings: int


class SignShape(BaseModel):
    """One measured sign."""

    code: observations.Code
    points: list[PointShape]


class ChangeShape(BaseModel):
    """A coded sign as it was from `at` on."""

    model_config = ConfigDict(from_attributes=True)

    code: observations.Code
    at: datetime
    text_value: str


class ScoreShape(BaseModel):
    """NEWS2 as it was from `at` on; `total` is null while parts were missing."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    total: int | None
    at_least: int
    risk: str
    spo2_scale: int
    refused: str
    missing: list[str]


class NewestShape(BaseModel):
    """The newest reading of a sign. `unusual` and not `confirmed`: look again."""

    code: observations.Code
    value: float | None
    text_value: str
    taken_at: datetime
    stale: bool
    unusual: bool
    confirmed: bool
    source: str
    recorded_by_name: str


class TrendShape(BaseModel):
    """From `since` on, in points of `every_seconds`. What you had from `since` on is replaced.

    `spo2_scale` is null where no NEWS2 is kept; `refused` says why the chart's bands do not hold.
    """

    since: datetime
    until: datetime
    every_seconds: int
    signs: list[SignShape]
    changes: list[ChangeShape]
    scores: list[ScoreShape]
    newest: list[NewestShape]
    spo2_scale: int | None
    refused: Literal["under-16", "pregnant"] | None


class Watched:
    """Who has which course on screen: one audit event for each ten minutes of watching."""

    def __init__(self) -> None:
        self._since: dict[tuple[UUID, UUID], datetime] = {}

    def is_to_be_noted(self, who: UUID, record: UUID, now: datetime) -> bool:
        """Whether this look is not part of one that is on record."""
        before = self._since.get((who, record))
        if before is not None and timedelta() <= now - before < LOOKED_AT:
            return False
        if len(self._since) >= MOST_WATCHED:
            self._since.clear()
        self._since[(who, record)] = now
        return True


@router.get("/service-requests/{request_id}/trends", responses=problems(404))
async def trends_of_request(
    *,
    request: Request,
    request_id: UUID,
    principal: Caller,
    session: Session,
    now: Now,
    minutes: Minutes = 60,
    after: After = None,
) -> TrendShape:
    """The course of a request's vital signs and NEWS2."""
    subject = await subject_of_request(session, request_id)
    noted = _noted(request, principal.subject, subject, now)
    window = Window(timedelta(minutes=minutes), now, after)
    return shape(await trend(session, subject, window, noted=noted), subject, now)


@router.get("/encounters/{encounter_id}/trends", responses=problems(404))
async def trends_of_encounter(
    *,
    request: Request,
    encounter_id: UUID,
    principal: Caller,
    session: Session,
    now: Now,
    minutes: Minutes = 60,
    after: After = None,
) -> TrendShape:
    """The course of a consultation's vital signs, and of its request's NEWS2."""
    subject = await subject_of_encounter(session, encounter_id)
    noted = _noted(request, principal.subject, subject, now)
    window = Window(timedelta(minutes=minutes), now, after)
    return shape(await trend(session, subject, window, noted=noted), subject, now)


def _noted(request: Request, who: UUID, subject: Subject, now: datetime) -> bool:
    watched: Watched = request.app.state.watched
    return watched.is_to_be_noted(who, subject.record_id, now)


def shape(found: Trend, subject: Subject, now: datetime) -> TrendShape:
    """A course as it is given out."""
    signs: dict[str, list[PointShape]] = {}
    for point in found.points:
        signs.setdefault(point.code, []).append(
            PointShape(
                at=point.at,
                low=point.low,
                high=point.high,
                last=point.last,
                readings=point.readings,
            )
        )
    return TrendShape(
        since=found.since,
        until=found.until,
        every_seconds=int(found.width.total_seconds()),
        signs=[
            SignShape(code=observations.VITAL_SIGNS[code].code, points=points)
            for code, points in signs.items()
        ],
        changes=[ChangeShape.model_validate(change) for change in found.changes],
        scores=[ScoreShape.model_validate(score) for score in found.scores],
        newest=[newest_shape(reading, now) for reading in found.newest],
        spo2_scale=subject.request.spo2_scale if subject.request else None,
        refused=_refused(subject),
    )


def _refused(subject: Subject) -> Literal["under-16", "pregnant"] | None:
    request = subject.request
    if request is None:
        return None
    return observations.why_not_scored(request.age_years, request.pregnant)


def newest_shape(reading: observations.Reading, now: datetime) -> NewestShape:
    """The newest reading of a sign as it is given out."""
    sign = observations.VITAL_SIGNS[reading.code]
    return NewestShape(
        code=sign.code,
        value=reading.value,
        text_value=reading.text_value,
        taken_at=reading.taken_at,
        stale=reading.is_stale(now),
        unusual=not sign.is_likely(reading.value),
        confirmed=reading.confirmed,
        source=reading.source,
        recorded_by_name=reading.recorded_by_name,
    )
