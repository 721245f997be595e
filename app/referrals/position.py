"""Where a crew is and when it arrives, without a map of roads: distance, bearing, estimate, and
what is doubtful about a position. Pure; degrees are WGS 84, distances metres.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

EARTH_RADIUS_M = 6_371_009.0
"""The mean radius (IUGG): a sphere is wrong by up to 0.5 %, less than any road."""
FASTEST_METRES_PER_SECOND = 350 / 3.6
"""Above an air ambulance's 260 km/h with the wind behind it."""
WORST_ACCURACY_M = 5_000.0
NOWHERE_DEGREES = 0.05
"""0° 0′ is what software says when it does not know: sea, 600 km off Ghana."""
LONGEST_STEP = timedelta(seconds=1)
"""Two fixes in one second: the time between them is taken as this."""

Question = Literal["nowhere", "swapped", "outside", "jump", "imprecise"]
COMPASS = (
    *("north", "north-east", "east", "south-east"),
    *("south", "south-west", "west", "north-west"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the earth."""

    latitude: float
    longitude: float

    @property
    def swapped(self) -> "Place | None":
        """Latitude and longitude the other way round, where that is a place."""
        if abs(self.longitude) > 90:
            return None
        return Place(self.longitude, self.latitude)


@dataclass(frozen=True, slots=True)
class Seen:
    """A place at a time, as exact as said: the circle of 95 % (Geolocation API `accuracy`)."""

    place: Place
    at: datetime
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A box of degrees that is served."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, place: Place) -> bool:
        """Whether a place is in it."""
        return (
            self.south <= place.latitude <= self.north and self.west <= place.longitude <= self.east
        )

    @property
    def middle(self) -> Place:
        """For saying how far something is from it."""
        return Place((self.south + self.north) / 2, (self.west + self.east) / 2)


@dataclass(frozen=True, slots=True)
class Roads:
    """How a straight line becomes a time: so many times as long by road, at such a speed."""

    factor: float
    kilometres_per_hour: float

    def time_for(self, straight_m: float) -> timedelta:
        """By road, without stops."""
        metres_per_second = self.kilometres_per_hour / 3.6
        return timedelta(seconds=straight_m * self.factor / metres_per_second)


def distance_m(a: Place, b: Place) -> float:
    """Along a great circle (haversine)."""
    first, second = math.radians(a.latitude), math.radians(b.latitude)
    north = math.sin((second - first) / 2) ** 2
    east = math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    inner = min(1.0, north + math.cos(first) * math.cos(second) * east)
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(inner))


def bearing_degrees(a: Place, b: Place) -> float:
    """The way from `a` to `b` as one sets out: 0 is north, 90 east."""
    first, second = math.radians(a.latitude), math.radians(b.latitude)
    along = math.radians(b.longitude - a.longitude)
    east = math.sin(along) * math.cos(second)
    north = math.cos(first) * math.sin(second) - math.sin(first) * math.cos(second) * math.cos(
        along
    )
    return math.degrees(math.atan2(east, north)) % 360


def compass_words(degrees: float) -> str:
    """One of eight winds."""
    return COMPASS[round(degrees / 45) % 8]


def coordinates_words(place: Place) -> str:
    """`53.8008° N, 1.5491° W`: for the radio."""
    north = "N" if place.latitude >= 0 else "S"
    east = "E" if place.longitude >= 0 else "W"
    return f"{abs(place.latitude):.4f}° {north}, {abs(place.longitude):.4f}° {east}"


def questions_about(
    fix: Seen, *, trusted: Seen | None, latest: Seen | None, areas: Sequence[Area]
) -> tuple[Question, ...]:
    """What is doubtful about a fix, the gravest first; none for one to rely on.

    `trusted` is the last one relied on and `latest` the last of all: where the jump began with a
    wrong fix, two that agree with each other are believed again. Without areas nowhere is outside.
    """
    found: list[Question] = []
    if abs(fix.place.latitude) < NOWHERE_DEGREES and abs(fix.place.longitude) < NOWHERE_DEGREES:
        found.append("nowhere")
    elif areas and not any(area.holds(fix.place) for area in areas):
        turned = fix.place.swapped
        is_swapped = turned is not None and any(area.holds(turned) for area in areas)
        found.append("swapped" if is_swapped else "outside")
    elif _jumps(trusted, fix) and (latest == trusted or _jumps(latest, fix)):
        found.append("jump")
    if fix.accuracy_m is not None and fix.accuracy_m > WORST_ACCURACY_M:
        found.append("imprecise")
    return tuple(found)


def _jumps(before: Seen | None, fix: Seen) -> bool:
    """Nothing on wheels or with a rotor gets from there to here in that time."""
    if before is None:
        return False
    unsure = (before.accuracy_m or 0.0) + (fix.accuracy_m or 0.0)
    seconds = max(abs(fix.at - before.at), LONGEST_STEP).total_seconds()
    return (distance_m(before.place, fix.place) - unsure) / seconds > FASTEST_METRES_PER_SECOND


def whole_minutes(length: timedelta) -> int:
    """Rounded up: better a minute early at the door than late."""
    return math.ceil(length.total_seconds() / 60)
