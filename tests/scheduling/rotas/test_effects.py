"""What a change of rotas does to bookings: found, named, kept on purpose, and never missed."""

import asyncio
from datetime import date, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app import scheduling
from app.database import Database
from app.errors import BookingsAffected, InvalidInput
from app.models import Appointment, Schedule
from app.scheduling import Details, OneOff, Rota, Wanted
from app.scheduling.rotas.locking import lock_rotas
from tests.clinic import MONDAY, NOW, Clinic, at
from tests.scheduling.rotas.events import events_of

pytestmark = [pytest.mark.anyio, pytest.mark.database]
TICK = 0.01
"""Seconds between two looks at the locks."""


def rota(clinic: Clinic, **other: object) -> Rota:
    values: dict[str, object] = {
        "practitioner_id": clinic.doctor_id,
        "service_id": clinic.service_id,
        "weekdays": [1, 2, 3, 4, 5],
        "start_time": time(9),
        "end_time": time(12),
        "valid_from": date(2026, 1, 1),
    }
    return Rota.model_validate(values | other)


async def book(clinic: Clinic, hour: int = 9, minute: int = 0) -> Appointment:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(hour, minute))
    async with clinic.database.transaction(clinic.actor) as session:
        booking = await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)
    return booking.appointment


async def affected(clinic: Clinic, planned: Rota) -> list[UUID]:
    async with clinic.database.transaction(clinic.actor) as session:
        plan = await scheduling.plan_schedule(
            session, planned, instead_of=clinic.schedule_id, first_day=MONDAY, weeks=1, now=NOW
        )
    return [one.appointment.id for one in plan.affected]


@pytest.mark.parametrize(
    "other",
    [
        {"start_time": time(9, 15)},
        {"weekdays": [2]},
        {"valid_from": date(2026, 11, 24)},
        {"valid_to": date(2026, 11, 22)},
        {"breaks": [(time(9), time(9, 15))]},
        {"channel": "telephone"},
        {"time_zone": "Europe/Paris", "end_time": time(9, 30)},
    ],
)
async def test_a_booking_that_would_lose_its_slot_is_named(
    clinic: Clinic, other: dict[str, object]
) -> None:
    booked = await book(clinic)

    assert await affected(clinic, rota(clinic, **other)) == [booked.id]


@pytest.mark.parametrize(
    "other", [{}, {"end_time": time(17)}, {"slot_minutes": 5}, {"notice_minutes": 525600}]
)
async def test_a_booking_that_stays_inside_is_not(clinic: Clinic, other: dict[str, object]) -> None:
    await book(clinic)

    assert await affected(clinic, rota(clinic, **other)) == []


async def test_another_rota_that_offers_the_time_saves_the_booking(clinic: Clinic) -> None:
    await book(clinic)
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.add_schedule(session, rota(clinic, end_time=time(10)))

    assert await affected(clinic, rota(clinic, start_time=time(10))) == []


async def test_saving_is_refused_and_nothing_has_changed(clinic: Clinic) -> None:
    booked = await book(clinic)

    with pytest.raises(BookingsAffected) as refusal:
        async with clinic.database.transaction(clinic.actor) as session:
            await scheduling.replace_schedule(
                session, clinic.schedule_id, rota(clinic, weekdays=[2]), version=1, now=NOW
            )

    assert [one.id for one in refusal.value.bookings] == [booked.id]
    async with clinic.database.transaction(clinic.actor) as session:
        assert (await scheduling.find_schedule(session, clinic.schedule_id)).version == 1


async def test_a_kept_booking_is_marked_and_told_and_not_asked_about_again(clinic: Clinic) -> None:
    booked = await book(clinic)
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.replace_schedule(
            session,
            clinic.schedule_id,
            rota(clinic, weekdays=[2]),
            version=1,
            now=NOW,
            keep_bookings=True,
        )
    told = [event.event for event in await events_of(clinic)]
    async with clinic.database.transaction(clinic.actor) as session:
        kept = await session.get_one(Appointment, booked.id)
        await scheduling.end_schedule(session, clinic.schedule_id, version=2, now=NOW)

    assert (kept.outside_schedule, kept.version, kept.sequence) == (True, 2, 0)
    assert told == ["appointment.booked", "appointment.changed", "schedule.changed"]


async def test_a_hold_counts_until_it_runs_out(clinic: Clinic) -> None:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    async with clinic.database.transaction(clinic.actor) as session:
        held = await scheduling.hold(session, wanted, lifetime=at(9) - NOW, now=NOW)

    planned = rota(clinic, weekdays=[2])

    assert await affected(clinic, planned) == [held.id]


