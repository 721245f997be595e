"""A patient with a link: sees, moves and cancels their own appointment within the rules."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app import scheduling
from app.errors import ChangeNotAllowed, Conflict, Forbidden, SlotNotFree, StaleVersion
from app.identity import Actor, Principal
from app.models import (
    Appointment,
    Encounter,
    EncounterParticipant,
    HealthcareService,
    Location,
    Occupancy,
)
from app.scheduling import self_service
from tests.clinic import NOW, Clinic, at

pytestmark = [pytest.mark.anyio, pytest.mark.database]
TOO_LATE = datetime(2026, 11, 22, 17, tzinfo=UTC)


@dataclass(frozen=True)
class Visit:
    """An appointment at nine on Monday, and its patient."""

    clinic: Clinic
    appointment: Appointment
    patient: Principal

    @property
    def actor(self) -> Actor:
        return Actor.of(self.patient)


@pytest.fixture
async def visit(clinic: Clinic) -> Visit:
    wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
    async with clinic.database.transaction(clinic.actor) as session:
        booking = await scheduling.book(
            session, wanted, scheduling.Details(clinic.patient_id), now=NOW
        )
        seat = await session.scalar(
            select(EncounterParticipant)
            .join(Encounter, Encounter.id == EncounterParticipant.encounter_id)
            .where(
                Encounter.appointment_id == booking.appointment.id,
                EncounterParticipant.role == "patient",
            )
        )
    assert seat is not None
    patient = Principal(
        kind="patient",
        subject=seat.id,
        organization_id=clinic.organization_id,
        name="Kim Young",
        patient_id=clinic.patient_id,
        encounter_id=seat.encounter_id,
        participant_id=seat.id,
    )
    return Visit(clinic, booking.appointment, patient)


async def mine(visit: Visit, now: datetime = NOW) -> self_service.MyBooking:
    async with visit.clinic.database.transaction(visit.actor) as session:
        return await self_service.my_booking(session, now=now)


async def move(
    visit: Visit, start: datetime, *, now: datetime = NOW, version: int = 1
) -> Appointment:
    async with visit.clinic.database.transaction(visit.actor) as session:
        return await self_service.move_mine(
            session, visit.clinic.second_doctor_id, start, version=version, now=now
        )


async def test_a_patient_sees_their_appointment_and_until_when_it_can_be_changed(
    visit: Visit,
) -> None:
    found = await mine(visit)

    assert found.appointment.id == visit.appointment.id
    assert (found.why_not_move, found.why_not_cancel, found.deadline) == ("", "", TOO_LATE)


async def test_a_patient_sees_the_room_that_is_booked_with_it(visit: Visit) -> None:
    room = Location(name="Room 3", organization_id=visit.clinic.organization_id)
    async with visit.clinic.database.transaction(visit.clinic.actor) as session:
        session.add(room)
        await session.flush()
        await session.execute(
            update(Appointment)
            .where(Appointment.id == visit.appointment.id)
            .values(with_ids=[room.id])
        )

    assert (await mine(visit)).rooms == ("Room 3",)


async def test_staff_have_none_of_their_own(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        with pytest.raises(Forbidden):
            await self_service.my_booking(session, now=NOW)


async def test_free_times_are_of_the_same_service_and_of_anybody(visit: Visit) -> None:
    async with visit.clinic.database.transaction(visit.actor) as session:
        times = await self_service.my_free_times(session, at(9), now=NOW)

    assert {slot.practitioner_id for slot in times} == {
        visit.clinic.doctor_id,
        visit.clinic.second_doctor_id,
    }
    assert all(slot.service_id == visit.clinic.service_id for slot in times)
    assert (at(9), visit.clinic.doctor_id) not in {
        (slot.start, slot.practitioner_id) for slot in times
    }


async def test_free_times_are_free_for_the_patient_and_for_the_room(visit: Visit) -> None:
    clinic, appointment = visit.clinic, visit.appointment
    room = Location(organization_id=clinic.organization_id, name="Room 1")
    async with clinic.database.transaction(clinic.actor) as session:
        session.add(room)
        await session.flush()
        with_room = scheduling.Wanted(
            clinic.service_id, clinic.doctor_id, at(9), with_ids=(room.id,)
        )
        await scheduling.reschedule(session, appointment.id, with_room, version=1, now=NOW)
        theirs = replace(with_room, practitioner_id=clinic.second_doctor_id, start=at(9, 15))
        other = scheduling.Details(clinic.second_patient_id)
        await scheduling.book(session, theirs, other, now=NOW)
        own = replace(theirs, start=at(9, 30), with_ids=())
        await scheduling.book(session, own, scheduling.Details(clinic.patient_id), now=NOW)

    async with clinic.database.transaction(visit.actor) as session:
        found = await self_service.my_free_times(session, at(9), now=NOW)

    assert {slot.start for slot in found if slot.start < at(10)} == {at(9), at(9, 45)}


async def test_moving_keeps_the_link_and_counts(visit: Visit) -> None:
    moved = await move(visit, at(10))

    assert (moved.start, moved.practitioner_id) == (at(10), visit.clinic.second_doctor_id)
    assert (moved.moves_by_patient, moved.sequence, moved.version) == (1, 1, 2)
    assert (await mine(visit)).appointment.start == at(10)


async def test_a_taken_time_is_refused_and_the_present_one_kept(visit: Visit) -> None:
    clinic = visit.clinic
    wanted = scheduling.Wanted(clinic.service_id, clinic.second_doctor_id, at(10))
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.book(
            session, wanted, scheduling.Details(clinic.second_patient_id), now=NOW
        )

    async with clinic.database.transaction(visit.actor) as session:
        with pytest.raises(SlotNotFree):
            await self_service.move_mine(
                session, clinic.second_doctor_id, at(10), version=1, now=NOW
            )

    async with clinic.database.transaction(clinic.actor) as session:
        kept = await session.get_one(Appointment, visit.appointment.id)
        taken = await session.scalars(
            select(Occupancy).where(Occupancy.appointment_id == visit.appointment.id)
        )
        assert (kept.start, kept.moves_by_patient) == (at(9), 0)
        assert {row.actor_id for row in taken} == {clinic.doctor_id, clinic.patient_id}


async def test_too_late_is_refused_with_whom_to_ring(visit: Visit) -> None:
    with pytest.raises(ChangeNotAllowed) as refusal:
        await move(visit, at(10), now=TOO_LATE)

    assert "too late" in refusal.value.detail
    assert "phone" in refusal.value.extensions()


async def test_a_version_that_is_not_the_present_one_is_refused(visit: Visit) -> None:
    with pytest.raises(StaleVersion):
        await move(visit, at(10), version=7)


async def test_cancelling_frees_the_time_and_says_who_did(visit: Visit) -> None:
    async with visit.clinic.database.transaction(visit.actor) as session:
        await self_service.cancel_mine(session, reason="", version=1, now=NOW)

    async with visit.clinic.database.transaction(visit.clinic.actor) as session:
        cancelled = await session.get_one(Appointment, visit.appointment.id)
        taken = await session.scalar(
            select(Occupancy).where(Occupancy.appointment_id == visit.appointment.id)
        )
    assert (cancelled.status, cancelled.cancellation_code) == ("cancelled", "patient")
    assert taken is None


async def test_a_service_can_keep_changes_to_the_phone(visit: Visit) -> None:
    async with visit.clinic.database.transaction(visit.clinic.actor) as session:
        await session.execute(update(HealthcareService).values(patients_may_change=False))

    with pytest.raises(ChangeNotAllowed, match="by phone"):
        await move(visit, at(10))


async def test_a_call_back_is_asked_for_and_withdrawn(visit: Visit) -> None:
    late = at(9, 20)
    async with visit.clinic.database.transaction(visit.actor) as session:
        await self_service.ask_call_back(session, "07700 900100", now=late)
    asked = (await mine(visit, late)).appointment
    async with visit.clinic.database.transaction(visit.actor) as session:
        await self_service.withdraw_call_back(session)
    withdrawn = (await mine(visit, late)).appointment

    assert (asked.call_back_phone, asked.call_back_asked_at) == ("07700 900100", late)
    assert (withdrawn.call_back_phone, withdrawn.call_back_asked_at) == ("", None)


async def test_nobody_is_rung_about_what_is_over(visit: Visit) -> None:
    async with visit.clinic.database.transaction(visit.actor) as session:
        await self_service.cancel_mine(session, reason="", version=1, now=NOW)

    async with visit.clinic.database.transaction(visit.actor) as session:
        with pytest.raises(Conflict):
            await self_service.ask_call_back(session, "07700 900100", now=at(9) + timedelta(1))
