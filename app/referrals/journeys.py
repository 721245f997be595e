"""A crew's way to hospital: positions its device shares, where it goes, and when it arrives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import DuplicateRecord, Forbidden, InvalidTransition, ResourceNotFound
from app.models import Location, PositionFix, ServiceRequest
from app.referrals.position import (
    Area,
    Place,
    Roads,
    Seen,
    bearing_degrees,
    distance_m,
    questions_about,
    whole_minutes,
)
from app.referrals.records import announce, note, principal_in, request_of

GOES_ON_AFTER = timedelta(hours=3)
"""Advice is given before the wheels roll, and the receiving team wants the time of arrival."""
MOST_FIXES = 500
"""Of a track: two hours at the pages' pace."""
EARLY = timedelta(minutes=2)
"""A device's clock may be this far ahead; beyond it, the time it was received counts."""
Source = Literal["device", "typed"]
Answer = Literal["right", "wrong", "swapped"]


@dataclass(frozen=True, slots=True)
class NewFix:
    """A position as it comes in; `id` is the device's own."""

    id: UUID
    place: Place
    taken_at: datetime
    accuracy_m: float | None = None
    source: Source = "device"


@dataclass(frozen=True, slots=True)
class Ground:
    """What positions are judged by: the areas served, and how fast roads are."""

    areas: tuple[Area, ...]
    roads: Roads


@dataclass(frozen=True, slots=True)
class Arrival:
    """When they arrive: said by the crew, or estimated from a position."""

    at: datetime
    minutes: int
    is_estimate: bool


@dataclass(frozen=True, slots=True)
class Journey:
    """Everything known of the way. `here` is the newest position relied on, `track` all of those
    by time; `doubtful` is the newest of all where somebody has to say whether it is right."""

    request: ServiceRequest
    track: tuple[PositionFix, ...]
    doubtful: PositionFix | None
    destination: Place | None
    arrival: Arrival | None

    @property
    def here(self) -> PositionFix | None:
        """Where they are, as far as is known."""
        return self.track[-1] if self.track else None

    @property
    def distance_m(self) -> float | None:
        """Straight to the destination."""
        if self.here is None or self.destination is None:
            return None
        return distance_m(place_of(self.here), self.destination)

    @property
    def bearing_degrees(self) -> float | None:
        """The way to the destination; 0 is north."""
        if self.here is None or self.destination is None:
            return None
        return bearing_degrees(place_of(self.here), self.destination)


def place_of(fix: PositionFix) -> Place:
    """The point of a fix."""
    return Place(fix.latitude, fix.longitude)


async def destinations(session: AsyncSession) -> list[Location]:
    """Sites with a position, our own and those others share, by name."""
    found = await session.scalars(
        select(Location)
        .where(Location.active, Location.latitude.is_not(None))
        .order_by(Location.name, Location.id)
        .limit(MOST_FIXES)
    )
    return list(found)


async def journey(session: AsyncSession, request_id: UUID, *, now: datetime) -> Journey:
    """The way so far, for both sides. Raises ResourceNotFound, Forbidden."""
    request = await request_of(session, request_id)
    note(session, "R", "read position of ServiceRequest", request)
    fixes = await _fixes(session, request_id)
    latest = fixes[-1] if fixes else None
    return Journey(
        request=request,
        track=tuple(fix for fix in fixes if fix.is_trusted),
        doubtful=latest if latest and latest.is_questioned else None,
        destination=_destination(request),
        arrival=arrival_of(request, now),
    )


def arrival_of(request: ServiceRequest, now: datetime) -> Arrival | None:
    """What the crew said wins over what was worked out; both count down."""
    if request.eta_minutes is not None:
        since, minutes, is_estimate = request.eta_said_at, request.eta_minutes, False
    elif request.eta_estimate_minutes is not None:
        since, minutes, is_estimate = request.eta_estimated_at, request.eta_estimate_minutes, True
    else:
        return None
    at = (since or request.raised_at) + timedelta(minutes=minutes)
    return Arrival(at, max(0, whole_minutes(at - now)), is_estimate)


