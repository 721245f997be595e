import pytest

from app.signalling.limits import TokenBucket
from tests.signalling.fakes import TurnedClock


@pytest.fixture
def time() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def bucket(time: TurnedClock) -> TokenBucket:
    return TokenBucket(per_second=2.0, burst=3, monotonic=lambda: time.elapsed)


def taken(bucket: TokenBucket) -> int:
    count = 0
    while bucket.take():
        count += 1
    return count


def test_a_burst_is_allowed_at_once_and_no_more(bucket: TokenBucket) -> None:
    assert taken(bucket) == 3


@pytest.mark.parametrize(("seconds", "more"), [(0.4, 0), (0.5, 1), (1.0, 2), (60.0, 3)])
def test_time_fills_it_at_its_rate_up_to_a_burst(
    bucket: TokenBucket, time: TurnedClock, seconds: float, more: int
) -> None:
    taken(bucket)

    time.turn(seconds)

    assert taken(bucket) == more
