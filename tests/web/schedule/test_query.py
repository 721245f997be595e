"""Which days a view spans, and the addresses of the calendar."""

from datetime import date
from uuid import UUID

import pytest

from app.web.schedule.query import CalendarQuery, Span, View, span_of

WHO = UUID(int=7)


@pytest.mark.parametrize(
    ("view", "span"),
    [
        ("day", Span(date(2026, 11, 25), 1, date(2026, 11, 24), date(2026, 11, 26))),
        ("week", Span(date(2026, 11, 23), 7, date(2026, 11, 16), date(2026, 11, 30))),
        ("month", Span(date(2026, 10, 26), 42, date(2026, 10, 1), date(2026, 12, 1))),
    ],
)
def test_a_view_spans_whole_weeks_and_knows_its_neighbours(view: View, span: Span) -> None:
    assert span_of(view, date(2026, 11, 25)) == span


def test_a_month_that_begins_on_monday_and_ends_on_sunday_is_four_weeks() -> None:
    assert span_of("month", date(2027, 2, 14)).count == 28


def test_an_address_says_only_what_differs_from_the_usual() -> None:
    asked = CalendarQuery(view="week", date=date(2026, 11, 25), who=WHO, moved=UUID(int=9))

    assert asked.address() == f"/schedule?view=week&date=2026-11-25&who={WHO}"
    assert asked.address(view="day", date=None) == f"/schedule?who={WHO}"
    assert CalendarQuery().fragment_address() == "/fragments/schedule"
