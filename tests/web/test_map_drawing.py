"""A map without streets: everything within it, round rings, a true scale."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.referrals.position import Place, distance_m
from app.web.map_drawing import SIZE, distance_words, draw, round_below

LEEDS, SITE = Place(53.8008, -1.5491), Place(53.8382, -1.4985)
PLACES = st.builds(Place, st.floats(50, 60), st.floats(-8, 1.7))


@given(track=st.lists(PLACES, min_size=1, max_size=5), there=st.none() | PLACES)
def test_the_track_and_where_it_leads_are_within_the_drawing(
    track: list[Place], there: Place | None
) -> None:
    drawing = draw(track, there, accuracy_m=None)

    numbers = [float(each) for each in re.findall(r"-?[\d.]+", drawing.track_path)]
    dots = [drawing.here, *([drawing.destination] if drawing.destination else [])]
    assert all(0 <= number <= SIZE for number in numbers)
    assert all(0 <= dot.x <= SIZE and 0 <= dot.y <= SIZE for dot in dots)


def test_north_is_at_the_top_and_the_scale_is_true() -> None:
    drawing = draw([LEEDS], SITE, accuracy_m=10)

    there = drawing.destination
    assert there is not None
    assert there.y < drawing.here.y
    assert there.x > drawing.here.x
    pixels = ((there.x - drawing.here.x) ** 2 + (there.y - drawing.here.y) ** 2) ** 0.5
    assert drawing.scale.text == "1 km"
    metres = 1_000 / drawing.scale.width * pixels
    assert metres == pytest.approx(distance_m(LEEDS, SITE), rel=0.01)


def test_rings_are_round_numbers_that_grow_alike() -> None:
    rings = draw([LEEDS], SITE, accuracy_m=10).rings

    assert [ring.text for ring in rings] == ["1 km", "2 km", "3 km"]
    assert rings[1].radius == pytest.approx(2 * rings[0].radius, abs=0.2)


def test_a_name_that_would_leave_the_drawing_stands_at_the_left() -> None:
    assert draw([LEEDS], SITE, accuracy_m=None).name_at_left
    assert not draw([SITE], LEEDS, accuracy_m=None).name_at_left


def test_without_a_way_to_go_there_is_room_for_how_unsure_it_is() -> None:
    drawing = draw([LEEDS], None, accuracy_m=3_000)

    assert drawing.destination is None
    assert drawing.accuracy_radius <= SIZE / 2


@pytest.mark.parametrize(
    ("metres", "words"),
    [
        (3, "0 m"),
        (344, "340 m"),
        (949, "950 m"),
        (1_000, "1 km"),
        (4_160, "4.2 km"),
        (38_400, "38 km"),
        (8_166_000, "8,166 km"),
    ],
)
def test_distances_are_as_exact_as_they_are_of_use(metres: float, words: str) -> None:
    assert distance_words(metres) == words


@pytest.mark.parametrize(("metres", "round_one"), [(999, 500), (1_000, 1_000), (4_999, 2_000)])
def test_scales_are_round(metres: float, round_one: float) -> None:
    assert round_below(metres) == round_one
