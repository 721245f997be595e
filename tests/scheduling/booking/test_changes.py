"""Moving, cancelling and marking appointments."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import scheduling
from app.errors import (
    Conflict,
    InvalidTransition,
    PatientBusy,
    ResourceNotFound,
    SlotNotFree,
    StaleVersion,
)
from app.models import Appointment, AuditEvent, Encounter, OutboxEvent
from app.scheduling import Details, Mark, Wanted
from tests.clinic import NOW, Clinic, at, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]


def wanted(clinic: Clinic, start: datetime) -> Wanted:
    return Wanted(clinic.service_id, clinic.doctor_id, start)


async def booked(clinic: Clinic, start: datetime, patient_id: UUID | None = None) -> Appointment:
    async with clinic.database.transaction(clinic.actor) as session:
        details = Details(patient_id or clinic.patient_id)
        booking = await scheduling.book(session, wanted(clinic, start), details, now=NOW)
        return booking.appointment


async def move(
    clinic: Clinic, appointment_id: UUID, to: Wanted, version: int = 1, now: datetime = NOW
) -> Appointment:
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.reschedule(session, appointment_id, to, version=version, now=now)


async def cancel(
    clinic: Clinic, appointment_id: UUID, version: int = 1, now: datetime = NOW
) -> Appointment:
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.cancel(
            session, appointment_id, reason="Better", version=version, now=now
        )


async def mark(
    clinic: Clinic, appointment_id: UUID, status: Mark, version: int = 1, now: datetime = NOW
) -> Appointment:
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.mark(session, appointment_id, status, version=version, now=now)


async def test_moving_keeps_the_appointment_and_its_consultation(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))
    to = replace(wanted(clinic, at(10)), practitioner_id=clinic.second_doctor_id)

    after = await move(clinic, before.id, to)

    async with clinic.database.transaction(clinic.actor) as session:
        encounter = await session.scalar(select(Encounter))
        event = await session.scalar(
            select(OutboxEvent).where(OutboxEvent.event == "appointment.changed")
        )
    assert (after.id, after.start, after.version) == (before.id, at(10), 2)
    assert (after.practitioner_id, after.wall_start) == (
        clinic.second_doctor_id,
        "2026-11-23T10:00:00",
    )
    assert encounter is not None
    assert (encounter.planned_start, encounter.practitioner_id) == (
        at(10),
        clinic.second_doctor_id,
    )
    assert event is not None
    assert {f"practitioner:{clinic.doctor_id}", f"practitioner:{clinic.second_doctor_id}"} < set(
        event.audience
    )


async def test_moving_by_less_than_its_length_does_not_conflict_with_itself(
    clinic: Clinic,
) -> None:
    before = await booked(clinic, at(9))

    assert (await move(clinic, before.id, wanted(clinic, at(9, 5)))).start == at(9, 5)


async def test_moving_to_where_it_is_changes_nothing(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))

    after = await move(clinic, before.id, wanted(clinic, at(9)))

    async with clinic.database.transaction(clinic.actor) as session:
        events = (await session.scalars(select(OutboxEvent.event))).all()
        deeds = (await session.scalars(select(AuditEvent.what))).all()
    assert (after.version, after.sequence) == (before.version, before.sequence)
    assert "appointment.changed" not in events
    assert "Moved an appointment" not in deeds


async def test_the_same_time_with_somebody_else_too_is_a_move(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))
    to = replace(wanted(clinic, at(9)), with_ids=(clinic.second_doctor_id,))

    after = await move(clinic, before.id, to)

    assert (after.version, after.sequence) == (before.version + 1, before.sequence + 1)


async def test_moving_to_a_taken_time_changes_nothing(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))
    await booked(clinic, at(10), clinic.second_patient_id)

    with pytest.raises(SlotNotFree) as refusal:
        await move(clinic, before.id, wanted(clinic, at(10)))

    async with clinic.database.transaction(clinic.actor) as session:
        assert (await session.get_one(Appointment, before.id)).start == at(9)
    assert refusal.value.next_free[0].start == at(10)


async def test_moving_to_where_the_patient_is_busy_is_refused(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))
    await booked(clinic, at(10))
    to = replace(wanted(clinic, at(10)), practitioner_id=clinic.second_doctor_id)

    with pytest.raises(PatientBusy):
        await move(clinic, before.id, to)


async def test_moving_onto_a_hold_that_ran_out_succeeds(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))
    async with clinic.database.transaction(clinic.actor) as session:
        lifetime = timedelta(minutes=1)
        await scheduling.hold(session, wanted(clinic, at(10)), lifetime=lifetime, now=NOW)

    later = NOW + timedelta(minutes=1)

    assert (await move(clinic, before.id, wanted(clinic, at(10)), now=later)).start == at(10)


async def test_two_appointments_that_change_places_do_not_wait_for_each_other(
    clinic: Clinic,
) -> None:
    first = await booked(clinic, at(9))
    second = await booked(clinic, at(10), clinic.second_patient_id)

    outcomes = await asyncio.gather(
        move(clinic, first.id, wanted(clinic, at(10))),
        move(clinic, second.id, wanted(clinic, at(9))),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [SlotNotFree, SlotNotFree]


async def test_of_many_who_move_to_one_time_one_succeeds(clinic: Clinic) -> None:
    times = [at(9, minutes) for minutes in (0, 15, 30, 45)] + [at(10), at(10, 15)]
    appointments = [await booked(clinic, start) for start in times]

    outcomes = await asyncio.gather(
        *(move(clinic, each.id, wanted(clinic, at(11))) for each in appointments),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "Appointment",
        *["SlotNotFree"] * 5,
    ]


async def test_a_stale_version_changes_nothing(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))

    with pytest.raises(StaleVersion):
        await move(clinic, before.id, wanted(clinic, at(10)), version=2)
    with pytest.raises(StaleVersion):
        await cancel(clinic, before.id, version=2)
    with pytest.raises(StaleVersion):
        await mark(clinic, before.id, "arrived", version=2)


async def test_a_cancelled_time_is_free_again(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))

    cancelled = await cancel(clinic, before.id)
    again = await booked(clinic, at(9))

    assert (cancelled.status, cancelled.cancellation_reason) == ("cancelled", "Better")
    assert again.status == "booked"


async def test_cancelling_calls_the_consultation_off(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))

    await cancel(clinic, before.id)

    async with clinic.database.transaction(clinic.actor) as session:
        assert await session.scalar(select(Encounter.status)) == "cancelled"
        audited = await session.scalars(
            select(AuditEvent.what).where(AuditEvent.resource == "Appointment")
        )
        assert set(audited) == {"Booked an appointment", "Cancelled an appointment"}


async def test_what_is_over_is_neither_moved_nor_cancelled(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))

    with pytest.raises(Conflict):
        await cancel(clinic, before.id, now=at(9, 15))
    with pytest.raises(Conflict):
        await move(clinic, before.id, wanted(clinic, at(10)), now=at(9, 15))

    await cancel(clinic, before.id)
    with pytest.raises(Conflict):
        await cancel(clinic, before.id, version=2)


async def test_arriving_and_having_not_arrived_after_all(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))

    arrived = await mark(clinic, before.id, "arrived", now=at(8, 50))
    back = await mark(clinic, before.id, "booked", version=arrived.version, now=at(8, 51))

    assert (arrived.status, back.status, back.version) == ("arrived", "booked", 3)


@pytest.mark.parametrize("now", [NOW, at(23, 59, day=22), at(0, day=24)])
async def test_nobody_arrives_on_another_day(clinic: Clinic, now: datetime) -> None:
    before = await booked(clinic, at(9))

    with pytest.raises(Conflict, match="on the day of the appointment only"):
        await mark(clinic, before.id, "arrived", now=now)

    assert (await mark(clinic, before.id, "arrived", now=at(0))).status == "arrived"


async def test_nobody_has_failed_to_come_before_the_time(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))

    with pytest.raises(Conflict):
        await mark(clinic, before.id, "noshow", now=at(8, 59))

    assert (await mark(clinic, before.id, "noshow", now=at(9))).status == "noshow"
    with pytest.raises(InvalidTransition):
        await mark(clinic, before.id, "noshow", version=2, now=at(9))


async def test_another_organisations_appointment_is_not_found(clinic: Clinic) -> None:
    other = await open_clinic(clinic.database)
    theirs = await booked(other, at(9))

    for deed in (
        move(clinic, theirs.id, wanted(clinic, at(10))),
        cancel(clinic, theirs.id),
        mark(clinic, theirs.id, "arrived"),
        move(clinic, uuid4(), wanted(clinic, at(10))),
    ):
        with pytest.raises(ResourceNotFound):
            await deed
    with pytest.raises(ResourceNotFound):
        async with clinic.database.transaction(clinic.actor) as session:
            await scheduling.read_appointment(session, theirs.id)


async def test_another_link_is_a_change_that_is_announced(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))

    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.renew_link(session, before.id, version=1, now=NOW)

    async with clinic.database.transaction(clinic.actor) as session:
        payload = await session.scalar(
            select(OutboxEvent.payload).where(OutboxEvent.event == "appointment.changed")
        )
    assert payload is not None
    assert payload["version"] == 2


async def test_reading_an_appointment_is_audited(clinic: Clinic) -> None:
    before = await booked(clinic, at(9))

    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.read_appointment(session, before.id)

    async with clinic.database.transaction(clinic.actor) as session:
        read = await session.scalar(select(AuditEvent).where(AuditEvent.action == "R"))
    assert read is not None
    assert (read.resource_id, read.patient_id) == (str(before.id), clinic.patient_id)
