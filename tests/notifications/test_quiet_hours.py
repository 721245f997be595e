"""Quiet hours on the wall clock, right across clock changes."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.time_zone import zone
from app.notifications.quiet_hours import QuietHours, before

LONDON = zone("Europe/London")
ZONES = (
    "Europe/London",
    "Australia/Lord_Howe",  # half an hour of summer time
    "America/Vancouver",  # changed its law in 2026
    "Africa/Casablanca",  # summer time but for Ramadan
    "Asia/Kathmandu",
    "America/St_Johns",
)
NIGHT = QuietHours(time(21), time(8), LONDON)

quiet_hours = st.builds(
    QuietHours,
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(ZONES).map(zone),
)
moments = st.integers(0, 10 * 365 * 86_400).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def at(*parts: int) -> datetime:
    year, month, day, hour, minute = parts
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_a_time_by_day_is_left_alone() -> None:
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    assert NIGHT.over(noon) == noon


@pytest.mark.parametrize(
    ("quiet", "over"),
    [
        (at(2026, 11, 20, 21, 0), at(2026, 11, 21, 8, 0)),
        (at(2026, 11, 21, 7, 59), at(2026, 11, 21, 8, 0)),
        (at(2026, 3, 28, 23, 0), at(2026, 3, 29, 7, 0)),  # the clock goes forward
        (at(2026, 10, 24, 22, 0), at(2026, 10, 25, 8, 0)),  # and back
    ],
)
def test_a_time_by_night_waits_for_the_morning(quiet: datetime, over: datetime) -> None:
    assert NIGHT.over(quiet) == over


def test_an_end_that_the_clock_jumps_over_is_the_jump() -> None:
    quiet = QuietHours(time(21), time(1, 30), LONDON)

    assert quiet.over(datetime(2026, 3, 29, 0, 30, tzinfo=UTC)) == datetime(
        2026, 3, 29, 1, 0, tzinfo=UTC
    )


def test_an_end_that_comes_twice_is_the_one_that_is_still_to_come() -> None:
    quiet = QuietHours(time(21), time(1, 30), LONDON)
    second_quarter_past_one = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)

    assert quiet.over(second_quarter_past_one) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_equal_times_are_never_quiet() -> None:
    assert not QuietHours(time(8), time(8), LONDON).covers(datetime(2026, 1, 1, 8, 0, tzinfo=UTC))


@given(quiet_hours, moments)
def test_the_end_is_not_quiet_and_comes_first(quiet: QuietHours, moment: datetime) -> None:
    over = quiet.over(moment)

    assert over >= moment
    assert not quiet.covers(over)
    if over > moment:
        assert quiet.covers(over - timedelta(seconds=1))
        steps = (moment + (over - moment) * part / 7 for part in range(7))
        assert all(quiet.covers(step) for step in steps)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (1_440, at(2026, 3, 28, 8, 0)),  # 08:00 on the wall, an hour more than a day
        (120, at(2026, 3, 29, 5, 0)),
    ],
)
def test_a_day_before_keeps_the_time_on_the_wall(minutes: int, expected: datetime) -> None:
    start = datetime(2026, 3, 29, 7, 0, tzinfo=UTC)  # 08:00 BST

    assert before(start, minutes, LONDON) == expected
