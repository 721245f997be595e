"""A no-show that is taken back."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import scheduling
from app.errors import Conflict, InvalidInput, SlotNotFree
from app.models import Appointment, AuditEvent, GroupSession, Occupancy, OutboxEvent, Schedule
from app.scheduling import Details, Mark, Wanted
from tests.clinic import NOW, Clinic, at

pytestmark = [pytest.mark.anyio, pytest.mark.database]
LATE = at(9, 5)
WHY = "Sat in the other waiting room"


async def missed(clinic: Clinic) -> Appointment:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
        booking = await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.mark(session, booking.appointment.id, "noshow", version=1, now=LATE)


async def take_back(
    clinic: Clinic,
    appointment: Appointment,
    status: Mark = "arrived",
    *,
    reason: str = WHY,
    now: datetime = LATE,
) -> Appointment:
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.mark(
            session, appointment.id, status, version=2, now=now, reason=reason
        )


async def occupied(clinic: Clinic) -> int:
    async with clinic.database.transaction(clinic.actor) as session:
        return await session.scalar(select(func.count()).select_from(Occupancy)) or 0


async def status_of(clinic: Clinic, appointment: Appointment) -> str:
    async with clinic.database.transaction(clinic.actor) as session:
        return (await session.get_one(Appointment, appointment.id)).status


@pytest.mark.parametrize("status", ["arrived", "booked"])
async def test_a_mistaken_noshow_takes_its_time_again(clinic: Clinic, status: Mark) -> None:
    appointment = await missed(clinic)
    freed = await occupied(clinic)

    back = await take_back(clinic, appointment, status)

    assert (back.status, back.version, freed) == (status, 3, 0)
    assert await occupied(clinic) == 2  # the doctor's and the patient's


async def test_it_is_on_record_with_the_reason_and_announced(clinic: Clinic) -> None:
    await take_back(clinic, await missed(clinic))

    async with clinic.database.transaction(clinic.actor) as session:
        deeds = (await session.scalars(select(AuditEvent.what))).all()
        told = await session.scalars(select(OutboxEvent.payload))
    assert f"Marked an appointment arrived after a no-show: {WHY}" in deeds
    assert "arrived" in {payload.get("status") for payload in told}


async def test_it_needs_a_reason(clinic: Clinic) -> None:
    appointment = await missed(clinic)

    async with clinic.database.transaction(clinic.actor) as session:
        with pytest.raises(InvalidInput, match="why"):  # and what was done is kept
            await scheduling.mark(session, appointment.id, "arrived", version=2, now=LATE)

    assert await status_of(clinic, appointment) == "noshow"


async def test_it_stands_once_the_local_day_is_over(clinic: Clinic) -> None:
    appointment = await missed(clinic)

    with pytest.raises(Conflict, match="on the day"):
        await take_back(clinic, appointment, now=at(9) + timedelta(hours=15))

    assert (await take_back(clinic, appointment, now=at(23, 59))).status == "arrived"


async def test_time_that_somebody_else_has_by_now_stays_theirs(clinic: Clinic) -> None:
    appointment = await missed(clinic)
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = Wanted(
            *(clinic.service_id, clinic.doctor_id, at(9, 10), at(9, 20)), outside_schedule=True
        )
        await scheduling.book(session, wanted, Details(clinic.second_patient_id), now=LATE)

    async with clinic.database.transaction(clinic.actor) as session:
        with pytest.raises(SlotNotFree):
            await scheduling.mark(
                session, appointment.id, "arrived", version=2, now=LATE, reason=WHY
            )

    assert await status_of(clinic, appointment) == "noshow"


async def test_a_place_in_a_group_is_counted_again(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        schedules = await session.scalars(
            select(Schedule).where(Schedule.practitioner_id == clinic.doctor_id)
        )
        for schedule in schedules:
            schedule.capacity = 3
    appointment = await missed(clinic)

    await take_back(clinic, appointment)

    async with clinic.database.transaction(clinic.actor) as session:
        assert await session.scalar(select(GroupSession.taken)) == 1
