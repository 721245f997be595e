"""Moving and cancelling this occurrence, this and what follows, or all to come."""

import asyncio
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict, InvalidInput, ResourceNotFound, SeriesConflict, StaleVersion
from app.models import Appointment, AppointmentSeries, Occupancy, OutboxEvent
from app.scheduling.booking import Wanted, mark, reschedule
from app.scheduling.booking import cancel as cancel_one
from app.scheduling.series import ChangedSeries, Shift
from tests.clinic import MONDAY, NOW, Clinic, at
from tests.scheduling.series.world import book_series, cancel, do, move, new, read, take, walls

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SECOND, THIRD = MONDAY + timedelta(days=7), MONDAY + timedelta(days=14)
TEN = ["2026-11-23", "2026-11-30", "2026-12-07", "2026-12-14"]
AFTER_FIRST = at(12)


def on(hour: str, *days: str) -> list[str]:
    return [f"{day}T{hour}:00" for day in days]


async def by_hand(clinic: Clinic, series_id: object, day: date, start: datetime) -> Appointment:
    """One occurrence is moved on its own."""

    async def deed(session: AsyncSession) -> Appointment:
        found = await session.scalars(
            select(Appointment).where(
                Appointment.series_id == series_id, Appointment.series_day == day
            )
        )
        present = found.one()
        wanted = Wanted(present.service_id, present.practitioner_id, start)
        return await reschedule(session, present.id, wanted, version=present.version, now=NOW)

    return await do(clinic, deed)


async def taken(clinic: Clinic) -> int:
    async def deed(session: AsyncSession) -> int:
        return len((await session.scalars(select(Occupancy.id))).all())

    return await do(clinic, deed)


