"""Where a crew is, where it takes the patient, and when it arrives."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from app import referrals
from app.config import Settings
from app.models import PositionFix
from app.models.time_zone import Moment
from app.referrals import Area, Ground, Journey, NewFix, Place, Roads
from app.referrals.position import Question
from app.routers.dependencies import Config, Now, Session, allow
from app.routers.paging import PageOf
from app.routers.problems import problems
from app.routers.service_request_shapes import Latitude, Longitude

BASE = "/api/v1/service-requests/{request_id}"
router = APIRouter(tags=["urgent advice"], dependencies=[Depends(allow("clinician", "crew"))])
Accuracy = Annotated[float, Field(strict=True, ge=0, le=50_000_000, allow_inf_nan=False)]


class DestinationShape(BaseModel):
    """A site that crews take patients to."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    latitude: float
    longitude: float


class NewPosition(BaseModel):
    """A position as the device gives it; `id` is the device's own. `accuracy_m` is the radius in
    metres that holds the true place 95 times in 100 (W3C Geolocation)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: UUID
    latitude: Latitude
    longitude: Longitude
    accuracy_m: Accuracy | None = None
    taken_at: Moment
    source: Literal["device", "typed"] = "device"

    def fix(self) -> NewFix:
        """For the use case."""
        return NewFix(
            id=self.id,
            place=Place(self.latitude, self.longitude),
            taken_at=self.taken_at,
            accuracy_m=self.accuracy_m,
            source=self.source,
        )


class PositionShape(BaseModel):
    """A position kept. One with `questions` counts for nothing until it is answered as right."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    latitude: float
    longitude: float
    accuracy_m: float | None
    taken_at: datetime
    source: Literal["device", "typed", "corrected"]
    questions: list[Question]
    answer: Literal["", "right", "wrong", "swapped"]


class PositionAnswer(BaseModel):
    """What somebody who is there says of a doubtful position."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: referrals.Answer


class Heading(BaseModel):
    """The site to go to; null where it is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location_id: UUID | None


class ArrivalShape(BaseModel):
    """When they arrive. `is_estimate` is false where the crew said so."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    minutes: int
    is_estimate: bool


class JourneyShape(BaseModel):
    """The way. `track` holds positions relied on, oldest first; `doubtful` waits for an answer.
    Distance is straight, in metres; `bearing_degrees` is the way to go, 0 is north."""

    sharing: bool
    here: PositionShape | None
    doubtful: PositionShape | None
    track: list[PositionShape]
    destination_name: str
    destination: DestinationShape | None
    distance_m: float | None
    bearing_degrees: float | None
    arrival: ArrivalShape | None


def ground_of(settings: Settings) -> Ground:
    """What positions are judged by here."""
    return Ground(
        areas=tuple(Area(*box) for box in settings.served_areas),
        roads=Roads(settings.road_factor, settings.road_speed_kmh),
    )


@router.get("/api/v1/destinations")
async def list_destinations(session: Session) -> PageOf[DestinationShape]:
    """Sites with a position, of ours and shared with us. All of them are one page."""
    found = await referrals.destinations(session)
    return PageOf(items=[DestinationShape.model_validate(site) for site in found], next=None)


@router.get(f"{BASE}/journey", responses=problems(404))
async def read_journey(request_id: UUID, session: Session, now: Now) -> JourneyShape:
    """Where the crew is, where it goes, how far that is and when it arrives."""
    return _shape(await referrals.journey(session, request_id, now=now))


@router.post(f"{BASE}/positions", status_code=201, responses=problems(404, 409))
async def report_position(
    request_id: UUID, body: NewPosition, session: Session, config: Config, now: Now
) -> PositionShape:
    """Say where the crew is. What is implausible is kept, with the questions it raises."""
    fix = await referrals.report_position(
        session, request_id, body.fix(), ground=ground_of(config), now=now
    )
    return PositionShape.model_validate(fix)


@router.post(f"{BASE}/positions/{{fix_id}}/answer", responses=problems(404, 409))
async def answer_question(
    *,
    request_id: UUID,
    fix_id: UUID,
    body: PositionAnswer,
    session: Session,
    config: Config,
    now: Now,
) -> PositionShape:
    """Say of a doubtful position that it is right, wrong, or that latitude and longitude are
    swapped: then the turned one counts, and both stay on record."""
    fix = await referrals.answer_question(
        session, request_id, fix_id, body.answer, ground=ground_of(config), now=now
    )
    return PositionShape.model_validate(fix)


@router.post(f"{BASE}/stop-sharing", responses=problems(404, 409))
async def stop_sharing(request_id: UUID, session: Session, now: Now) -> JourneyShape:
    """The crew's device shares no more. Once more changes nothing."""
    await referrals.stop_sharing(session, request_id, now=now)
    return _shape(await referrals.journey(session, request_id, now=now))


@router.post(f"{BASE}/destination", responses=problems(404, 409))
async def choose_destination(
    request_id: UUID, body: Heading, session: Session, config: Config, now: Now
) -> JourneyShape:
    """Say where the patient is taken. The same once more changes nothing."""
    await referrals.choose_destination(
        session, request_id, body.location_id, ground=ground_of(config), now=now
    )
    return _shape(await referrals.journey(session, request_id, now=now))


def _shape(journey: Journey) -> JourneyShape:
    request = journey.request
    return JourneyShape(
        sharing=request.shares_position,
        here=_position(journey.here),
        doubtful=_position(journey.doubtful),
        track=[PositionShape.model_validate(fix) for fix in journey.track],
        destination_name=request.destination_name,
        destination=_destination(journey),
        distance_m=journey.distance_m,
        bearing_degrees=journey.bearing_degrees,
        arrival=ArrivalShape.model_validate(journey.arrival) if journey.arrival else None,
    )


def _position(fix: PositionFix | None) -> PositionShape | None:
    return PositionShape.model_validate(fix) if fix else None


def _destination(journey: Journey) -> DestinationShape | None:
    there, request = journey.destination, journey.request
    if there is None or request.destination_id is None:
        return None
    return DestinationShape(
        id=request.destination_id,
        name=request.destination_name,
        latitude=there.latitude,
        longitude=there.longitude,
    )
