"""Rules of whole days: read strictly, and the same days as python-dateutil finds."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice, takewhile

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.errors import InvalidInput
from app.scheduling.rotas.recurrence import LONGEST_COUNT, SEARCHED, WEEKDAYS, Recurrence

START = date(2026, 1, 5)  # a Monday


def days(rule: str, start: date = START, *, most: int = 4) -> list[str]:
    found = Recurrence.parse(rule).since(start).between(start, start + timedelta(days=3660))
    return [day.isoformat() for day in islice(found, most)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=10", ["2026-01-05", "2026-01-15"]),
        ("FREQ=DAILY;BYMONTH=2", ["2026-02-01", "2026-02-02"]),
        ("FREQ=WEEKLY", ["2026-01-05", "2026-01-12"]),
        ("FREQ=WEEKLY;BYDAY=MO,TH", ["2026-01-05", "2026-01-08"]),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH", ["2026-01-06", "2026-01-08", "2026-01-20"]),
        ("FREQ=MONTHLY", ["2026-01-05", "2026-02-05"]),
        ("FREQ=MONTHLY;BYDAY=1FR", ["2026-02-06", "2026-03-06"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", ["2026-01-30", "2026-02-27"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ["2026-01-31", "2026-02-28"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", ["2026-02-13", "2026-03-13", "2026-11-13"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["2026-01-30", "2026-02-27"]),
        ("FREQ=YEARLY", ["2026-01-05", "2027-01-05"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29", "2032-02-29"]),
        ("FREQ=YEARLY;BYDAY=20MO", ["2026-05-18", "2027-05-17"]),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", ["2026-03-29", "2027-03-28"]),
    ],
)
def test_rules_as_in_rfc_5545_give_their_days(rule: str, expected: list[str]) -> None:
    assert days(rule, most=len(expected)) == expected


def test_count_and_until_end_a_rule() -> None:
    assert len(days("FREQ=DAILY;COUNT=3", most=9)) == 3
    assert days("FREQ=WEEKLY;UNTIL=20260112", most=9) == ["2026-01-05", "2026-01-12"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("", "FREQ=WEEKLY"),
        ("WEEKLY", "FREQ=WEEKLY"),
        ("BYDAY=MO", "how often"),
        ("FREQ=HOURLY", "FREQ must be"),
        ("FREQ=WEEKLY;FREQ=DAILY", "once"),
        ("FREQ=WEEKLY;BYHOUR=9", "BYHOUR"),
        ("FREQ=WEEKLY;BYDAY=XX", "XX"),
        ("FREQ=WEEKLY;BYDAY=1MO", "within months"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYDAY=54MO", "53"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "31"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "31"),
        ("FREQ=YEARLY;BYMONTH=-1", "negative"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "no day"),
        ("FREQ=DAILY;INTERVAL=0", "400"),
        ("FREQ=DAILY;INTERVAL=1e9", "whole"),
        ("FREQ=DAILY;COUNT=1001", "1000"),
        ("FREQ=DAILY;UNTIL=20261231T000000Z", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20260231", "UNTIL"),
        ("FREQ=DAILY;COUNT=1;UNTIL=20261231", "not both"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
        ("FREQ=DAILY;BYDAY=" + ",".join(["MO"] * 100), "250"),
    ],
)
def test_what_is_no_rule_says_why(rule: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        Recurrence.parse(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;BYMONTH=1,2",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300",
    ],
)
def test_a_rule_without_any_day_is_no_trouble(rule: str) -> None:
    since = Recurrence.parse(rule).since(date(2026, 2, 2))

    assert next(since.between(since.start, since.start + SEARCHED), None) is None


def test_a_count_that_never_fills_stops_looking() -> None:
    since = Recurrence.parse("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=500").since(START)

    assert list(since.between(START, START + LONGEST_COUNT))[-1] == date(2044, 2, 29)


def test_weekdays_make_a_rule() -> None:
    assert str(Recurrence.weekly([3, 1, 3])) == "FREQ=WEEKLY;BYDAY=MO,WE"


def _listed(numbers: st.SearchStrategy[int], name: str) -> st.SearchStrategy[str]:
    some = st.lists(numbers, min_size=1, max_size=3, unique=True)
    text = some.map(lambda found: f";{name}=" + ",".join(map(str, found)))
    return st.one_of(st.just(""), text)


def _days_of_week(*, numbered: bool) -> st.SearchStrategy[str]:
    # Not mixed: dateutil wants both then, where the RFC lists either.
    number = st.sampled_from(["1", "2", "-1"]) if numbered else st.just("")
    one = st.tuples(number, st.sampled_from(WEEKDAYS)).map("".join)
    some = st.lists(one, min_size=1, max_size=4, unique=True)
    return st.one_of(st.just(""), some.map(lambda found: ";BYDAY=" + ",".join(found)))


@st.composite
def rules(draw: st.DrawFn) -> str:
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={freq}", draw(_listed(st.integers(1, 12), "BYMONTH"))]
    is_numbered = freq in {"MONTHLY", "YEARLY"} and draw(st.booleans())
    parts.append(draw(_days_of_week(numbered=is_numbered)))
    if freq != "WEEKLY":
        month_days = st.one_of(st.integers(1, 31), st.integers(-31, -1))
        parts.append(draw(_listed(month_days, "BYMONTHDAY")))
    if freq in {"MONTHLY", "YEARLY"} and any(parts[1:]):
        places = st.one_of(st.integers(1, 4), st.integers(-4, -1))
        parts.append(draw(_listed(places, "BYSETPOS")))
    parts.append(draw(st.sampled_from(["", ";INTERVAL=2", ";INTERVAL=3"])))
    parts.append(draw(st.sampled_from(["", ";WKST=SU", ";COUNT=7", ";UNTIL=20280101"])))
    return "".join(parts)


@settings(max_examples=120, deadline=None)
@given(rule=rules(), start=st.dates(date(2024, 1, 1), date(2027, 12, 31)))
def test_any_rule_has_the_days_that_dateutil_finds(rule: str, start: date) -> None:
    try:
        ours = Recurrence.parse(rule)
    except InvalidInput:
        assume(False)
    since = ours.since(start)
    last = start + timedelta(days=3 * 366)
    # dateutil walks to the year 9999 for a rule that has no more days.
    endless = replace(ours, count=None, until=None).since(start)
    assume(any(endless.between(last + timedelta(days=1), start + SEARCHED)))
    theirs = rrulestr(rule, dtstart=datetime.combine(start, time()))
    found = [one.date() for one in takewhile(lambda one: one.date() <= last, theirs)]

    assert list(since.between(start, last)) == found
    assert Recurrence.parse(str(ours)) == ours