async def test_all_move_to_another_time_on_the_wall(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    changed = await move(clinic, series, Shift(wall_time=time(11, 15)))

    assert await walls(clinic, series.id) == on("11:15", *TEN)
    assert (changed.series.id, changed.series.wall_time) == (series.id, "11:15")
    assert changed.series.version == series.version + 1
    assert all(each.is_done for each in changed.results)
    assert await taken(clinic) == 8


async def test_all_move_to_another_weekday(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    changed = await move(clinic, series, Shift(days=2))

    wednesdays = ["2026-11-25", "2026-12-02", "2026-12-09", "2026-12-16"]
    assert await walls(clinic, series.id) == on("10:00", *wednesdays)
    entry = await read(clinic, series.id)
    assert [f"{each.series_day}" for each in entry.appointments] == wednesdays
    assert changed.series.first_day == MONDAY + timedelta(days=2)


@pytest.mark.parametrize("days", [1, -1])
async def test_a_daily_series_moves_into_its_own_times(clinic: Clinic, days: int) -> None:
    tuesday = MONDAY + timedelta(days=1)
    daily = new(clinic, first_day=tuesday, recurrence="FREQ=DAILY;COUNT=3")
    series = (await book_series(clinic, daily)).series

    await move(clinic, series, Shift(days=days))

    moved = [tuesday + timedelta(days=step + days) for step in range(3)]
    assert await walls(clinic, series.id) == on("10:00", *(f"{day}" for day in moved))


@pytest.mark.parametrize("wall", [time(10, 10), time(9, 50)])
async def test_a_series_moves_by_less_than_it_takes(clinic: Clinic, wall: time) -> None:
    wanted = new(clinic, outside_schedule=True, minutes=30, wall_time="10:00")
    series = (await book_series(clinic, wanted)).series

    await move(clinic, series, Shift(wall_time=wall, outside_schedule=True))

    assert await walls(clinic, series.id) == on(f"{wall:%H:%M}", *TEN)


async def test_all_move_to_a_colleague(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    changed = await move(clinic, series, Shift(practitioner_id=clinic.second_doctor_id))

    entry = await read(clinic, series.id)
    assert {each.practitioner_id for each in entry.appointments} == {clinic.second_doctor_id}
    assert changed.series.practitioner_id == clinic.second_doctor_id


async def test_one_moves_and_the_series_stays_as_it_was(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    changed = await move(clinic, series, Shift(days=1, wall_time=time(9)), scope="this", day=SECOND)

    assert [each.day for each in changed.results] == [SECOND]
    assert await walls(clinic, series.id) == [
        "2026-11-23T10:00:00",
        "2026-12-01T09:00:00",
        "2026-12-07T10:00:00",
        "2026-12-14T10:00:00",
    ]
    assert (changed.series.wall_time, changed.series.version) == ("10:00", 2)


async def test_one_of_a_monthly_series_moves_to_another_day(clinic: Clinic) -> None:
    monthly = new(clinic, recurrence="FREQ=MONTHLY;BYDAY=4MO;COUNT=2")
    series = (await book_series(clinic, monthly)).series

    await move(clinic, series, Shift(days=1), scope="this", day=MONDAY)

    assert (await walls(clinic, series.id))[0] == "2026-11-24T10:00:00"
    with pytest.raises(InvalidInput):
        await move(clinic, (await read(clinic, series.id)).series, Shift(days=1))


async def test_this_and_following_splits_the_series(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    changed = await move(clinic, series, Shift(wall_time=time(11)), scope="following", day=THIRD)

    rest = changed.series
    assert rest.id != series.id
    assert await walls(clinic, series.id) == on("10:00", *TEN[:2])
    assert await walls(clinic, rest.id) == on("11:00", *TEN[2:])
    old = (await read(clinic, series.id)).series
    assert old.recurrence == "FREQ=WEEKLY;UNTIL=20261206"
    assert (rest.recurrence, rest.first_day) == ("FREQ=WEEKLY;COUNT=2", THIRD)
    assert (old.version, rest.version) == (2, 1)


async def test_following_from_the_first_is_all_of_it(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    changed = await move(clinic, series, Shift(wall_time=time(11)), scope="following", day=MONDAY)

    assert changed.series.id == series.id
    assert await walls(clinic, series.id) == on("11:00", *TEN)


async def test_what_is_past_is_left_alone(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    changed = await move(clinic, series, Shift(wall_time=time(11)), now=AFTER_FIRST)

    assert [each.kept for each in changed.results] == ["past", None, None, None]
    assert await walls(clinic, series.id) == on("10:00", TEN[0])
    assert await walls(clinic, changed.series.id) == on("11:00", *TEN[1:])
    assert (await read(clinic, series.id)).series.wall_time == "10:00"


async def test_who_has_arrived_is_left_alone(clinic: Clinic) -> None:
    booked = await book_series(clinic)
    first = booked.results[0].booking
    assert first is not None
    await do(
        clinic,
        lambda session: mark(
            session,
            first.appointment.id,
            "arrived",
            version=first.appointment.version,
            now=first.appointment.start,
        ),
    )

    changed = await move(clinic, booked.series, Shift(wall_time=time(11)))

    assert [each.kept for each in changed.results] == ["over", None, None, None]


async def test_what_was_moved_by_hand_or_cancelled_is_left_alone(clinic: Clinic) -> None:
    booked = await book_series(clinic)
    series = booked.series
    await by_hand(clinic, series.id, SECOND, at(9, day=30))
    third = booked.results[2].booking
    assert third is not None
    await do(
        clinic,
        lambda session: cancel_one(
            session, third.appointment.id, reason="", version=third.appointment.version, now=NOW
        ),
    )

    changed = await move(clinic, series, Shift(wall_time=time(11)))

    assert [each.kept for each in changed.results] == [None, "moved", "cancelled", None]
    assert await walls(clinic, series.id) == [
        "2026-11-23T11:00:00",
        "2026-11-30T09:00:00",
        "2026-12-14T11:00:00",
    ]


async def test_what_was_moved_by_hand_comes_along_when_asked(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series
    await by_hand(clinic, series.id, SECOND, at(9, day=30))

    changed = await move(clinic, series, Shift(wall_time=time(11)), include_moved=True)

    assert all(each.is_done for each in changed.results)
    assert await walls(clinic, series.id) == on("11:00", *TEN)


async def test_who_was_left_alone_once_is_left_alone_after_the_series_has_moved(
    clinic: Clinic,
) -> None:
    series = (await book_series(clinic)).series
    await by_hand(clinic, series.id, SECOND, at(9, day=30))
    moved = (await move(clinic, series, Shift(days=1))).series

    again = await move(clinic, moved, Shift(wall_time=time(11)))

    assert [each.kept for each in again.results] == [None, "moved", None, None]


async def test_a_conflict_moves_nothing_and_names_each(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series
    await take(clinic, at(11, day=30))

    with pytest.raises(SeriesConflict) as refusal:
        await move(clinic, series, Shift(wall_time=time(11)))

    [problem] = refusal.value.occurrences
    assert (problem.day, problem.problem) == (SECOND, "taken")
    assert problem.alternatives
    assert await walls(clinic, series.id) == on("10:00", *TEN)


async def test_skipping_moves_the_rest(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series
    await take(clinic, at(11, day=30))

    changed = await move(clinic, series, Shift(wall_time=time(11)), on_conflict="skip")

    assert [each.is_done for each in changed.results] == [True, False, True, True]
    assert await walls(clinic, series.id) == [
        "2026-11-23T11:00:00",
        "2026-11-30T10:00:00",
        "2026-12-07T11:00:00",
        "2026-12-14T11:00:00",
    ]


async def test_where_nothing_could_be_moved_the_series_is_as_it_was(clinic: Clinic) -> None:
    one = new(clinic, recurrence="FREQ=WEEKLY;COUNT=1")
    series = (await book_series(clinic, one)).series
    await take(clinic, at(11))

    changed = await move(clinic, series, Shift(wall_time=time(11)), on_conflict="skip")

    assert changed.series.wall_time == "10:00"


async def test_a_move_outside_the_rota_is_said_or_allowed(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    with pytest.raises(SeriesConflict) as refusal:
        await move(clinic, series, Shift(wall_time=time(18)))
    assert {each.problem for each in refusal.value.occurrences} == {"not-possible"}

    await move(clinic, series, Shift(wall_time=time(18), outside_schedule=True))
    assert await walls(clinic, series.id) == on("18:00", *TEN)


async def test_what_was_kept_outside_the_rota_is_not_moved_outside_it_again_unasked(
    clinic: Clinic,
) -> None:
    wanted = new(clinic, outside_schedule=True, wall_time="18:00")
    series = (await book_series(clinic, wanted)).series

    with pytest.raises(SeriesConflict) as refusal:
        await move(clinic, series, Shift(wall_time=time(19)))
    assert {each.problem for each in refusal.value.occurrences} == {"not-possible"}


async def test_the_patients_own_time_stands_in_the_way(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series
    await take(
        clinic,
        at(11),
        practitioner_id=clinic.second_doctor_id,
        patient_id=clinic.patient_id,
    )

    with pytest.raises(SeriesConflict) as refusal:
        await move(clinic, series, Shift(wall_time=time(11)))
    assert [each.problem for each in refusal.value.occurrences] == ["patient-busy"]


async def test_a_move_into_the_gap_is_reported(clinic: Clinic) -> None:
    wanted = new(
        clinic, first_day=date(2027, 3, 21), recurrence="FREQ=WEEKLY;COUNT=2", wall_time="03:30"
    )
    wanted = wanted.model_copy(update={"outside_schedule": True})
    series = (await book_series(clinic, wanted)).series

    with pytest.raises(SeriesConflict) as refusal:
        await move(clinic, series, Shift(wall_time=time(1, 30), outside_schedule=True))
    assert [(each.day, each.problem) for each in refusal.value.occurrences] == [
        (date(2027, 3, 28), "gap")
    ]


async def test_a_series_moved_over_the_change_keeps_the_new_wall_time(clinic: Clinic) -> None:
    wanted = new(clinic, first_day=date(2027, 3, 22), recurrence="FREQ=WEEKLY;COUNT=2")
    series = (await book_series(clinic, wanted)).series

    changed = await move(clinic, series, Shift(days=1, wall_time=time(9)))

    starts = [each.appointment.start.hour for each in changed.results]
    assert starts == [9, 8]
    assert await walls(clinic, series.id) == on("09:00", "2027-03-23", "2027-03-30")


async def test_all_to_come_are_cancelled(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    changed = await cancel(clinic, series)

    assert all(each.is_done for each in changed.results)
    assert await walls(clinic, series.id) == []
    assert (changed.series.status, await taken(clinic)) == ("cancelled", 0)
    entry = await read(clinic, series.id)
    assert {(each.cancellation_code, each.cancellation_reason) for each in entry.appointments} == {
        ("patient", "Away")
    }


async def test_one_is_cancelled(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    changed = await cancel(clinic, series, scope="this", day=SECOND)

    assert await walls(clinic, series.id, "cancelled") == on("10:00", TEN[1])
    assert (changed.series.status, changed.series.recurrence) == ("active", "FREQ=WEEKLY;COUNT=4")


async def test_this_and_following_are_cancelled_and_the_series_ends_before(
    clinic: Clinic,
) -> None:
    series = (await book_series(clinic)).series

    changed = await cancel(clinic, series, scope="following", day=THIRD)

    assert await walls(clinic, series.id) == on("10:00", *TEN[:2])
    assert changed.series.recurrence == "FREQ=WEEKLY;UNTIL=20261206"


async def test_what_has_been_stays_when_the_rest_is_cancelled(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    changed = await cancel(clinic, series, now=AFTER_FIRST)

    assert [each.kept for each in changed.results] == ["past", None, None, None]
    assert changed.series.status == "active"
    assert changed.series.recurrence == "FREQ=WEEKLY;UNTIL=20261129"


async def test_what_was_moved_by_hand_is_cancelled_when_asked(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series
    await by_hand(clinic, series.id, SECOND, at(9, day=30))

    left = await cancel(clinic, series)
    assert [each.kept for each in left.results] == [None, "moved", None, None]

    rest = await cancel(clinic, left.series, include_moved=True)
    assert rest.series.status == "cancelled"


async def test_a_cancelled_series_cannot_be_changed(clinic: Clinic) -> None:
    series = (await cancel(clinic, (await book_series(clinic)).series)).series

    with pytest.raises(Conflict):
        await move(clinic, series, Shift(wall_time=time(11)))


async def test_a_change_to_another_version_is_refused(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series
    series.version += 1

    with pytest.raises(StaleVersion):
        await move(clinic, series, Shift(wall_time=time(11)))
    with pytest.raises(StaleVersion):
        await cancel(clinic, series)


async def test_a_change_names_an_occurrence_that_is_there(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series
    shift = Shift(wall_time=time(11))

    with pytest.raises(InvalidInput):
        await move(clinic, series, shift, scope="this")
    with pytest.raises(InvalidInput):
        await move(clinic, series, shift, scope="following", day=MONDAY + timedelta(days=1))
    with pytest.raises(InvalidInput):
        await move(clinic, series, Shift())
    with pytest.raises(ResourceNotFound):
        await move(clinic, series, Shift(practitioner_id=uuid4()))


async def test_a_series_that_is_not_there_is_not_found(clinic: Clinic) -> None:
    with pytest.raises(ResourceNotFound):
        await cancel(clinic, AppointmentSeries(id=uuid4(), version=1))


async def test_a_split_tells_where_the_rest_came_from(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series
    changed = await move(clinic, series, Shift(wall_time=time(11)), scope="following", day=THIRD)

    async def events(session: AsyncSession) -> list[OutboxEvent]:
        found = await session.scalars(
            select(OutboxEvent).where(OutboxEvent.event == "series.changed")
        )
        return list(found)

    told = {each.resource_id: each.payload.get("split_from") for each in await do(clinic, events)}
    assert told == {series.id: None, changed.series.id: str(series.id)}


async def test_two_changes_at_once_and_one_is_told_to_read_again(clinic: Clinic) -> None:
    series = (await book_series(clinic)).series

    outcomes = await asyncio.gather(
        move(clinic, series, Shift(wall_time=time(11))),
        move(clinic, series, Shift(wall_time=time(9))),
        cancel(clinic, series),
        return_exceptions=True,
    )

    assert sum(isinstance(each, ChangedSeries) for each in outcomes) == 1
    assert sum(isinstance(each, StaleVersion) for each in outcomes) == 2


async def test_two_series_that_swap_times_do_not_wait_for_each_other(clinic: Clinic) -> None:
    first = (await book_series(clinic)).series
    second = (
        await book_series(
            clinic, new(clinic, patient_id=clinic.second_patient_id, wall_time="11:00")
        )
    ).series

    outcomes = await asyncio.gather(
        move(clinic, first, Shift(wall_time=time(11))),
        move(clinic, second, Shift(wall_time=time(10))),
        return_exceptions=True,
    )

    assert {type(each) for each in outcomes} <= {ChangedSeries, SeriesConflict}
    assert await walls(clinic, first.id) in (on("10:00", *TEN), on("11:00", *TEN))
