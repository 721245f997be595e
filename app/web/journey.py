"""Where the crew is and when it arrives, for both sides: words first, then the map."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from app import referrals
from app.config import Settings
from app.identity import Principal
from app.models import PositionFix
from app.referrals import Journey, compass_words
from app.referrals.journeys import place_of
from app.referrals.position import Area, coordinates_words, distance_m
from app.routers.dependencies import allow
from app.web.desk import AtDesk
from app.web.map_drawing import Drawing, distance_words, draw

router = APIRouter(include_in_schema=False)
Side = Annotated[Principal, Depends(allow("clinician", "crew"))]


@dataclass(frozen=True, slots=True)
class Doubt:
    """What is asked about a position, and the one offered instead where there is one."""

    fix_id: UUID
    words: str
    offered: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One site to go to."""

    id: UUID
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """The way in words, and what is drawn of it. `is_crew` shows what only they can do."""

    request_id: UUID
    is_crew: bool
    is_sharing: bool
    way_words: str
    arrival_words: str
    arrives_at: datetime | None
    estimate_words: str
    exact_words: str
    seen_at: datetime | None
    doubt: Doubt | None
    drawing: Drawing | None
    drawing_words: str
    destination_name: str
    choices: Sequence[Choice]
    coordinates: str


@router.get("/fragments/journeys/{request_id}")
async def journey(request_id: UUID, desk: AtDesk, principal: Side) -> HTMLResponse:
    """As it changes."""
    found = await referrals.journey(desk.session, request_id, now=desk.now)
    is_crew = found.request.is_asked_by(principal)
    sites = await referrals.destinations(desk.session) if is_crew else []
    shown = shown_of(found, desk.settings, is_crew=is_crew)
    choices = [
        Choice(site.id, site.name, site.id == found.request.destination_id) for site in sites
    ]
    return desk.fragment("urgent/journey_fragment.html", way=shown, choices=choices)


def shown_of(found: Journey, settings: Settings, *, is_crew: bool) -> Shown:
    """A journey as it is said and drawn."""
    request, here = found.request, found.here
    arrival = found.arrival
    return Shown(
        request_id=request.id,
        is_crew=is_crew,
        is_sharing=request.shares_position,
        way_words=way_words(found, is_crew=is_crew),
        arrival_words=arrival_words(found),
        arrives_at=arrival.at if arrival else None,
        estimate_words=estimate_words(settings) if arrival and arrival.is_estimate else "",
        exact_words=exact_words(here),
        seen_at=here.taken_at if here else None,
        doubt=doubt_of(found.doubtful, settings),
        drawing=_drawing(found),
        drawing_words=drawing_words(found, is_crew=is_crew),
        destination_name=request.destination_name,
        choices=[],
        coordinates=coordinates_words(place_of(here)) if here else "",
    )


def _drawing(found: Journey) -> Drawing | None:
    if found.here is None:
        return None
    track = [place_of(fix) for fix in found.track]
    return draw(track, found.destination, accuracy_m=found.here.accuracy_m)


def way_words(found: Journey, *, is_crew: bool = False) -> str:
    """How far, and which way; in one sentence. `is_crew`: as the crew itself reads it."""
    whose = "Your" if is_crew else "Their"
    if found.here is None:
        return f"{whose} position is not known." if not found.request.place else found.request.place
    if found.distance_m is None or found.bearing_degrees is None:
        return f"{whose} position is known. Where {'you' if is_crew else 'they'} go is not."
    way = compass_words(found.bearing_degrees)
    name = found.request.destination_name
    return f"{name} is {distance_words(found.distance_m)} to the {way}, in a straight line."


def arrival_words(found: Journey) -> str:
    """When, and whether somebody said so."""
    arrival = found.arrival
    if arrival is None:
        return "Time of arrival not known"
    if arrival.minutes == 0:
        return "Arriving now" if arrival.is_estimate else "Due now, as the crew said"
    minutes = f"{arrival.minutes} minute{'' if arrival.minutes == 1 else 's'}"
    return f"About {minutes} (estimate)" if arrival.is_estimate else f"{minutes}, as the crew said"


def estimate_words(settings: Settings) -> str:
    """What the estimate is made of."""
    return (
        f"Estimated from the straight line, made {settings.road_factor:g} times as long for roads,"
        f" at {settings.road_speed_kmh:g} km/h."
    )


def exact_words(here: PositionFix | None) -> str:
    """How exact the newest position is."""
    if here is None or here.accuracy_m is None:
        return ""
    # Rounded up, for what is said to be more exact than it is leads past the door.
    return f"exact to {distance_words(max(math.ceil(here.accuracy_m / 10) * 10, 10))}"


def drawing_words(found: Journey, *, is_crew: bool) -> str:
    """The map for those who do not see it."""
    if found.here is None:
        return ""
    count = len(found.track)
    ways = f"{count} positions so far" if count > 1 else "one position so far"
    return f"Map, north at the top, {ways}. {way_words(found, is_crew=is_crew)}"


def doubt_of(fix: PositionFix | None, settings: Settings) -> Doubt | None:
    """What to ask about a doubtful position. The gravest question only."""
    if fix is None:
        return None
    place = place_of(fix)
    turned = place.swapped
    is_swapped = "swapped" in fix.questions and turned is not None
    return Doubt(
        fix_id=fix.id,
        words=_question(fix.questions[0], fix, settings),
        offered=coordinates_words(turned) if is_swapped and turned else "",
    )


def _question(code: str, fix: PositionFix, settings: Settings) -> str:
    said = coordinates_words(place_of(fix))
    if code == "nowhere":
        return (
            f"The device says {said}: in the sea off Ghana, what devices say when they know no"
            " position. Is that right?"
        )
    if code == "swapped":
        return (
            f"The device says {said}, {_far_words(fix, settings)} from the area served. Are"
            " latitude and longitude swapped?"
        )
    if code == "outside":
        return (
            f"The device says {said}, {_far_words(fix, settings)} from the area served. Is that"
            " right?"
        )
    if code == "jump":
        return (
            f"The device says {said}: too far from the last position to have been driven or"
            " flown. Is that right?"
        )
    accuracy = distance_words(fix.accuracy_m or 0)
    return f"The position is only exact to {accuracy}. Is {said} about right?"


def _far_words(fix: PositionFix, settings: Settings) -> str:
    middles = [Area(*box).middle for box in settings.served_areas]
    nearest = min((distance_m(place_of(fix), middle) for middle in middles), default=0.0)
    return f"about {distance_words(nearest)}"
