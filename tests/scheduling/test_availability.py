"""Slots from wall-clock schedules: right across every change of the clock until 2030."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models import Schedule
from app.scheduling.availability import Period, Slot, covers, free, local_day, offered

ZONES = ("Europe/London", "Australia/Lord_Howe", "America/Vancouver")
DOCTOR = UUID(int=1)
SERVICE = UUID(int=2)


def rota(
    start: time = time(9),
    end: time = time(12),
    *,
    minutes: int = 30,
    time_zone: str = "Europe/London",
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7),
    valid_from: date = date(2020, 1, 1),
    valid_to: date | None = None,
) -> Schedule:
    return Schedule(
        practitioner_id=DOCTOR,
        service_id=SERVICE,
        time_zone=time_zone,
        weekdays=list(weekdays),
        start_time=start,
        end_time=end,
        slot_minutes=minutes,
        valid_from=valid_from,
        valid_to=valid_to,
        active=True,
    )


def on(schedule: Schedule, day: date) -> list[str]:
    place = ZoneInfo(schedule.time_zone)
    return [
        slot.start.astimezone(place).strftime("%H:%M")
        for slot in offered(schedule, local_day(day, place))
    ]


def slot(start: datetime, minutes: int = 30) -> Slot:
    return Slot(start, DOCTOR, start + timedelta(minutes=minutes), SERVICE, "Europe/London")


def test_a_morning_is_cut_into_slots() -> None:
    assert on(rota(minutes=60), date(2026, 7, 1)) == ["09:00", "10:00", "11:00"]


def test_what_is_left_at_the_end_is_no_slot() -> None:
    assert on(rota(end=time(10, 45)), date(2026, 7, 1)) == ["09:00", "09:30", "10:00"]


def test_summer_and_winter_keep_the_time_on_the_wall() -> None:
    july, december = (
        next(offered(rota(), local_day(day, ZoneInfo("Europe/London"))))
        for day in (date(2026, 7, 1), date(2026, 12, 1))
    )

    assert (july.start.hour, december.start.hour) == (8, 9)


def test_no_slot_in_the_hour_that_spring_leaves_out() -> None:
    assert on(rota(time(0), time(3)), date(2026, 3, 29)) == ["00:00", "00:30", "02:00", "02:30"]


def test_the_hour_that_comes_twice_is_offered_once() -> None:
    assert on(rota(time(0), time(3)), date(2026, 10, 25)) == [
        "00:00",
        "00:30",
        "01:00",
        "01:30",
        "02:00",
        "02:30",
    ]


def test_a_slot_across_a_change_is_not_offered() -> None:
    assert on(rota(time(0, 45), time(4), minutes=45), date(2026, 3, 29)) == ["02:15", "03:00"]


def test_only_on_its_weekdays() -> None:
    assert on(rota(weekdays=(1,)), date(2026, 11, 24)) == []


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2026, 5, 1), 0), (date(2026, 5, 2), 6), (date(2026, 5, 4), 0)]
)
def test_only_while_it_is_valid(day: date, expected: int) -> None:
    schedule = rota(valid_from=date(2026, 5, 2), valid_to=date(2026, 5, 3))

    assert len(on(schedule, day)) == expected


def test_an_ended_schedule_offers_nothing() -> None:
    schedule = rota()
    schedule.active = False

    assert on(schedule, date(2026, 5, 1)) == []


def test_a_taken_time_takes_every_slot_it_touches() -> None:
    window = local_day(date(2026, 12, 1), ZoneInfo("Europe/London"))
    taken = Period(
        datetime(2026, 12, 1, 9, 45, tzinfo=UTC), datetime(2026, 12, 1, 10, 15, tzinfo=UTC)
    )

    found = free([rota()], window, {DOCTOR: [taken]})

    assert [f"{each.start:%H:%M}" for each in found] == ["09:00", "10:30", "11:00", "11:30"]


def test_two_schedules_that_offer_the_same_offer_it_once() -> None:
    window = local_day(date(2026, 12, 1), ZoneInfo("Europe/London"))

    assert len(free([rota(), rota()], window, {uuid4(): []})) == 6


def test_adjoining_slots_cover_what_lies_in_them() -> None:
    nine = datetime(2026, 12, 1, 9, tzinfo=UTC)
    slots = [slot(nine + timedelta(minutes=30)), slot(nine)]

    assert covers(slots, Period(nine + timedelta(minutes=10), nine + timedelta(minutes=60)))
    assert not covers(slots, Period(nine, nine + timedelta(minutes=61)))
    assert not covers(slots[:1], Period(nine, nine + timedelta(minutes=60)))
    assert not covers([], Period(nine, nine + timedelta(minutes=5)))


@pytest.mark.parametrize(("day", "hours"), [((3, 29), 23), ((10, 25), 25), ((7, 1), 24)])
def test_a_local_day_has_the_hours_it_has(day: tuple[int, int], hours: int) -> None:
    found = local_day(date(2026, *day), ZoneInfo("Europe/London"))

    assert found.end - found.start == timedelta(hours=hours)


@pytest.mark.parametrize("time_zone", ZONES)
def test_every_half_hour_until_2030_exists_once(time_zone: str) -> None:
    schedule = rota(time(0), time(23, 59), minutes=30, time_zone=time_zone)
    place = ZoneInfo(time_zone)
    window = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC))

    slots = list(offered(schedule, window))

    walls = [each.start.astimezone(place).replace(tzinfo=None) for each in slots]
    assert len(set(walls)) == len(walls)
    assert all(
        wall.replace(tzinfo=place).astimezone(UTC) == each.start
        for wall, each in zip(walls, slots, strict=True)
    )
    assert all(one.end <= other.start for one, other in pairwise(slots))


@settings(max_examples=150, deadline=None)
@given(
    time_zone=st.sampled_from(ZONES),
    day=st.dates(date(2026, 1, 1), date(2030, 12, 31)),
    start=st.integers(0, 23 * 60),
    open_minutes=st.integers(5, 480),
    length=st.integers(5, 120),
)
def test_slots_never_overlap_and_keep_their_wall_time(
    time_zone: str, day: date, start: int, open_minutes: int, length: int
) -> None:
    end = min(start + open_minutes, 24 * 60 - 1)
    schedule = rota(
        time(start // 60, start % 60),
        time(end // 60, end % 60),
        minutes=length,
        time_zone=time_zone,
    )
    place = ZoneInfo(time_zone)

    slots = list(offered(schedule, local_day(day, place)))

    assert all(one.end <= other.start for one, other in pairwise(slots))
    for each in slots:
        last = each.end - timedelta(microseconds=1)
        opening, closing = (
            moment.astimezone(place).replace(tzinfo=None) for moment in (each.start, last)
        )
        assert opening.date() == day
        assert opening.time() >= schedule.start_time
        assert each.end - each.start == timedelta(minutes=length)
        assert closing - opening == last - each.start
