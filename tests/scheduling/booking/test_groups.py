"""Group sessions: places, whose time they take, and who is told what when one cannot be had."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import directory, scheduling
from app.errors import PatientBusy, SlotNotFree
from app.models import Appointment, Occupancy, Schedule
from app.scheduling import Details, Period, Search, Sought, Wanted
from app.scheduling.booking.places import check
from app.scheduling.sweeping import drop_expired_holds
from tests.clinic import NOW, Clinic, at, patient

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def room_id(clinic: Clinic) -> UUID:
    """The doctor takes three at a time, and there is one room."""
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Schedule, clinic.schedule_id)).capacity = 3
        room = await directory.add_location(session, directory.NewLocation(name="Room"))
        return room.id


def place(clinic: Clinic, *with_ids: UUID, start: datetime | None = None) -> Wanted:
    return Wanted(clinic.service_id, clinic.doctor_id, start or at(9), with_ids=with_ids)


async def book(clinic: Clinic, wanted: Wanted, patient_id: UUID | None = None) -> Appointment:
    if patient_id is None:
        patient_id = uuid4()
        async with clinic.database.transaction(clinic.actor) as session:
            session.add(patient(clinic.organization_id, patient_id, patient_id.hex[:8]))
    async with clinic.database.transaction(clinic.actor) as session:
        booking = await scheduling.book(session, wanted, Details(patient_id), now=NOW)
        return booking.appointment


async def cancel(clinic: Clinic, appointment: Appointment) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.cancel(
            session, appointment.id, reason="", version=appointment.version, now=NOW
        )


async def taken(clinic: Clinic, actor_id: UUID) -> Sequence[Occupancy]:
    async with clinic.database.transaction(clinic.actor) as session:
        found = await session.scalars(select(Occupancy).where(Occupancy.actor_id == actor_id))
        return found.all()


async def test_a_groups_room_is_taken_once_and_by_nobody_else(
    clinic: Clinic, room_id: UUID
) -> None:
    await book(clinic, place(clinic, room_id))
    await book(clinic, place(clinic, room_id))

    async with clinic.database.transaction(clinic.actor) as session:
        assert not (await check(session, place(clinic), now=NOW)).was_taken
    with pytest.raises(SlotNotFree):
        await book(clinic, replace(place(clinic, room_id), practitioner_id=clinic.second_doctor_id))
    assert len(await taken(clinic, room_id)) == 1


async def test_a_taken_room_refuses_the_place_and_the_place_is_left(
    clinic: Clinic, room_id: UUID
) -> None:
    await book(clinic, place(clinic))
    await book(clinic, replace(place(clinic, room_id), practitioner_id=clinic.second_doctor_id))

    with pytest.raises(SlotNotFree):
        await book(clinic, place(clinic, room_id))

    await book(clinic, place(clinic))
    await book(clinic, place(clinic))
    with pytest.raises(SlotNotFree):
        await book(clinic, place(clinic))


async def test_somebody_who_joins_later_brings_the_room(clinic: Clinic, room_id: UUID) -> None:
    await book(clinic, place(clinic))
    await book(clinic, place(clinic, room_id))

    assert len(await taken(clinic, room_id)) == 1


async def test_the_room_is_free_when_nobody_left_is_booked_with_it(
    clinic: Clinic, room_id: UUID
) -> None:
    await book(clinic, place(clinic))
    first, second = [await book(clinic, place(clinic, room_id)) for _ in range(2)]

    await cancel(clinic, first)
    assert len(await taken(clinic, room_id)) == 1
    await cancel(clinic, second)

    assert await taken(clinic, room_id) == []
    assert len(await taken(clinic, clinic.doctor_id)) == 1


async def test_a_place_moves_and_its_room_with_it(clinic: Clinic, room_id: UUID) -> None:
    moved = await book(clinic, place(clinic, room_id))
    later = place(clinic, room_id, start=at(10))

    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.reschedule(session, moved.id, later, version=moved.version, now=NOW)

    assert [each.starts_at for each in await taken(clinic, room_id)] == [at(10)]


async def test_a_hold_that_ran_out_gives_the_room_back(clinic: Clinic, room_id: UUID) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.hold(
            session, place(clinic, room_id), lifetime=timedelta(minutes=5), now=NOW
        )
    await drop_expired_holds(clinic.database, NOW + timedelta(minutes=6))

    assert await taken(clinic, room_id) == []


async def test_a_patient_of_the_group_is_told_so_and_not_that_it_is_full(
    clinic: Clinic, room_id: UUID
) -> None:
    await book(clinic, place(clinic, room_id), clinic.patient_id)

    with pytest.raises(PatientBusy):
        await book(clinic, place(clinic, room_id), clinic.patient_id)


async def test_the_first_available_place_is_beside_those_in_the_room(
    clinic: Clinic, room_id: UUID
) -> None:
    await book(clinic, place(clinic, room_id))
    day = Period(at(0), at(0) + timedelta(days=1))
    only = frozenset({clinic.doctor_id})
    sought = Sought(day, Search(clinic.service_id), only, (room_id,))

    async with clinic.database.transaction(clinic.actor) as session:
        details = Details(clinic.patient_id)
        booking = await scheduling.book_first(session, sought, details, now=NOW)

    assert booking.appointment.start == at(9)