async def report_position(
    session: AsyncSession, request_id: UUID, new: NewFix, *, ground: Ground, now: datetime
) -> PositionFix:
    """Keep where the device says the crew is, questions and all. Again is no error.

    Raises ResourceNotFound, Forbidden, DuplicateRecord, InvalidTransition when it is over.
    """
    request = await _under_way(session, request_id, now)
    known = await session.get(PositionFix, new.id)
    if known:
        if known.request_id != request.id:
            raise DuplicateRecord
        return known
    fixes = await _fixes(session, request_id)
    fix = _judged(request, new, fixes, ground, now)
    session.add(fix)
    request.shares_position = request.shares_position or new.source == "device"
    await _settle(session, request, [*fixes, fix], ground.roads)
    note(session, "C", "share position of ServiceRequest", request)
    return fix


async def answer_question(
    session: AsyncSession,
    request_id: UUID,
    fix_id: UUID,
    answer: Answer,
    *,
    ground: Ground,
    now: datetime,
) -> PositionFix:
    """Say whether a doubtful position is right, wrong, or the other way round; then the turned
    one, beside it, is where they are. Once more changes nothing.

    Raises ResourceNotFound, Forbidden, InvalidTransition for one that is in no doubt.
    """
    request = await _under_way(session, request_id, now)
    fix = await session.get(PositionFix, fix_id)
    if fix is None or fix.request_id != request.id:
        raise ResourceNotFound("PositionFix", fix_id)
    turned = place_of(fix).swapped if answer == "swapped" else None
    if fix.answer != answer:
        if not fix.is_questioned or (answer == "swapped" and turned is None):
            raise InvalidTransition("PositionFix", fix.answer or "certain", answer)
        fix.answer, fix.answered_at = answer, now
        fix.answered_by = principal_in(session).practitioner_id
        fixes = await _fixes(session, request_id)
        newest = _turned(request, fix, turned) if turned else fix
        if turned:
            session.add(newest)
        await _settle(session, request, [*fixes, newest], ground.roads)
        note(session, "U", "answer for position of ServiceRequest", request)
    return fix


async def stop_sharing(session: AsyncSession, request_id: UUID, *, now: datetime) -> ServiceRequest:
    """No more positions; what was shared stays in the record. Raises as `report_position`."""
    request = await _under_way(session, request_id, now)
    if request.shares_position:
        request.shares_position = False
        request.touch()
        note(session, "U", "stop sharing position of ServiceRequest", request)
        announce(session, "request.moved", request)
        await session.flush()
    return request


async def choose_destination(
    session: AsyncSession,
    request_id: UUID,
    location_id: UUID | None,
    *,
    ground: Ground,
    now: datetime,
) -> ServiceRequest:
    """Where the patient is taken, or that it is not known any more. Raises as `report_position`."""
    request = await _under_way(session, request_id, now)
    site = await session.get(Location, location_id) if location_id else None
    if location_id and (site is None or site.latitude is None or not site.active):
        raise ResourceNotFound("Location", location_id)
    request.destination_id = location_id
    request.destination_name = site.name if site else ""
    request.destination_latitude = site.latitude if site else None
    request.destination_longitude = site.longitude if site else None
    fixes = [fix for fix in await _fixes(session, request_id) if fix.is_trusted]
    _estimate(request, fixes[-1] if fixes else None, ground.roads)
    request.touch()
    note(session, "U", "choose destination of ServiceRequest", request)
    announce(session, "request.moved", request)
    await session.flush()
    return request


