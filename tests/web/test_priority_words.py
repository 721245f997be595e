"""Why a request is where it is, in words, and the page of the rule."""

from datetime import UTC, datetime, timedelta

import pytest

from app.referrals.priority import Known, priority_from
from app.web.environment import make_environment
from app.web.priority_words import priority_words, rule_in_words

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (Known(NOON, news2_risk="low"), "In order of waiting."),
        (Known(NOON, news2_risk="high"), "40 minutes ahead because NEWS2 shows high risk."),
        (
            Known(NOON, time_critical=True),
            "60 minutes ahead because it is time critical and 10 minutes ahead because there is no"
            " complete NEWS2.",
        ),
    ],
)
def test_each_part_of_a_head_start_is_said(known: Known, words: str) -> None:
    assert priority_words(priority_from(known, now=NOON)) == words


def test_the_page_tells_the_rules_own_numbers() -> None:
    rule = rule_in_words()

    assert [each.minutes for each in (*rule.stated, *rule.scored)] == [60, 40, 20, 10, 10, 0]
    assert rule.longest_minutes == 100


def test_the_pages_example_is_right() -> None:
    page = (make_environment().loader.get_source(make_environment(), "priority.html"))[0]  # type: ignore[union-attr]
    stroke = Known(NOON.replace(minute=30), time_critical=True)
    calm = Known(NOON, news2_risk="low")
    long_waiting = Known(NOON - timedelta(minutes=45), news2_risk="low")

    places = sorted(
        (stroke, calm, long_waiting), key=lambda known: priority_from(known, now=NOON).counts_from
    )

    assert places == [long_waiting, stroke, calm]
    assert f"{priority_from(stroke, now=NOON).counts_from:%H:%M}" == "11:20"
    for said in ("asked at 12:30", "asked at 11:20", "asked at 12:00", "since 11:15"):
        assert said in page
