"""The rule of priority: need goes first, waiting always counts, nothing starves."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.referrals.priority import LONGEST, REASONS, Known, Reason, priority_from

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RISKS = ("", "low", "low-medium", "medium", "high")
TIMES = st.timedeltas(timedelta(), timedelta(hours=12)).map(lambda later: NOON + later)
KNOWN = st.builds(
    Known, raised_at=TIMES, time_critical=st.booleans(), news2_risk=st.sampled_from(RISKS)
)


def minutes_ahead(known: Known) -> float:
    return (known.raised_at - priority_from(known, now=NOON).counts_from) / timedelta(minutes=1)


@pytest.mark.parametrize(
    ("known", "minutes", "reason"),
    [
        (Known(NOON, time_critical=True, news2_risk="high"), 100, "time-critical"),
        (Known(NOON, time_critical=True), 70, "time-critical"),
        (Known(NOON, time_critical=True, news2_risk="low"), 60, "time-critical"),
        (Known(NOON, news2_risk="high"), 40, "high"),
        (Known(NOON, news2_risk="medium"), 20, "medium"),
        (Known(NOON, news2_risk="low-medium"), 10, "low-medium"),
        (Known(NOON), 10, "not-known"),
        (Known(NOON, news2_risk="low"), 0, "waiting"),
    ],
)
def test_each_need_has_its_head_start(known: Known, minutes: int, reason: Reason) -> None:
    priority = priority_from(known, now=NOON)

    assert minutes_ahead(known) == minutes
    assert priority.reason == reason
    assert priority.rank == REASONS.index(reason)


@given(known=KNOWN, need=KNOWN)
def test_nobody_asked_later_than_the_longest_head_start_is_ever_before(
    known: Known, need: Known
) -> None:
    late = Known(known.raised_at + LONGEST, need.time_critical, need.news2_risk)

    first, second = priority_from(known, now=NOON), priority_from(late, now=NOON)

    assert first.counts_from <= second.counts_from


@given(known=KNOWN, later=st.timedeltas(timedelta(microseconds=1), timedelta(hours=12)))
def test_of_equal_need_whoever_asked_first_is_first_at_once(known: Known, later: timedelta) -> None:
    fresh = Known(known.raised_at + later, known.time_critical, known.news2_risk)

    assert priority_from(known, now=NOON).counts_from < priority_from(fresh, now=NOON).counts_from


@given(known=KNOWN, worse=st.sampled_from(RISKS))
def test_more_need_never_counts_for_less(known: Known, worse: str) -> None:
    by_need = [minutes_ahead(Known(NOON, known.time_critical, risk)) for risk in RISKS[1:]]

    assert by_need == sorted(by_need)
    assert minutes_ahead(Known(NOON, True, worse)) > minutes_ahead(Known(NOON, False, worse))


@given(one=KNOWN, other=KNOWN, now=TIMES, then=TIMES)
def test_time_alone_changes_no_places(
    one: Known, other: Known, now: datetime, then: datetime
) -> None:
    orders = [
        priority_from(one, now=at).counts_from <= priority_from(other, now=at).counts_from
        for at in (now, then)
    ]

    assert orders[0] == orders[1]