async def test_a_swap_and_its_end_both_ask_about_bookings(clinic: Clinic) -> None:
    own = await book(clinic)
    swap = OneOff(
        kind="swapped",
        day=MONDAY,
        schedule_id=clinic.schedule_id,
        colleague_id=clinic.second_doctor_id,
        start_time=time(9),
        end_time=time(10),
    )
    async with clinic.database.transaction(clinic.actor) as session:
        first = await scheduling.plan_exception(session, swap, now=NOW)
        added = await scheduling.add_exception(session, swap, now=NOW, keep_bookings=True)
    async with clinic.database.transaction(clinic.actor) as session:
        closing = OneOff(kind="closed", day=MONDAY, practitioner_id=clinic.second_doctor_id)
        again = await scheduling.plan_exception(session, closing, now=NOW)
        await scheduling.remove_exception(session, added.id, version=1, now=NOW)

    assert [one.appointment.id for one in first] == [own.id]
    assert again == []


async def test_removing_an_extra_session_asks_about_its_bookings(clinic: Clinic) -> None:
    extra = OneOff(
        kind="extra",
        day=MONDAY,
        schedule_id=clinic.schedule_id,
        start_time=time(18),
        end_time=time(19),
    )
    async with clinic.database.transaction(clinic.actor) as session:
        added = await scheduling.add_exception(session, extra, now=NOW)
    booked = await book(clinic, 18)

    with pytest.raises(BookingsAffected) as refusal:
        async with clinic.database.transaction(clinic.actor) as session:
            await scheduling.remove_exception(session, added.id, version=1, now=NOW)

    assert [one.id for one in refusal.value.bookings] == [booked.id]


async def test_a_booking_waits_for_a_change_of_rota_and_then_goes_by_the_new_one(
    clinic: Clinic, database_url: str
) -> None:
    other = Database(database_url)
    async with clinic.database.transaction(clinic.actor) as session:
        await lock_rotas(session)
        booking = asyncio.create_task(book_over(other, clinic))
        await until_somebody_waits(clinic)
        await scheduling.replace_schedule(
            session, clinic.schedule_id, rota(clinic, weekdays=[2]), version=1, now=NOW
        )

    with pytest.raises(InvalidInput, match="does not offer"):
        await booking
    await other.close()


async def test_a_change_of_rota_waits_for_a_booking_and_then_names_it(
    clinic: Clinic, database_url: str
) -> None:
    other = Database(database_url)
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
        booking = await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)
        changing = asyncio.create_task(end_over(other, clinic))
        await until_somebody_waits(clinic)

    with pytest.raises(BookingsAffected) as refusal:
        await changing
    assert [one.id for one in refusal.value.bookings] == [booking.appointment.id]
    await other.close()


async def book_over(database: Database, clinic: Clinic) -> None:
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    async with database.transaction(clinic.actor) as session:
        await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)


async def end_over(database: Database, clinic: Clinic) -> None:
    async with database.transaction(clinic.actor) as session:
        await scheduling.end_schedule(session, clinic.schedule_id, version=1, now=NOW)


async def until_somebody_waits(clinic: Clinic) -> None:
    """Until another connection to this database waits for an advisory lock."""
    waiting = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    for _ in range(500):
        async with clinic.database.transaction(clinic.actor) as session:
            if await session.scalar(waiting):
                return
        await asyncio.sleep(TICK)
    raise AssertionError("nobody waited")


async def test_fewer_places_than_are_booked_name_who_booked_last(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Schedule, clinic.schedule_id)).capacity = 3
    first = await book(clinic)
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
    async with clinic.database.transaction(clinic.actor) as session:
        details, later = Details(clinic.second_patient_id), NOW + timedelta(minutes=1)
        last = (await scheduling.book(session, wanted, details, now=later)).appointment

    assert await affected(clinic, rota(clinic, capacity=2)) == []
    assert await affected(clinic, rota(clinic, capacity=1)) == [last.id]
    assert set(await affected(clinic, rota(clinic, start_time=time(9, 15)))) == {first.id, last.id}


async def test_a_day_off_of_somebody_who_takes_part_asks_about_it(clinic: Clinic) -> None:
    away = OneOff(kind="closed", day=MONDAY, practitioner_id=clinic.second_doctor_id)
    with_ids = (clinic.second_doctor_id,)
    wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9), with_ids=with_ids)
    async with clinic.database.transaction(clinic.actor) as session:
        booked = await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)

    with pytest.raises(BookingsAffected) as refused:
        async with clinic.database.transaction(clinic.actor) as session:
            await scheduling.add_exception(session, away, now=NOW)

    assert [one.id for one in refused.value.bookings] == [booked.appointment.id]
