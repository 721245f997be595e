"""What crowds give in a stretch of time, against every slot of every day around it."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.models import Schedule
from app.models.time_zone import zone
from app.scheduling import Search
from app.scheduling.rotas.recurrence import span
from app.scheduling.rotas.slots import Roster
from app.scheduling.rotas.times import minute_of, moment_of
from app.scheduling.search.crowds import Crowd
from app.scheduling.search.offers import Wanted, shifts_of
from app.scheduling.search.terms import Clock, Terms

CHANGES = (
    ("Europe/London", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("Europe/London", datetime(2027, 3, 28, 1, tzinfo=UTC)),
    ("Asia/Beirut", datetime(2026, 10, 24, 21, tzinfo=UTC)),
    ("America/St_Johns", datetime(2006, 10, 29, 2, 31, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
)
"""At two o'clock, at midnight, a minute after it so that a day begins twice; and half an hour."""


@st.composite
def rotas(draw: st.DrawFn) -> Schedule:
    return Schedule(
        service_id=UUID(int=1),
        channel="video",
        recurrence=draw(st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SA,SU"])),
        start_time=draw(st.sampled_from([time(0), time(0, 5), time(1, 30), time(9), time(22, 40)])),
        end_time=draw(st.sampled_from([time(0), time(2, 55), time(12), time(23, 59)])),
        breaks=draw(st.sampled_from([[], [["01:45", "02:10"], ["23:00", "23:20"]]])),
        slot_minutes=draw(st.sampled_from([5, 20, 25])),
        buffer_before_minutes=draw(st.sampled_from([0, 5])),
        buffer_after_minutes=draw(st.sampled_from([0, 10])),
        capacity=1,
        notice_minutes=draw(st.sampled_from([0, 12 * 60])),
        horizon_days=730,
        valid_from=date.min,
        active=True,
    )


@given(
    st.sampled_from(CHANGES),
    st.lists(rotas(), min_size=1, max_size=4),
    st.integers(-90, 40 * 60),
    st.integers(1, 40 * 60),
    st.frozensets(st.integers(1, 7), max_size=6),
)
def test_crowds_give_just_the_slots_that_begin_in_the_step_where_the_clock_changes(
    change: tuple[str, datetime],
    schedules: list[Schedule],
    before: int,
    length: int,
    weekdays: frozenset[int],
) -> None:
    for schedule in schedules:
        schedule.time_zone = change[0]
    crowds = [
        Crowd(UUID(int=number), Terms.of(Roster(schedule)), 1)
        for number, schedule in enumerate(schedules)
    ]
    now = change[1] - timedelta(days=1)
    first = minute_of(change[1]) - before
    by_clock: dict[Clock, list[Crowd]] = {crowd.terms.clock: [] for crowd in crowds}
    for crowd in crowds:
        by_clock[crowd.terms.clock].append(crowd)
    wanted = Wanted(Search(weekdays=weekdays), by_clock, now)

    found = shifts_of(wanted, (first, first + length))

    assert sorted((shift.crowd.id.int, start) for shift in found for start in shift.starts) == [
        (crowd.id.int, start)
        for crowd in crowds
        for start in plainly(crowd.terms.roster, change[1].date())
        if first <= start < first + length
        if moment_of(start) >= now + timedelta(minutes=crowd.terms.clock.notice_minutes)
        if not weekdays or moment_of(start).astimezone(zone(change[0])).isoweekday() in weekdays
    ]


def plainly(roster: Roster, day: date) -> list[int]:
    week = span(day - timedelta(days=5), day + timedelta(days=5))
    return sorted(start for run in roster.runs(week) for start in run.starts)
