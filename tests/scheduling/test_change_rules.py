"""When a patient may still move or cancel: cut-offs in local time."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models import Appointment
from app.models.time_zone import zone
from app.scheduling.booking.making import as_stored
from app.scheduling.change_rules import ChangeRule, why_not_cancel, why_not_move
from app.scheduling.rotas import Period

LONDON = ZoneInfo("Europe/London")
RULE = ChangeRule(allowed=True, cutoff_days=1, cutoff_time=time(17), most_moves=2)
QUARTER = timedelta(minutes=15)
START = datetime(2026, 11, 23, 9, tzinfo=UTC)
EARLY = START - timedelta(days=5)
TOO_LATE = datetime(2026, 11, 22, 17, tzinfo=UTC)
zones = st.sampled_from(
    ["Europe/London", "Australia/Lord_Howe", "America/Vancouver", "Pacific/Apia", "Asia/Tehran"]
).map(zone)


def appointment(*, status: str = "booked", moves: int = 0) -> Appointment:
    return Appointment(
        status=status,
        during=as_stored(Period(START, START + QUARTER)),
        time_zone="Europe/London",
        moves_by_patient=moves,
    )


def test_until_five_the_day_before_in_local_time() -> None:
    assert RULE.deadline(START, LONDON) == TOO_LATE


def test_in_summer_the_cut_off_is_an_hour_earlier_on_the_universal_clock() -> None:
    start = datetime(2026, 7, 20, 8, tzinfo=UTC)

    assert RULE.deadline(start, LONDON) == datetime(2026, 7, 19, 16, tzinfo=UTC)


def test_across_the_clock_change_the_wall_time_is_kept() -> None:
    monday_after_spring = datetime(2026, 3, 30, 8, tzinfo=UTC)
    rule = ChangeRule(allowed=True, cutoff_days=2, cutoff_time=time(17), most_moves=2)

    assert rule.deadline(monday_after_spring, LONDON) == datetime(2026, 3, 28, 17, tzinfo=UTC)


def test_a_cut_off_in_the_gap_is_read_with_the_offset_before_it() -> None:
    rule = ChangeRule(allowed=True, cutoff_days=0, cutoff_time=time(1, 30), most_moves=2)
    start = datetime(2026, 3, 29, 9, tzinfo=UTC)

    assert rule.deadline(start, LONDON) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_of_a_cut_off_that_comes_twice_the_first_counts() -> None:
    rule = ChangeRule(allowed=True, cutoff_days=0, cutoff_time=time(1, 30), most_moves=2)
    start = datetime(2026, 10, 25, 9, tzinfo=UTC)

    assert rule.deadline(start, LONDON) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(
    st.integers(0, 10 * 366 * 24 * 4).map(lambda quarters: START + quarters * QUARTER),
    zones,
    st.integers(0, 14),
    st.times().map(lambda wall: wall.replace(second=0, microsecond=0)),
)
def test_it_is_never_too_late_after_the_start_only(
    start: datetime, place: ZoneInfo, days: int, wall: time
) -> None:
    deadline = ChangeRule(allowed=True, cutoff_days=days, cutoff_time=wall, most_moves=1).deadline(
        start, place
    )

    assert deadline <= start
    assert start - deadline <= timedelta(days=days + 1, hours=2)


@pytest.mark.parametrize(
    ("booking", "rule", "now", "says"),
    [
        (appointment(), RULE, TOO_LATE - timedelta(seconds=1), ""),
        (appointment(), RULE, TOO_LATE, "too late"),
        (appointment(), RULE, START, "too late"),
        (appointment(status="cancelled"), RULE, EARLY, "over"),
        (appointment(status="arrived"), RULE, EARLY, "too late to move or cancel"),
        (appointment(status="fulfilled"), RULE, EARLY, "over, or has begun"),
        (
            appointment(),
            ChangeRule(allowed=False, cutoff_days=1, cutoff_time=time(17), most_moves=2),
            EARLY,
            "by phone",
        ),
    ],
)
def test_why_a_patient_may_not_cancel(
    booking: Appointment, rule: ChangeRule, now: datetime, says: str
) -> None:
    refusal = why_not_cancel(booking, rule, now=now)

    assert says in refusal
    assert bool(says) == bool(refusal)


@pytest.mark.parametrize(
    ("moves", "most", "says"),
    [(1, 2, ""), (2, 2, "2 times already"), (1, 1, "once already"), (0, 0, "cannot be moved")],
)
def test_moves_are_counted(moves: int, most: int, says: str) -> None:
    rule = ChangeRule(allowed=True, cutoff_days=1, cutoff_time=time(17), most_moves=most)

    refusal = why_not_move(appointment(moves=moves), rule, now=EARLY)

    assert says in refusal
    assert bool(says) == bool(refusal)
