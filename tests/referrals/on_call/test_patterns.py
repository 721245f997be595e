"""Shifts on the wall, in UTC: whatever the clock does, one begins when the other ends."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.referrals.on_call.patterns import Shift, Stretch, instant, joined, stretches

LONDON = ZoneInfo("Europe/London")
ZONES = [LONDON, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]
WHO = uuid4()
MINUTES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
EVERY_DAY = frozenset(range(1, 8))


def shift(start: time, end: time, **more: object) -> Shift:
    fields: dict[str, object] = {
        "practitioner_id": WHO,
        "layer": 1,
        "weekdays": EVERY_DAY,
        "zone": LONDON,
        "valid_from": date(2026, 1, 1),
    }
    return Shift(start=start, end=end, **(fields | more))  # type: ignore[arg-type]


def on(day: datetime, found: Shift) -> list[Stretch]:
    return list(stretches(found, day, day + timedelta(days=1)))


def utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_a_night_shift_ends_on_the_next_day() -> None:
    (before, found) = on(utc(11, 20, 0), shift(time(20), time(8)))

    assert (before.start, before.end) == (utc(11, 19, 20), utc(11, 20, 8))
    assert (found.start, found.end) == (utc(11, 20, 20), utc(11, 21, 8))


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 28), 11), (date(2026, 10, 24), 13), (date(2026, 6, 1), 12)],
    ids=["the clock goes forward", "the clock goes back", "an ordinary night"],
)
def test_a_night_is_as_long_as_the_clock_makes_it(day: date, hours: int) -> None:
    start = datetime.combine(day, time(12), UTC)

    found = next(s for s in on(start, shift(time(20), time(8))) if s.start > start)

    assert found.end - found.start == timedelta(hours=hours)


def test_a_shift_may_last_a_whole_day() -> None:
    found = on(utc(11, 20, 12), shift(time(9), time(9)))

    assert (found[0].start, found[0].end) == (utc(11, 20, 9), utc(11, 21, 9))


def test_one_week_in_three_counts_from_the_first() -> None:
    found = shift(
        time(9), time(17), weekdays=frozenset({5}), every_weeks=3, valid_from=date(2026, 11, 4)
    )

    assert found.begins_on(date(2026, 11, 6))
    assert not found.begins_on(date(2026, 11, 13))
    assert not found.begins_on(date(2026, 11, 20))
    assert found.begins_on(date(2026, 11, 27))


def test_it_begins_within_its_days_only() -> None:
    found = shift(time(9), time(17), valid_from=date(2026, 11, 20), valid_to=date(2026, 11, 21))

    days = [date(2026, 11, 19) + timedelta(days=each) for each in range(4)]

    assert [found.begins_on(day) for day in days] == [False, True, True, False]


def test_a_time_that_is_jumped_over_is_the_instant_of_the_jump() -> None:
    for minute in (0, 1, 30, 59):
        wall = datetime.combine(date(2026, 3, 29), time(1, minute))
        assert instant(wall, LONDON) == utc(3, 29, 1)


def test_a_time_that_comes_twice_is_the_first() -> None:
    wall = datetime.combine(date(2026, 10, 25), time(1, 30))

    assert instant(wall, LONDON) == utc(10, 25, 0, 30)


@given(
    zone=st.sampled_from(ZONES),
    walls=st.lists(
        st.builds(datetime.combine, st.dates(date(2026, 1, 1), date(2027, 1, 1)), MINUTES),
        min_size=2,
        max_size=2,
    ),
)
def test_what_is_later_on_the_wall_is_never_earlier(zone: ZoneInfo, walls: list[datetime]) -> None:
    earlier, later = sorted(walls)

    assert instant(earlier, zone) <= instant(later, zone)


@given(
    zone=st.sampled_from(ZONES),
    change=MINUTES,
    day=st.dates(date(2026, 1, 2), date(2026, 12, 30)),
)
def test_two_halves_of_a_day_leave_no_gap_and_no_overlap(
    zone: ZoneInfo, change: time, day: date
) -> None:
    start = datetime.combine(day, time(12), UTC)
    shifts = [
        shift(time(0), change, zone=zone) if change > time(0) else None,
        shift(change, time(0), zone=zone),
    ]

    found = sorted(
        s for each in shifts if each for s in stretches(each, start, start + timedelta(3))
    )

    for one, two in pairwise(found):
        assert one.end == two.start


def test_what_touches_is_one() -> None:
    first = Stretch(1, utc(11, 20, 8), utc(11, 20, 12), WHO)
    second = Stretch(1, utc(11, 20, 12), utc(11, 20, 16), WHO)
    other = Stretch(2, utc(11, 20, 12), utc(11, 20, 16), WHO)

    assert joined([second, other, first]) == [
        Stretch(1, utc(11, 20, 8), utc(11, 20, 16), WHO),
        other,
    ]
