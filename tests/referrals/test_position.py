"""Distances, bearings, estimates, and what is doubtful about a position."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.referrals.position import (
    Area,
    Place,
    Question,
    Roads,
    Seen,
    bearing_degrees,
    compass_words,
    distance_m,
    questions_about,
    whole_minutes,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KINGDOM = Area(49.8, -8.7, 60.9, 1.8)
LEEDS, YORK, LONDON = Place(53.8008, -1.5491), Place(53.9600, -1.0873), Place(51.5074, -0.1278)
LATITUDES = st.floats(-89, 89)
LONGITUDES = st.floats(-180, 180)


def seen(place: Place, *, seconds: float = 0, accuracy_m: float | None = 10) -> Seen:
    return Seen(place, NOON + timedelta(seconds=seconds), accuracy_m)


def asked(fix: Seen, trusted: Seen | None = None, latest: Seen | None = None) -> list[Question]:
    return list(questions_about(fix, trusted=trusted, latest=latest or trusted, areas=[KINGDOM]))


def test_london_is_273_kilometres_south_of_leeds_and_a_little_east() -> None:
    assert distance_m(LEEDS, LONDON) == pytest.approx(273_000, rel=0.01)
    assert compass_words(bearing_degrees(LEEDS, LONDON)) == "south"
    assert bearing_degrees(LEEDS, LONDON) == pytest.approx(159, abs=2)
    assert compass_words(bearing_degrees(LEEDS, YORK)) == "north-east"


@given(a=st.builds(Place, LATITUDES, LONGITUDES), b=st.builds(Place, LATITUDES, LONGITUDES))
def test_a_way_is_as_long_there_as_back_and_never_round_the_world(a: Place, b: Place) -> None:
    assert distance_m(a, b) == pytest.approx(distance_m(b, a), abs=0.01)
    assert 0 <= distance_m(a, b) <= 20_016_000
    assert 0 <= bearing_degrees(a, b) <= 360


def test_an_estimate_takes_the_straight_line_as_so_much_longer_by_road() -> None:
    took = Roads(factor=1.4, kilometres_per_hour=50).time_for(10_000)

    assert took == timedelta(minutes=16, seconds=48)
    assert whole_minutes(took) == 17


@pytest.mark.parametrize(
    ("fix", "questions"),
    [
        (seen(LEEDS), []),
        (seen(Place(0, 0)), ["nowhere"]),
        (seen(Place(-1.5491, 53.8008)), ["swapped"]),
        (seen(Place(48.8566, 2.3522)), ["outside"]),
        (seen(Place(10, 150)), ["outside"]),
        (seen(LEEDS, accuracy_m=5_001), ["imprecise"]),
        (seen(LEEDS, accuracy_m=5_000), []),
        (seen(LEEDS, accuracy_m=None), []),
        (seen(Place(48.8566, 2.3522), accuracy_m=9_000), ["outside", "imprecise"]),
    ],
)
def test_what_is_implausible_is_asked_about(fix: Seen, questions: list[Question]) -> None:
    assert asked(fix) == questions


def test_where_no_area_is_set_nothing_is_outside() -> None:
    assert questions_about(seen(Place(48.9, 2.4)), trusted=None, latest=None, areas=[]) == ()


@pytest.mark.parametrize(("minutes", "questions"), [(5, ["jump"]), (7, []), (60, [])])
def test_thirty_five_kilometres_take_six_minutes_at_the_least(
    minutes: int, questions: list[Question]
) -> None:
    assert asked(seen(YORK, seconds=60 * minutes), trusted=seen(LEEDS)) == questions


def test_a_jump_within_what_both_are_unsure_of_is_none() -> None:
    unsure = seen(LEEDS, accuracy_m=4_900)
    near = Place(LEEDS.latitude + 0.04, LEEDS.longitude)

    assert asked(seen(near, seconds=1), trusted=unsure) == []
    assert asked(seen(near, seconds=1), trusted=seen(LEEDS)) == ["jump"]


def test_after_a_jump_that_is_borne_out_positions_are_believed_again() -> None:
    wrong_start = seen(LONDON)
    first = seen(LEEDS, seconds=15)
    second = seen(Place(53.801, -1.549), seconds=30)

    assert asked(first, trusted=wrong_start) == ["jump"]
    assert asked(second, trusted=wrong_start, latest=first) == []
