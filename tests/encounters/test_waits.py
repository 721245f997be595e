"""Honest waits: by the clock of who is in the call and who is before."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.encounters.waits import (
    STILL_TO_COME,
    Turn,
    Underway,
    expected_for,
    expected_times,
    free_at,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
minutes = st.integers(-120, 240).map(lambda count: timedelta(minutes=count))
turns = st.builds(
    Turn,
    st.one_of(st.none(), minutes.map(lambda offset: NOON + offset)),
    st.integers(5, 60).map(lambda count: timedelta(minutes=count)),
)


def test_nobody_in_the_call_means_free_now() -> None:
    assert free_at([], now=NOON) == NOON


def test_a_consultation_ends_when_it_was_meant_to() -> None:
    begun = Underway(NOON - timedelta(minutes=5), QUARTER)

    assert free_at([begun], now=NOON) == NOON + timedelta(minutes=10)


def test_one_that_overruns_does_not_end_this_moment() -> None:
    begun = Underway(NOON - timedelta(minutes=40), QUARTER)

    assert free_at([begun], now=NOON) == NOON + STILL_TO_COME


def test_each_is_seen_at_their_time_or_when_those_before_are_done() -> None:
    queue = [Turn(NOON, QUARTER), Turn(NOON + QUARTER, QUARTER), Turn(NOON + 8 * QUARTER, QUARTER)]

    times = expected_times(queue, free=NOON + timedelta(minutes=10))

    assert times == [
        NOON + timedelta(minutes=10),
        NOON + timedelta(minutes=25),
        NOON + 8 * QUARTER,
    ]


def test_who_comes_in_time_waits_for_those_before_only() -> None:
    queue = [Turn(None, QUARTER), Turn(NOON, QUARTER), Turn(NOON + 2 * QUARTER, QUARTER)]

    assert expected_for(NOON + QUARTER, queue, free=NOON) == NOON + 2 * QUARTER


@given(st.lists(turns, max_size=8), minutes)
def test_nobody_is_promised_a_time_before_their_own_or_before_it_is_free(
    queue: list[Turn], offset: timedelta
) -> None:
    free = NOON + offset

    times = expected_times(queue, free=free)

    assert times == sorted(times)
    assert all(time >= free for time in times)
    assert all(
        time >= turn.planned_start
        for time, turn in zip(times, queue, strict=True)
        if turn.planned_start
    )
