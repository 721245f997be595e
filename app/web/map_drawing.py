"""A map of our own, as places on a drawing: rings of distance, the track so far, the destination.

No roads and no outside service. Flat around its middle: wrong by less than a pixel at 100 km. Pure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.referrals.position import EARTH_RADIUS_M, Place, distance_m

SIZE = 400
MARGIN = 34
LEAST_METRES = 400.0
"""From the middle to the edge: nearer would show the device's own uncertainty only."""
STEPS = (1, 2, 5)
RINGS = 3
MOST_POINTS = 200
NAME_WIDTH = 180
LINE = 18
"""Of text."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of the drawing."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Ring:
    """So far from where they are."""

    radius: float
    label_y: float
    text: str
    has_room: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """A bar of that many pixels, and what it stands for."""

    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything to draw, in pixels of a square of `SIZE`."""

    size: int
    here: Dot
    accuracy_radius: float
    track_path: str
    destination: Dot | None
    name_at_left: bool
    rings: Sequence[Ring]
    scale: Scale


@dataclass(frozen=True, slots=True)
class Projection:
    """Metres east and north of the middle, to pixels."""

    middle: Place
    pixels_per_metre: float

    def dot(self, place: Place) -> Dot:
        """Where a place is on the drawing."""
        east, north = metres_from(self.middle, place)
        half = SIZE / 2
        return Dot(
            round(half + east * self.pixels_per_metre, 1),
            round(half - north * self.pixels_per_metre, 1),
        )


def metres_from(middle: Place, place: Place) -> tuple[float, float]:
    """East and north, flat (equirectangular about the middle)."""
    radians = math.radians(1)
    north = (place.latitude - middle.latitude) * radians * EARTH_RADIUS_M
    along = math.cos(math.radians((place.latitude + middle.latitude) / 2))
    east = (place.longitude - middle.longitude) * radians * EARTH_RADIUS_M * along
    return east, north


def draw(track: Sequence[Place], destination: Place | None, *, accuracy_m: float | None) -> Drawing:
    """The track's last place, what led there, and the destination, all within the margin.

    The track must not be empty; of a long one, evenly chosen points are drawn.
    """
    here = track[-1]
    shown = [*track, *([destination] if destination else [])]
    projection = _projection(shown, accuracy_m or 0.0)
    at = projection.dot(here)
    there = projection.dot(destination) if destination else None
    return Drawing(
        size=SIZE,
        here=at,
        accuracy_radius=round((accuracy_m or 0.0) * projection.pixels_per_metre, 1),
        track_path=_path([projection.dot(place) for place in _thinned(track)]),
        destination=there,
        name_at_left=there is not None and there.x > SIZE - NAME_WIDTH,
        rings=_rings(at, here, destination, projection),
        scale=_scale(projection.pixels_per_metre),
    )


def _projection(shown: Sequence[Place], accuracy_m: float) -> Projection:
    latitudes = [place.latitude for place in shown]
    longitudes = [place.longitude for place in shown]
    middle = Place((min(latitudes) + max(latitudes)) / 2, (min(longitudes) + max(longitudes)) / 2)
    reach = max(
        LEAST_METRES,
        *(max(map(abs, metres_from(middle, place))) + accuracy_m for place in shown[:1]),
        *(max(map(abs, metres_from(middle, place))) for place in shown),
    )
    return Projection(middle, (SIZE / 2 - MARGIN) / reach)


def _thinned(track: Sequence[Place]) -> list[Place]:
    every = math.ceil(len(track) / MOST_POINTS)
    return [*track[:-1:every], track[-1]]


def _path(dots: Sequence[Dot]) -> str:
    return " ".join(f"{'L' if at else 'M'}{dot.x} {dot.y}" for at, dot in enumerate(dots))


def _rings(at: Dot, here: Place, destination: Place | None, projection: Projection) -> list[Ring]:
    """Round distances from where they are, towards the destination or to the drawing's edge."""
    far = distance_m(here, destination) if destination else 0.0
    far = max(far, SIZE / 2 / projection.pixels_per_metre)
    step = round_below(far / RINGS)
    there = projection.dot(destination) if destination else None
    radii = [step * n * projection.pixels_per_metre for n in range(1, RINGS + 1)]
    return [
        Ring(
            round(radius, 1),
            round(at.y - radius, 1),
            distance_words(step * n),
            has_room=_has_room(at.y - radius, there),
        )
        for n, radius in enumerate(radii, start=1)
    ]


def _has_room(y: float, there: Dot | None) -> bool:
    """Neither above the drawing nor over the destination's name."""
    return y > LINE and (there is None or abs(y - there.y) > LINE)


def _scale(pixels_per_metre: float) -> Scale:
    metres = round_below(SIZE / 4 / pixels_per_metre)
    return Scale(round(metres * pixels_per_metre, 1), distance_words(metres))


def round_below(metres: float) -> float:
    """The roundest number of metres that is not more: 1, 2 or 5 and noughts."""
    power = 10.0 ** math.floor(math.log10(metres))
    return max(step * power for step in STEPS if step * power <= metres * (1 + 1e-9))


def distance_words(metres: float) -> str:
    """`350 m`, `4.2 km`, `38 km`, `8,166 km`."""
    if metres < 950:
        return f"{round(metres, -1):.0f} m"
    kilometres = metres / 1000
    return (
        f"{kilometres:.1f} km".replace(".0 km", " km")
        if kilometres < 10
        else (f"{kilometres:,.0f} km")
    )
