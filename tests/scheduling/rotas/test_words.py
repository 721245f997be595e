"""Rotas in plain English."""

from datetime import date, time

import pytest

from app.scheduling.rotas.recurrence import Recurrence
from app.scheduling.rotas.words import clock_words, recurrence_words, words
from tests.scheduling.rotas.rota import rota

MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY", "Every day"),
        ("FREQ=DAILY;INTERVAL=3", "Every 3 days"),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "Every day that is a weekday"),
        ("FREQ=WEEKLY", "Every Monday"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "Every Monday and Thursday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Monday to Friday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "Every day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "Every 2 weeks on Tuesday"),
        ("FREQ=WEEKLY;BYDAY=SA;COUNT=8", "Every Saturday, 8 times"),
        ("FREQ=WEEKLY;BYDAY=SA;COUNT=1", "Every Saturday, once"),
        ("FREQ=WEEKLY;BYMONTH=7,8", "Every Monday in July and August"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "The last Friday of every month"),
        ("FREQ=MONTHLY;BYDAY=-2FR", "The second to last Friday of every month"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", "The first Monday or the third Monday of every month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "Day 1 and day 15 of every month"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "The last day of every month"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "The last day that is a weekday of every month",
        ),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "A Friday that is also day 13 of every month"),
        ("FREQ=MONTHLY;UNTIL=20261231", "Day 5 of every month, until 31 December 2026"),
        ("FREQ=YEARLY", "Day 5 of January every year"),
        ("FREQ=YEARLY;BYDAY=20MO", "The number 20 Monday of every year"),
    ],
)
def test_a_rule_is_said_as_people_say_it(rule: str, expected: str) -> None:
    assert recurrence_words(Recurrence.parse(rule), MONDAY) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (time(0), "midnight"),
        (time(0, 30), "12:30am"),
        (time(9), "9am"),
        (time(12), "midday"),
        (time(12, 5), "12:05pm"),
        (time(23, 45), "11:45pm"),
    ],
)
def test_times_are_said_in_the_nhs_way(value: time, expected: str) -> None:
    assert clock_words(value) == expected


def test_the_whole_rota_is_one_sentence() -> None:
    schedule = rota(
        end=time(16, 30),
        recurrence="FREQ=WEEKLY;BYDAY=MO",
        breaks=[["10:30", "10:45"], ["12:00", "13:00"]],
        channel="in-person",
        capacity=8,
        valid_from=MONDAY,
        valid_to=date(2026, 6, 1),
    )

    assert words(schedule) == (
        "Every Monday, 9am to 4:30pm, 30-minute in-person groups of up to 8,"
        " breaks 10:30am to 10:45am and midday to 1pm, from 5 January 2026 to 1 June 2026"
    )


def test_a_rota_of_one_day_says_so() -> None:
    assert words(rota(valid_from=MONDAY, valid_to=MONDAY)).endswith(", on 5 January 2026 only")
