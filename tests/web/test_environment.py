"""How times, waits and numbers are said on pages."""

from datetime import UTC, date, datetime, timedelta

import pytest
from jinja2 import UndefinedError

from app.referrals.forms.lines import clock
from app.web.environment import (
    clock_24,
    clock_change,
    clock_seconds,
    clock_time,
    counted,
    days_span,
    long_day,
    make_environment,
    short_day,
    spaced_nhs_number,
    wait,
    zone_name,
)

SUMMER = datetime(2026, 7, 1, 12, 5, tzinfo=UTC)
WINTER = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "said"),
    [(SUMMER, "1:05pm"), (WINTER, "midnight"), (WINTER.replace(hour=12), "midday")],
)
def test_times_are_local_and_twelve_hour(moment: datetime, said: str) -> None:
    assert clock_time(moment, "Europe/London") == said


@pytest.mark.parametrize(
    ("hour", "said"), [(23, "00:50"), (0, "01:50 BST"), (1, "01:50 GMT"), (2, "02:50")]
)
def test_an_hour_that_comes_twice_says_which_it_is(hour: int, said: str) -> None:
    night = datetime(2026, 10, 25, hour, 50, 9, tzinfo=UTC) - timedelta(days=hour == 23)

    assert clock_24(night, "Europe/London") == clock(night, "Europe/London") == said
    assert clock_seconds(night, "Europe/London") == said[:5] + ":09" + said[5:]


def test_where_seconds_matter_they_are_said() -> None:
    assert clock_seconds(SUMMER.replace(second=9), "Europe/London") == "13:05:09"


def test_days_are_local() -> None:
    late = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)

    assert long_day(late, "Europe/London") == "Thursday 2 July 2026"
    assert short_day(date(1980, 5, 3), "Europe/London") == "3 May 1980"


def test_the_zone_has_its_name() -> None:
    assert (zone_name(SUMMER, "Europe/London"), zone_name(WINTER, "Europe/London")) == (
        "BST",
        "GMT",
    )


@pytest.mark.parametrize(
    ("moment", "said"),
    [(SUMMER, "UTC+10:30"), (WINTER, "UTC+11")],
)
def test_a_zone_without_a_name_says_its_distance(moment: datetime, said: str) -> None:
    assert zone_name(moment, "Australia/Lord_Howe") == said
    assert zone_name(moment, "America/Sao_Paulo") == "UTC-3"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (60, "Clocks go forward"),
        (-60, "Clocks go back"),
        (-30, "Clocks go back by 30 minutes"),
    ],
)
def test_a_change_of_the_clock_says_how_far_where_it_is_no_hour(minutes: int, said: str) -> None:
    assert clock_change(minutes) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "under a minute"), (59, "under a minute"), (360, "6 min"), (3600, "1 hr")],
)
def test_waits_are_rounded_down(seconds: int, said: str) -> None:
    assert wait(seconds) == said


def test_long_waits_have_hours() -> None:
    assert wait(timedelta(hours=1, minutes=5)) == "1 hr 5 min"


def test_nhs_numbers_are_grouped() -> None:
    assert spaced_nhs_number("9434765919") == "943 476 5919"
    assert spaced_nhs_number(None) == "Not known"


def test_one_is_not_many() -> None:
    assert [counted(n, "person", "people") for n in (1, 2)] == ["1 person", "2 people"]


def test_what_people_type_is_escaped_in_nhs_components() -> None:
    shown = make_environment().from_string("{{ button({'text': typed}) }}").render(typed="<b>")

    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown


def test_a_misspelt_name_in_our_templates_fails() -> None:
    with pytest.raises(UndefinedError):
        make_environment().from_string("{{ mistyped }}").render()


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (date(2026, 11, 29), "23 to 29 November 2026"),
        (date(2026, 12, 1), "23 November to 1 December 2026"),
        (date(2027, 1, 1), "23 November 2026 to 1 January 2027"),
    ],
)
def test_a_span_of_days_says_month_and_year_once(last: date, words: str) -> None:
    assert days_span(date(2026, 11, 23), last) == words
