"""What is asked for again, and when."""

import pytest

from app.signalling.media.nack import (
    LOSSY_SECONDS,
    MAX_MISSING,
    MAX_PER_REQUEST,
    MAX_TRIES,
    MOST_POOR,
    RETRY_SECONDS,
    SHORTEST_RETRY_SECONDS,
    NackGenerator,
)


def test_a_gap_is_asked_for_at_once() -> None:
    nack = NackGenerator()

    assert nack.received(10, 0.0) == []
    assert nack.received(11, 0.0) == []
    assert nack.received(14, 0.0) == [12, 13]
    assert nack.received(15, 0.0) == []


def test_a_gap_across_the_wrap_is_seen() -> None:
    nack = NackGenerator()
    nack.received(65_534, 0.0)

    assert nack.received(1, 0.0) == [65_535, 0]


def test_it_is_asked_for_again_three_times_soon_and_then_ever_later() -> None:
    nack = NackGenerator()
    nack.received(1, 0.0)
    nack.received(3, 0.0)

    asked = [turn for turn in range(1, 1_500) if nack.due(turn / 1_000)]

    assert [round(ms / RETRY_SECONDS / 1_000) for ms in asked] == [1, 2, 3, 5, 8, 12, 17]
    assert len(asked) + 1 == MAX_TRIES
    assert nack.missing == ()


def test_what_arrives_is_not_asked_for_again() -> None:
    nack = NackGenerator()
    nack.received(1, 0.0)
    nack.received(4, 0.0)

    assert nack.received(2, 0.01) == []

    assert nack.due(1.0) == [3]


def test_a_leap_is_a_new_beginning() -> None:
    nack = NackGenerator()
    nack.received(1, 0.0)

    assert nack.received(1 + MAX_MISSING + 2, 0.0) == []
    assert nack.overflowed
    assert nack.missing == ()


def test_one_request_is_bounded_and_the_rest_follows() -> None:
    nack = NackGenerator()
    nack.received(1, 0.0)

    assert len(nack.received(402, 0.0)) == MAX_PER_REQUEST
    assert len(nack.due(1.0)) == MAX_PER_REQUEST
    assert len(nack.due(1.0)) == 400 - MAX_PER_REQUEST


def test_one_wide_hole_is_asked_for_but_not_what_is_lost_between_single_packets() -> None:
    nack = NackGenerator()
    nack.received(1, 0.0)
    asked = nack.received(52, 0.0)
    assert len(asked) == 50 > MOST_POOR
    for sequence in range(200, 400):
        nack.received(sequence, 0.5)

    gaps = [nack.received(399 + turn * 5, 1.0) for turn in range(1, 5)]

    assert [len(gap) for gap in gaps] == [4, 4, 4, 0]
    assert nack.overflowed
    assert nack.missing == ()


def test_a_fifth_lost_for_long_goes_on_being_asked_for() -> None:
    nack = NackGenerator()
    for sequence in range(2_000):
        if sequence % 5:
            nack.received(sequence, sequence / 200)

    assert not nack.overflowed


def test_nothing_before_a_keyframe_is_asked_for_any_more() -> None:
    nack = NackGenerator()
    nack.received(65_530, 0.0)
    nack.received(3, 0.0)

    nack.give_up_before(1)

    assert nack.missing == (1, 2)


def test_forgetting_begins_anew() -> None:
    nack = NackGenerator()
    nack.received(1, 0.0)
    nack.received(5, 0.0)

    nack.forget()

    assert nack.due(9.0) == []
    assert nack.received(500, 9.0) == []


def test_where_repairs_come_soon_it_asks_again_soon() -> None:
    nack = NackGenerator()
    nack.received(1, 0.0)
    nack.received(3, 0.0)
    nack.received(2, 0.02)

    nack.received(5, 1.0)

    assert nack.retry_seconds == pytest.approx(0.024)
    assert nack.due(1.02) == []
    assert nack.due(1.025) == [4]


def test_it_never_asks_again_at_once_nor_later_than_without_a_measure() -> None:
    for trip, retry in ((0.0001, SHORTEST_RETRY_SECONDS), (2.0, RETRY_SECONDS)):
        nack = NackGenerator()
        nack.received(1, 0.0)
        nack.received(3, 0.0)
        nack.received(2, trip)

        assert nack.retry_seconds == retry


def test_a_repair_asked_for_twice_tells_nothing_of_the_way() -> None:
    nack = NackGenerator()
    nack.received(1, 0.0)
    nack.received(3, 0.0)
    nack.due(RETRY_SECONDS)
    nack.received(2, RETRY_SECONDS + 0.001)

    assert nack.retry_seconds == RETRY_SECONDS


def test_a_line_loses_for_a_while_after_a_loss() -> None:
    nack = NackGenerator()
    nack.received(1, 0.0)
    nack.received(2, 1.0)
    assert not nack.is_lossy(1.0)

    nack.received(4, 2.0)

    assert nack.is_lossy(2.0 + LOSSY_SECONDS * 0.9)
    assert not nack.is_lossy(2.0 + LOSSY_SECONDS)
