"""How long an offer stands."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.scheduling.waiting_list.deadlines import never_quiet, stands_until
from tests.clinic import at

HALF_AN_HOUR = timedelta(minutes=30)
FAR = at(9, day=30)


def quiet(moment: datetime) -> datetime:
    """From 21:00 to 08:00 UTC."""
    if moment.hour >= 21:
        moment = (moment + timedelta(days=1)).replace(hour=0)
    if moment.hour < 8:
        return moment.replace(hour=8, minute=0, second=0, microsecond=0)
    return moment


def test_it_stands_for_its_lifetime() -> None:
    until = stands_until(at(9), HALF_AN_HOUR, quiet=never_quiet, latest=FAR)

    assert until == at(9, 30)


def test_it_ends_when_it_would_be_too_late() -> None:
    until = stands_until(at(9), HALF_AN_HOUR, quiet=never_quiet, latest=at(9, 10))

    assert until == at(9, 10)


def test_one_made_in_the_quiet_hours_begins_after_them() -> None:
    assert stands_until(at(23), HALF_AN_HOUR, quiet=quiet, latest=FAR) == at(8, 30, day=24)


def test_the_quiet_hours_within_do_not_count() -> None:
    assert stands_until(at(20, 50), HALF_AN_HOUR, quiet=quiet, latest=FAR) == at(8, 20, day=24)


def test_one_that_ends_as_the_quiet_begins_is_not_drawn_out() -> None:
    assert stands_until(at(20, 30), HALF_AN_HOUR, quiet=quiet, latest=FAR) == at(21)


@given(
    st.integers(0, 3 * 24 * 60).map(lambda minutes: at(0) + timedelta(minutes=minutes)),
    st.integers(1, 12 * 60).map(lambda minutes: timedelta(minutes=minutes)),
)
def test_there_are_exactly_as_many_waking_minutes(now: datetime, lifetime: timedelta) -> None:
    until = stands_until(now, lifetime, quiet=quiet, latest=FAR)

    minutes = int((until - now) / timedelta(minutes=1))
    awake = [
        minute
        for minute in range(minutes)
        if quiet(moment := now + timedelta(minutes=minute)) == moment
    ]
    assert len(awake) == lifetime / timedelta(minutes=1)
