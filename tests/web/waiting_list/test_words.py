"""An entry's wishes and its place, in words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.models import WaitingListEntry
from app.web.waiting_list.words import waited_words, why_here, wishes

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def entry(**changes: object) -> WaitingListEntry:
    values = {
        "created_at": NOW - timedelta(days=3),
        "priority": "routine",
        "parts_of_day": [],
        "weekdays": [],
        "language": "",
        **changes,
    }
    return WaitingListEntry(**values)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Routine, waiting 3 days"),
        (
            {"priority": "urgent", "latest_day": date(2026, 11, 25)},
            "Urgent, needed by 25 November, waiting 3 days",
        ),
        (
            {"created_at": NOW - timedelta(weeks=13)},
            "Has waited 12 weeks: counts as soon, waiting 13 weeks",
        ),
        ({"created_at": NOW - timedelta(weeks=20)}, "Has waited 18 weeks: counts as urgent"),
    ],
)
def test_why_somebody_is_asked_next_is_said(changes: dict[str, object], words: str) -> None:
    assert why_here(entry(**changes), NOW) == words


def test_wishes_are_one_sentence() -> None:
    wanted = entry(
        channel="video",
        language="cy",
        parts_of_day=["morning"],
        weekdays=[1, 5],
        earliest_day=date(2026, 12, 1),
        latest_day=date(2026, 12, 9),
    )

    assert wishes(wanted, "Dr Shah") == (
        "With Dr Shah, by video, in cy, mornings, Mondays or Fridays,"
        " from 1 December, until 9 December"
    )
    assert wishes(entry(), "") == "With anybody"


@pytest.mark.parametrize(
    ("waited", "words"),
    [
        (timedelta(hours=5), "under a day"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=13), "13 days"),
        (timedelta(days=14), "2 weeks"),
    ],
)
def test_a_wait_is_said_as_people_say_it(waited: timedelta, words: str) -> None:
    assert waited_words(waited) == words
