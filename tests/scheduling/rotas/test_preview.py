"""The next weeks of a rota as they will be, changes of the clock among them."""

from datetime import UTC, date, datetime, time

from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.preview import preview
from app.scheduling.rotas.times import Period
from tests.scheduling.rotas.rota import exception, rota

MONDAY = date(2026, 11, 23)


def test_days_show_what_is_open_and_how_much() -> None:
    schedule = rota(recurrence="FREQ=WEEKLY;BYDAY=MO", breaks=[["10:00", "10:30"]])

    shown = preview(schedule, MONDAY, 2)

    assert [(day.day.day, day.slots, day.minutes) for day in shown.days] == [
        (23, 5, 150),
        (30, 5, 150),
    ]
    assert shown.days[0].open == [
        Period(datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 23, 10, tzinfo=UTC)),
        Period(datetime(2026, 11, 23, 10, 30, tzinfo=UTC), datetime(2026, 11, 23, 12, tzinfo=UTC)),
    ]


def test_exceptions_are_seen() -> None:
    shown = preview(rota(), MONDAY, 1, Exceptions([exception(MONDAY)]))

    assert [day.day.day for day in shown.days] == [24, 25, 26, 27, 28, 29]


def test_both_next_changes_of_the_clock_are_shown_whenever_they_come() -> None:
    shown = preview(rota(time(0), time(3)), MONDAY, 1)

    assert [(day.day, day.clock_change, day.slots) for day in shown.clock_changes] == [
        (date(2027, 3, 28), 60, 4),
        (date(2027, 10, 31), -60, 6),
    ]


def test_half_an_hour_is_a_change_too_and_a_zone_may_have_none() -> None:
    half = preview(rota(time_zone="Australia/Lord_Howe"), MONDAY, 1)
    none = preview(rota(time_zone="Asia/Tokyo"), MONDAY, 1)

    assert {abs(day.clock_change) for day in half.clock_changes} == {30}
    assert none.clock_changes == []
