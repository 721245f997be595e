"""Keyframe requests: throttled, and repeated until the keyframe comes."""

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


def test_on_a_line_that_loses_each_that_came_of_late_makes_the_wait_longer() -> None:
    sent: dict[bool, list[float]] = {False: [], True: []}
    for lossy, at in sent.items():
        requests = KeyframeRequests()
        for turn in range(200):
            now = turn * 0.02
            if requests.want(now, lossy=lossy):
                at.append(round(now, 2))
                requests.arrived(now)

    assert sent[False] == [0.5 * number for number in range(8)]
    assert sent[True] == [0.0, 0.5, 1.5, 3.0]


def test_on_a_line_that_loses_one_that_does_not_come_is_waited_for_longer_each_time() -> None:
    sent: dict[bool, list[float]] = {False: [], True: []}
    for lossy, at in sent.items():
        requests = KeyframeRequests()
        for turn in range(350):
            now = turn * 0.02
            if requests.want(now, lossy=lossy):
                at.append(round(now, 2))

    assert sent[False] == [0.5 * number for number in range(14)]
    assert sent[True] == [0.0, 0.5, 1.5, 3.0, 5.0]


def test_one_that_comes_ends_the_longer_wait() -> None:
    requests = KeyframeRequests()
    for turn in range(100):
        requests.want(turn * 0.02, lossy=True)

    requests.arrived(10.0)

    assert requests.want(10.0, lossy=True)
    assert not requests.want(10.4, lossy=True)
