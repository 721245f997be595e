"""A month as whole weeks: days with counts."""

from datetime import date, timedelta
from uuid import uuid4

from app.scheduling import Column, Day, Entry
from app.scheduling.days import EntryState
from app.web.schedule.month import weeks_of
from tests.clinic import at

SERVICE = uuid4()


def entry(state: EntryState) -> Entry:
    return Entry(state, at(9), at(10), SERVICE, "GP appointment")


def test_states_are_counted_and_who_is_away_is_named() -> None:
    columns = [
        Column(uuid4(), "Dr Adams", [entry("booked"), entry("arrived"), entry("free")]),
        Column(uuid4(), "Dr Brown", [entry("held"), entry("blocked")], closed=True),
    ]
    days = [
        Day(date(2026, 11, 23) + timedelta(days=n), "Europe/London", at(0), at(0), columns)
        for n in range(7)
    ]

    [week] = weeks_of(days, month=11)

    assert (week[0].booked, week[0].free, week[0].held, week[0].blocked) == (2, 1, 1, 1)
    assert week[0].away == ("Dr Brown",)
    assert not week[0].is_closed


def test_a_day_without_times_is_closed_and_may_be_of_another_month() -> None:
    days = [Day(date(2026, 12, 1), "Europe/London", at(0), at(0), [])]

    [[day]] = weeks_of(days, month=11)

    assert day.is_closed
    assert not day.in_month
