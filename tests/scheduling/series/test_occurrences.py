"""The occurrences of a series on the clocks of a place."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput
from app.scheduling.rotas import Period, Recurrence
from app.scheduling.series.occurrences import MOST_OCCURRENCES, Occurrence, Pattern

LONDON, NEW_YORK = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
MONDAY = date(2026, 11, 23)


def pattern(
    rule: str,
    first: date = MONDAY,
    wall: time = time(10),
    minutes: int = 15,
    place: ZoneInfo = LONDON,
) -> Pattern:
    return Pattern(Recurrence.parse(rule), first, wall, minutes, place)


def days(found: Sequence[Occurrence]) -> list[str]:
    return [each.day.isoformat() for each in found]


def test_a_count_gives_so_many() -> None:
    found = pattern("FREQ=WEEKLY;COUNT=3").occurrences()

    assert days(found) == ["2026-11-23", "2026-11-30", "2026-12-07"]
    assert found[0].period == Period(
        datetime(2026, 11, 23, 10, tzinfo=UTC), datetime(2026, 11, 23, 10, 15, tzinfo=UTC)
    )


def test_until_is_the_last_day_included() -> None:
    found = pattern("FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20261203").occurrences()

    assert days(found) == ["2026-11-23", "2026-11-26", "2026-11-30", "2026-12-03"]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;UNTIL=20261101",
        "FREQ=DAILY;COUNT=53",
        "FREQ=DAILY;UNTIL=20271231",
        "FREQ=NEVER;COUNT=2",
    ],
)
def test_a_series_that_is_endless_empty_too_long_or_unreadable_is_refused(rule: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        pattern(rule).occurrences()

    assert [problem.field for problem in refusal.value.problems] == ["recurrence"]


@pytest.mark.parametrize(
    ("place", "first", "changes"),
    [
        (LONDON, date(2026, 10, 5), [date(2026, 10, 25), date(2027, 3, 28)]),
        (NEW_YORK, date(2026, 10, 5), [date(2026, 11, 1), date(2027, 3, 14)]),
        (LONDON, date(2027, 3, 1), [date(2027, 3, 28), date(2027, 10, 31)]),
        (NEW_YORK, date(2027, 3, 1), [date(2027, 3, 14), date(2027, 11, 7)]),
    ],
)
def test_the_time_on_the_wall_stays_over_both_changes_of_the_clock(
    place: ZoneInfo, first: date, changes: list[date]
) -> None:
    found = pattern("FREQ=WEEKLY;COUNT=40", first, place=place).occurrences()

    assert {each.wall.time() for each in found} == {time(10)}
    starts = [each.period.start for each in found if each.period]
    assert {start.astimezone(place).time() for start in starts} == {time(10)}
    uneven = {
        after.astimezone(place).date()
        for before, after in pairwise(starts)
        if after - before != timedelta(days=7)
    }
    assert uneven == {change + timedelta(days=1) for change in changes}


def test_the_weeks_between_the_changes_here_and_there_differ() -> None:
    here = pattern("FREQ=WEEKLY;COUNT=4", date(2027, 3, 8), time(14)).occurrences()
    there = pattern("FREQ=WEEKLY;COUNT=4", date(2027, 3, 8), time(9), place=NEW_YORK).occurrences()

    apart = [
        one.period.start - other.period.start
        for one, other in zip(here, there, strict=True)
        if one.period and other.period
    ]

    hour = timedelta(hours=1)
    assert apart == [timedelta(0), hour, hour, timedelta(0)]


def test_a_time_that_the_clock_jumps_over_has_no_period() -> None:
    found = pattern("FREQ=WEEKLY;COUNT=3", date(2027, 3, 21), time(1, 30)).occurrences()

    assert [each.period is None for each in found] == [False, True, False]


def test_a_time_that_comes_twice_is_the_first() -> None:
    [found] = pattern("FREQ=DAILY;COUNT=1", date(2026, 10, 25), time(1, 30)).occurrences()

    assert found.period is not None
    assert found.period.start == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


rules = st.one_of(
    st.builds(
        lambda interval, by_day, ending: Recurrence.parse(
            f"FREQ=WEEKLY;INTERVAL={interval}{by_day};{ending}"
        ),
        st.integers(1, 3),
        st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), max_size=3).map(
            lambda found: f";BYDAY={','.join(found)}" if found else ""
        ),
        st.sampled_from(["COUNT=5", "COUNT=12", "UNTIL=20270131"]),
    ),
    st.builds(
        lambda interval: Recurrence.parse(f"FREQ=DAILY;INTERVAL={interval};COUNT=9"),
        st.integers(1, 10),
    ),
)
firsts = st.dates(date(2026, 11, 1), date(2026, 12, 1))


@given(rules, firsts, st.integers(1, 8))
def test_cut_in_two_it_falls_on_the_same_days(rule: Recurrence, first: date, cut: int) -> None:
    whole = Pattern(rule, first, time(10), 15, LONDON)
    all_days = list(whole.days())
    if cut >= len(all_days):
        return
    at = all_days[cut]

    before, after = whole.until(at - timedelta(days=1)), whole.since(at)

    assert [*before.days()] == all_days[:cut]
    assert [*after.days()] == all_days[cut:]
    assert Recurrence.parse(str(after.rule)) == after.rule


@given(rules, firsts, st.integers(-6, 6))
def test_shifted_it_falls_on_so_many_days_later(rule: Recurrence, first: date, shift: int) -> None:
    whole = Pattern(rule, first, time(10), 15, LONDON)

    shifted = whole.shifted(shift, time(11, 30))

    assert list(shifted.days()) == [day + timedelta(days=shift) for day in whole.days()]
    assert shifted.wall_time == time(11, 30)


@pytest.mark.parametrize(
    "rule",
    ["FREQ=MONTHLY;BYDAY=1MO;COUNT=3", "FREQ=YEARLY;COUNT=2", "FREQ=DAILY;BYMONTH=1;COUNT=3"],
)
def test_a_series_of_months_moves_to_another_time_but_not_to_other_days(rule: str) -> None:
    whole = pattern(rule)

    assert list(whole.shifted(0, time(9)).days()) == list(whole.days())
    with pytest.raises(InvalidInput):
        whole.shifted(1)


def test_a_year_of_weeks_is_the_most() -> None:
    assert len(pattern(f"FREQ=WEEKLY;COUNT={MOST_OCCURRENCES}").occurrences()) == 52