def _judged(
    request: ServiceRequest,
    new: NewFix,
    fixes: Sequence[PositionFix],
    ground: Ground,
    now: datetime,
) -> PositionFix:
    taken_at = new.taken_at if new.taken_at <= now + EARLY else now
    before = [fix for fix in fixes if fix.taken_at <= taken_at and fix.answer in {"", "right"}]
    trusted = [fix for fix in before if fix.is_trusted]
    questions = questions_about(
        Seen(new.place, taken_at, new.accuracy_m),
        trusted=_seen(trusted[-1]) if trusted else None,
        latest=_seen(before[-1]) if before else None,
        areas=ground.areas,
    )
    return _fix(
        request,
        new.place,
        id=new.id,
        accuracy_m=new.accuracy_m,
        taken_at=taken_at,
        source=new.source,
        questions=list(questions),
        created_at=now,
    )


def _turned(request: ServiceRequest, fix: PositionFix, place: Place) -> PositionFix:
    return _fix(
        request,
        place,
        accuracy_m=fix.accuracy_m,
        taken_at=fix.taken_at,
        source="corrected",
        corrects=fix.id,
        questions=[],
    )


def _fix(request: ServiceRequest, place: Place, **fields: object) -> PositionFix:
    return PositionFix(
        organization_id=request.organization_id,
        partner_organization_id=request.partner_organization_id,
        request_id=request.id,
        latitude=place.latitude,
        longitude=place.longitude,
        answer="",
        **fields,
    )


def _seen(fix: PositionFix) -> Seen:
    return Seen(place_of(fix), fix.taken_at, fix.accuracy_m)


async def _settle(
    session: AsyncSession, request: ServiceRequest, fixes: Sequence[PositionFix], roads: Roads
) -> None:
    """The request says where they are by the newest position relied on."""
    track = [fix for fix in fixes if fix.is_trusted]
    here = max(track, key=lambda fix: fix.taken_at, default=None)
    request.latitude = here.latitude if here else None
    request.longitude = here.longitude if here else None
    _estimate(request, here, roads)
    request.touch()
    announce(session, "request.moved", request)
    await session.flush()


def _estimate(request: ServiceRequest, here: PositionFix | None, roads: Roads) -> None:
    there = _destination(request)
    request.eta_estimate_minutes = request.eta_estimated_at = None
    if here is not None and there is not None:
        took = roads.time_for(distance_m(place_of(here), there))
        request.eta_estimate_minutes = whole_minutes(took)
        request.eta_estimated_at = here.taken_at


def _destination(request: ServiceRequest) -> Place | None:
    latitude, longitude = request.destination_latitude, request.destination_longitude
    return None if latitude is None or longitude is None else Place(latitude, longitude)


async def _under_way(session: AsyncSession, request_id: UUID, now: datetime) -> ServiceRequest:
    request = await request_of(session, request_id, lock=True)
    if not request.is_asked_by(principal_in(session)):
        raise Forbidden("Only the crew changes this.")
    closed_at = request.closed_at
    if request.state == "revoked" or (closed_at and now > closed_at + GOES_ON_AFTER):
        raise InvalidTransition("ServiceRequest", request.state, "under way")
    return request


async def telling_fixes(session: AsyncSession, request_id: UUID) -> list[PositionFix]:
    """The first position, and each that was asked about or put right: what a record tells of a
    track. For whoever may read the request."""
    of_request = PositionFix.request_id == request_id
    first = (
        select(PositionFix.id)
        .where(of_request)
        .order_by(PositionFix.taken_at, PositionFix.created_at)
        .limit(1)
        .scalar_subquery()
    )
    doubtful = func.cardinality(PositionFix.questions) > 0
    found = await session.scalars(
        select(PositionFix)
        .where(
            of_request, or_(PositionFix.id == first, doubtful, PositionFix.corrects.is_not(None))
        )
        .order_by(PositionFix.taken_at, PositionFix.created_at)
        .limit(MOST_FIXES)
    )
    return list(found)


async def _fixes(session: AsyncSession, request_id: UUID) -> list[PositionFix]:
    newest = await session.scalars(
        select(PositionFix)
        .where(PositionFix.request_id == request_id)
        .order_by(PositionFix.taken_at.desc(), PositionFix.created_at.desc())
        .limit(MOST_FIXES)
    )
    return list(newest)[::-1]
