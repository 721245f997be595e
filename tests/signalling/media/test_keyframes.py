"""Keyframe requests: throttled, and repeated until the keyframe comes."""

import pytest

from app.signalling.media.keyframes import THROTTLE_SECONDS, KeyframeRequests


def test_the_first_wish_is_sent_at_once_and_the_next_after_half_a_second() -> None:
    requests = KeyframeRequests()

    assert requests.want(10.0)
    assert not requests.want(10.1)
    assert requests.due(10.0 + THROTTLE_SECONDS)
    assert requests.requests == 2


def test_it_is_repeated_until_the_keyframe_comes() -> None:
    requests = KeyframeRequests()
    requests.want(0.0)

    sent = [requests.due(turn * 0.02) for turn in range(100)].count(True)
    requests.arrived(2.0)

    assert sent == 3
    assert not requests.due(9.0)
    assert not requests.wanted
    assert (requests.keyframes, requests.last_keyframe) == (1, 2.0)


def test_nobody_asks_unless_somebody_wants() -> None:
    assert not KeyframeRequests().due(100.0)


def requested(*, lossy: bool, comes: bool, seconds: float) -> list[float]:
    """When a keyframe is asked for that is wanted all the time, and comes at once or never."""
    requests, sent = KeyframeRequests(), []
    for turn in range(int(seconds * 50)):
        now = turn * 0.02
        if requests.want(now, lossy=lossy):
            sent.append(round(now, 2))
            if comes:
                requests.arrived(now)
    return sent


@pytest.mark.parametrize("comes", [True, False])
def test_a_line_that_does_not_lose_is_asked_every_half_second(comes: bool) -> None:
    sent = requested(lossy=False, comes=comes, seconds=7)

    assert sent == [0.5 * number for number in range(14)]


@pytest.mark.parametrize(
    ("comes", "seconds", "expected"),
    [(True, 4, [0.0, 0.5, 1.5, 3.0]), (False, 7, [0.0, 0.5, 1.5, 3.0, 5.0])],
)
def test_on_a_line_that_loses_each_of_late_and_each_under_way_makes_the_wait_longer(
    comes: bool, seconds: float, expected: list[float]
) -> None:
    assert requested(lossy=True, comes=comes, seconds=seconds) == expected


def test_one_that_comes_ends_the_longer_wait() -> None:
    requests = KeyframeRequests()
    for turn in range(100):
        requests.want(turn * 0.02, lossy=True)

    requests.arrived(10.0)

    assert requests.want(10.0, lossy=True)
    assert not requests.want(10.4, lossy=True)
