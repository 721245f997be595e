"""Slots of a rota: cut from its hours, in order, kept apart by their buffers, bookable in time."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest

from app.models import Schedule
from app.scheduling.rotas.slots import (
    Roster,
    Slot,
    booking_window,
    covers,
    in_booking_window,
    offered,
    within,
)
from app.scheduling.rotas.times import Period
from tests.scheduling.rotas.rota import DOCTOR, SCHEDULE, SERVICE, on, rota

JULY = date(2026, 7, 1)


def slot(start: datetime, minutes: int = 30, *, buffer: int = 0) -> Slot:
    end, margin = start + timedelta(minutes=minutes), timedelta(minutes=buffer)
    return Slot(
        start=start,
        practitioner_id=DOCTOR,
        end=end,
        service_id=SERVICE,
        time_zone="Europe/London",
        schedule_id=SCHEDULE,
        channel="video",
        capacity=1,
        taken=Period(start - margin, end + margin),
        places=1,
    )


def test_a_morning_is_cut_into_slots() -> None:
    assert on(rota(slot_minutes=60), JULY) == ["09:00", "10:00", "11:00"]


def test_what_is_left_at_the_end_is_no_slot() -> None:
    assert on(rota(end=time(10, 45)), JULY) == ["09:00", "09:30", "10:00"]


def test_the_grid_begins_again_after_a_break() -> None:
    schedule = rota(breaks=[["10:15", "10:25"]])

    assert on(schedule, JULY) == ["09:00", "09:30", "10:25", "10:55", "11:25"]


def test_a_night_goes_on_after_midnight() -> None:
    night = rota(time(22), time(2), breaks=[["23:30", "00:30"]], recurrence="FREQ=WEEKLY;BYDAY=WE")

    assert on(night, JULY) == ["22:00", "22:30", "23:00"]
    assert on(night, date(2026, 7, 2)) == ["00:30", "01:00", "01:30"]


def test_buffers_stay_inside_the_hours_and_apart_from_each_other() -> None:
    schedule = rota(end=time(11), buffer_before_minutes=5, buffer_after_minutes=10)
    window = Period(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC))

    slots = list(offered(Roster(schedule), window))

    assert on(schedule, JULY) == ["09:05", "09:50"]
    assert all(one.taken.end <= other.taken.start for one, other in pairwise(slots))
    assert slots[0].taken.start == datetime(2026, 7, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "expected"), [(date(2026, 5, 1), 0), (date(2026, 5, 2), 6), (date(2026, 5, 4), 0)]
)
def test_only_while_it_is_valid(day: date, expected: int) -> None:
    schedule = rota(valid_from=date(2026, 5, 2), valid_to=date(2026, 5, 3))

    assert len(on(schedule, day)) == expected


def test_an_ended_schedule_offers_nothing() -> None:
    assert on(rota(active=False), JULY) == []


def test_an_empty_window_has_nothing() -> None:
    now = datetime(2026, 7, 1, 8, tzinfo=UTC)

    assert list(offered(Roster(rota()), Period(now, now))) == []


def test_a_slot_knows_its_rota() -> None:
    window = Period(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 2, tzinfo=UTC))

    first = next(offered(Roster(rota(capacity=8, channel="in-person")), window))

    assert (first.schedule_id, first.channel, first.capacity, first.places) == (
        SCHEDULE,
        "in-person",
        8,
        8,
    )
    assert first.period == Period(first.start, first.end)


def test_adjoining_slots_cover_what_lies_in_them() -> None:
    nine = datetime(2026, 12, 1, 9, tzinfo=UTC)
    slots = [slot(nine + timedelta(minutes=30)), slot(nine)]

    assert covers(slots, Period(nine + timedelta(minutes=10), nine + timedelta(minutes=60)))
    assert not covers(slots, Period(nine, nine + timedelta(minutes=61)))
    assert not covers(slots[:1], Period(nine, nine + timedelta(minutes=60)))
    assert not covers([], Period(nine, nine + timedelta(minutes=5)))


def test_a_booking_may_reach_over_the_buffers_between_slots() -> None:
    nine = datetime(2026, 12, 1, 9, tzinfo=UTC)
    slots = [slot(nine, buffer=5), slot(nine + timedelta(minutes=40), buffer=5)]

    assert covers(slots, Period(nine, nine + timedelta(minutes=70)))
    assert not covers(slots, Period(nine - timedelta(minutes=5), nine + timedelta(minutes=30)))
    assert not covers(slots, Period(nine, nine + timedelta(minutes=75)))


@pytest.mark.parametrize(
    ("minutes", "expected"), [(59, False), (60, True), (24 * 60 * 3, True), (24 * 60 * 4, False)]
)
def test_a_slot_can_be_booked_between_its_notice_and_its_horizon(
    minutes: int, expected: bool
) -> None:
    schedule = rota(notice_minutes=60, horizon_days=3)
    now = datetime(2026, 7, 1, 8, tzinfo=UTC)

    assert in_booking_window(schedule, now + timedelta(minutes=minutes), now) is expected


@pytest.mark.parametrize(
    ("now", "earliest"),
    [
        (datetime(2027, 3, 20, 9, tzinfo=UTC), datetime(2027, 3, 21, 9, tzinfo=UTC)),
        (datetime(2027, 3, 27, 9, tzinfo=UTC), datetime(2027, 3, 28, 8, tzinfo=UTC)),
        (datetime(2026, 10, 24, 8, tzinfo=UTC), datetime(2026, 10, 25, 9, tzinfo=UTC)),
    ],
    ids=["24 hours", "23 hours", "25 hours"],
)
def test_a_day_of_notice_keeps_the_time_on_the_wall(now: datetime, earliest: datetime) -> None:
    assert booking_window(rota(notice_minutes=24 * 60), now).start == earliest


def test_hours_of_notice_are_elapsed() -> None:
    now = datetime(2027, 3, 27, 23, tzinfo=UTC)

    assert booking_window(rota(notice_minutes=240), now).start == now + timedelta(hours=4)


def test_the_horizon_is_the_end_of_a_local_day() -> None:
    now = datetime(2026, 10, 24, 8, tzinfo=UTC)

    assert booking_window(rota(horizon_days=1), now).end == datetime(2026, 10, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(0, 100, [10, 20, 30]), (10, 30, [10, 20]), (11, 31, [20, 30]), (31, 99, []), (0, 10, [])],
)
def test_within_takes_a_part_of_a_run(first: int, last: int, expected: list[int]) -> None:
    assert list(within(range(10, 40, 10), first, last)) == expected


def test_a_schedule_that_was_not_saved_yet_has_slots_too() -> None:
    new = Schedule(
        practitioner_id=DOCTOR,
        service_id=SERVICE,
        time_zone="Europe/London",
        recurrence="FREQ=DAILY",
        start_time=time(9),
        end_time=time(10),
        slot_minutes=30,
        valid_from=JULY,
        active=True,
    )

    assert on(new, JULY) == ["09:00", "09:30"]
