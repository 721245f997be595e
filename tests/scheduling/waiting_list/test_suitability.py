"""What suits whom, and who is given which time."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from app.models import WaitingListEntry
from app.scheduling.rotas import Period
from app.scheduling.waiting_list.suitability import (
    SHORTEST_OFFER,
    Candidate,
    Option,
    suits,
)
from tests.clinic import NOW, at
from tests.scheduling.waiting_list.world import entry, slot

SERVICE = uuid4()
DOCTOR = uuid4()


def option(start: datetime, languages: Sequence[str] = (), **more: object) -> Option:
    values: dict[str, object] = {"service_id": SERVICE, "practitioner_id": DOCTOR, **more}
    return Option.of(slot(start, **values), languages)


def waits(**more: object) -> WaitingListEntry:
    return entry(service_id=SERVICE, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "does"),
    [
        ({}, True),
        ({"service_id": uuid4()}, False),
        ({"practitioner_id": DOCTOR}, True),
        ({"practitioner_id": uuid4()}, False),
        ({"channel": "video"}, True),
        ({"channel": "telephone"}, False),
        ({"parts_of_day": ["morning"]}, True),
        ({"parts_of_day": ["afternoon", "evening"]}, False),
        ({"weekdays": [1]}, True),
        ({"weekdays": [2, 3]}, False),
        ({"earliest_day": date(2026, 11, 23)}, True),
        ({"earliest_day": date(2026, 11, 24)}, False),
        ({"latest_day": date(2026, 11, 23)}, True),
        ({"latest_day": date(2026, 11, 22)}, False),
    ],
)
def test_each_wish_counts(wish: dict[str, object], does: bool) -> None:
    asking = entry(**{"service_id": SERVICE, **wish})  # type: ignore[arg-type]

    assert suits(asking, option(at(9))) is does


@pytest.mark.parametrize(
    ("wanted", "spoken", "does"),
    [
        ("", [], True),
        ("cy", ["en", "cy"], True),
        ("pt", ["pt-BR"], True),
        ("PT-br", ["pt-BR"], True),
        ("pt-BR", ["pt"], False),
        ("p", ["pt"], False),
        ("cy", [], False),
    ],
)
def test_a_language_is_one_that_the_practitioner_speaks(
    wanted: str, spoken: list[str], does: bool
) -> None:
    assert suits(waits(language=wanted), option(at(9), spoken)) is does


@pytest.mark.parametrize(
    ("hour", "minute", "part"),
    [
        (6, 0, "morning"),
        (11, 59, "morning"),
        (12, 0, "afternoon"),
        (16, 59, "afternoon"),
        (17, 0, "evening"),
        (23, 59, "evening"),
    ],
)
def test_the_part_of_the_day_is_of_the_start(hour: int, minute: int, part: str) -> None:
    assert suits(waits(parts_of_day=[part]), option(at(hour, minute)))


def test_the_hours_after_midnight_are_nobodys_morning() -> None:
    parts = ["morning", "afternoon", "evening"]

    assert not suits(waits(parts_of_day=parts), option(at(0, 15)))


def test_days_and_hours_are_those_of_the_times_own_clock() -> None:
    late = option(datetime(2026, 11, 24, 3, 30, tzinfo=UTC), time_zone="America/New_York")

    assert suits(waits(weekdays=[1], parts_of_day=["evening"]), late)


def test_there_must_be_time_to_answer_and_then_the_notice() -> None:
    candidate = Candidate(waits(notice_minutes=120))
    enough = at(9) - timedelta(hours=2) - SHORTEST_OFFER

    assert candidate.could_take(option(at(9)), enough)
    assert not candidate.could_take(option(at(9)), enough + timedelta(seconds=1))


def test_a_time_that_was_offered_before_is_not_offered_again() -> None:
    candidate = Candidate(waits(), refused=frozenset({(DOCTOR, at(9))}))

    assert not candidate.could_take(option(at(9)), NOW)
    assert candidate.could_take(option(at(9), practitioner_id=uuid4()), NOW)


def test_only_a_sooner_time_is_any_use_to_who_has_one() -> None:
    candidate = Candidate(waits(), before=at(9))

    assert candidate.could_take(option(at(8, 45)), NOW)
    assert not candidate.could_take(option(at(9)), NOW)


def test_a_time_at_which_the_patient_is_busy_does_not_suit() -> None:
    candidate = Candidate(waits(), busy=[Period(at(9, 10), at(9, 40))])

    assert not candidate.could_take(option(at(9)), NOW)
    assert candidate.could_take(option(at(9, 40)), NOW)
