"""Requests are counted by windows of time, which end and are forgotten."""

import threading

import pytest
from limits import parse
from limits.strategies import FixedWindowRateLimiter

from app.routers.windows import SWEEP_SECONDS, Windows


class Clock:
    """Seconds since the epoch, as told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def windows(clock: Clock) -> Windows:
    return Windows(clock)


def test_a_window_begins_with_its_first_and_counts_until_it_ends(
    windows: Windows, clock: Clock
) -> None:
    counted = [windows.incr("one", 10), windows.incr("one", 10), windows.incr("other", 10)]
    clock.now += 9.9
    counted.append(windows.incr("one", 10, amount=3))

    assert counted == [1, 2, 1, 5]
    assert windows.get_expiry("one") == 1_010

    clock.now += 0.1

    assert windows.get("one") == 0
    assert windows.incr("one", 10) == 1


def test_what_was_never_counted_is_none_and_ends_now(windows: Windows, clock: Clock) -> None:
    assert windows.get("nobody") == 0
    assert windows.get_expiry("nobody") == clock.now


def test_windows_that_are_over_are_forgotten_in_passing(windows: Windows, clock: Clock) -> None:
    windows.incr("short", 1)
    windows.incr("long", 2 * SWEEP_SECONDS)
    clock.now += SWEEP_SECONDS

    windows.incr("new", 1)

    assert len(windows) == 2
    assert windows.get("long") == 1


def test_one_or_all_can_be_cleared(windows: Windows) -> None:
    for key in ("one", "two", "three"):
        windows.incr(key, 10)

    windows.clear("one")

    assert (windows.get("one"), windows.get("two")) == (0, 1)
    assert windows.check()
    assert windows.reset() == 2
    assert windows.get("two") == 0


def test_a_limit_is_kept_without_a_thread(windows: Windows) -> None:
    limiter, three = FixedWindowRateLimiter(windows), parse("3/minute")
    before = threading.active_count()

    taken = [limiter.hit(three, "somebody") for _ in range(4)]

    assert taken == [True, True, True, False]
    assert threading.active_count() == before
