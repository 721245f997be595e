"""One-off exceptions: closed, extra and swapped, each with its reach."""

from datetime import date, time

from tests.scheduling.rotas.rota import COLLEAGUE, DOCTOR, SCHEDULE, exception, on, rota

DAY, NEXT = date(2026, 7, 1), date(2026, 7, 2)
MORNING = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


def test_closed_for_the_day_offers_nothing_that_day_only() -> None:
    closed = [exception(DAY)]

    assert on(rota(), DAY, closed) == []
    assert on(rota(), NEXT, closed) == MORNING


def test_closed_for_some_hours_takes_every_slot_it_touches() -> None:
    closed = [exception(DAY, start_time=time(9, 45), end_time=time(10, 15))]

    assert on(rota(), DAY, closed) == ["09:00", "10:30", "11:00", "11:30"]


def test_closed_hours_keep_buffers_out_too() -> None:
    closed = [exception(DAY, start_time=time(10), end_time=time(10, 30))]
    schedule = rota(buffer_before_minutes=10, slot_minutes=20)

    assert on(schedule, DAY, closed) == ["09:10", "09:40", "10:40", "11:10", "11:40"]


def test_closed_of_another_schedule_leaves_this_one_open() -> None:
    assert on(rota(), DAY, [exception(DAY, schedule_id=COLLEAGUE)]) == MORNING


def test_someone_who_is_away_all_day_gives_nothing_from_midnight_to_midnight() -> None:
    away = [exception(NEXT)]
    schedule = rota(time(22), time(2), slot_minutes=60)

    assert on(schedule, DAY, away) == ["00:00", "01:00", "22:00", "23:00"]
    assert on(schedule, NEXT, away) == []
    assert on(schedule, date(2026, 7, 3), away) == ["22:00", "23:00"]


def test_a_shift_that_is_called_off_is_off_after_midnight_too_and_the_one_before_is_not() -> None:
    called_off = [exception(NEXT, schedule_id=SCHEDULE)]
    schedule = rota(time(22), time(2), slot_minutes=60)

    assert on(schedule, NEXT, called_off) == ["00:00", "01:00"]
    assert on(schedule, date(2026, 7, 3), called_off) == ["22:00", "23:00"]


def test_closed_from_evening_to_morning_reaches_into_the_next_day() -> None:
    closed = [exception(DAY, start_time=time(23), end_time=time(1))]
    schedule = rota(time(22), time(2), slot_minutes=60)

    assert on(schedule, DAY, closed) == ["00:00", "01:00", "22:00"]
    assert on(schedule, NEXT, closed) == ["01:00", "22:00", "23:00"]


def test_extra_hours_come_on_top() -> None:
    evening = exception(DAY, "extra", schedule_id=SCHEDULE, start_time=time(18), end_time=time(19))

    assert on(rota(), DAY, [evening]) == [*MORNING, "18:00", "18:30"]


def test_extra_hours_may_fall_on_a_day_without_a_shift() -> None:
    mondays = rota(recurrence="FREQ=WEEKLY;BYDAY=MO")
    added = exception(DAY, "extra", schedule_id=SCHEDULE, start_time=time(9), end_time=time(10))

    assert on(mondays, DAY, [added]) == ["09:00", "09:30"]


def test_extra_hours_that_overlap_the_shift_add_only_the_rest() -> None:
    added = exception(DAY, "extra", schedule_id=SCHEDULE, start_time=time(11), end_time=time(13))

    assert on(rota(), DAY, [added]) == [*MORNING, "12:00", "12:30"]


def test_a_session_is_moved_by_calling_it_off_and_an_extra_one() -> None:
    moved = [
        exception(DAY, schedule_id=SCHEDULE),
        exception(DAY, "extra", schedule_id=SCHEDULE, start_time=time(18), end_time=time(19)),
    ]

    assert on(rota(), DAY, moved) == ["18:00", "18:30"]


def test_someone_who_is_away_gives_no_extra_session() -> None:
    both = [
        exception(DAY),
        exception(DAY, "extra", schedule_id=SCHEDULE, start_time=time(18), end_time=time(19)),
    ]

    assert on(rota(), DAY, both) == []


def test_a_colleague_gives_the_slots_of_a_swapped_day() -> None:
    swapped = [exception(DAY, "swapped", colleague_id=COLLEAGUE)]

    assert on(rota(), DAY, swapped) == []
    assert on(rota(), DAY, swapped, COLLEAGUE) == MORNING
    assert on(rota(), NEXT, swapped) == MORNING


def test_a_slot_across_the_edge_of_a_swap_is_given_by_nobody() -> None:
    swapped = [
        exception(
            DAY,
            "swapped",
            colleague_id=COLLEAGUE,
            start_time=time(10, 15),
            end_time=time(11, 30),
        )
    ]

    assert on(rota(), DAY, swapped) == ["09:00", "09:30", "11:30"]
    assert on(rota(), DAY, swapped, COLLEAGUE) == ["10:30", "11:00"]


def test_a_swap_holds_although_the_one_who_swaps_is_away() -> None:
    both = [exception(DAY), exception(DAY, "swapped", colleague_id=COLLEAGUE)]

    assert on(rota(), DAY, both, COLLEAGUE) == MORNING


def test_a_colleague_who_is_away_does_not_swap() -> None:
    both = [
        exception(DAY, "swapped", colleague_id=COLLEAGUE),
        exception(DAY, practitioner_id=COLLEAGUE, start_time=time(9), end_time=time(11)),
    ]

    assert on(rota(), DAY, both, COLLEAGUE) == ["11:00", "11:30"]
    assert on(rota(), DAY, both, DOCTOR) == []
