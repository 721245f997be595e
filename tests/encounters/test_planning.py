"""The consultation follows its appointment."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.dialects.postgresql import Range

from app import encounters
from app.models import Appointment, Encounter, EncounterParticipant, Practitioner
from tests.encounters.world import NOON, Planned, Practice, planned

pytestmark = [pytest.mark.anyio, pytest.mark.database]

TOMORROW = NOON + timedelta(days=1)


async def move(house: Practice, visit: Planned, *, to: Practitioner | None = None) -> None:
    async with house.acting(house.staff("scheduler")) as session:
        appointment = await session.get_one(Appointment, visit.appointment_id)
        appointment.during = Range(TOMORROW, TOMORROW + timedelta(minutes=15))
        if to:
            session.add(to)
            await session.flush()
            appointment.practitioner_id = to.id
        await session.flush()
        await encounters.follow_appointment(session, appointment, now=NOON)


async def test_a_moved_appointment_opens_its_door_then_by_the_same_link(house: Practice) -> None:
    visit = await planned(house)

    await move(house, visit)

    async with house.at_the_door() as session:
        found = await encounters.open_link(session, visit.secret, now=TOMORROW)
    assert (found.starts_at, found.opens_at) == (TOMORROW, TOMORROW - timedelta(minutes=30))


async def test_who_waits_for_a_moved_appointment_waits_no_more(house: Practice) -> None:
    visit = await planned(house)
    async with house.as_room() as session:
        await encounters.record_attendance(
            session, visit.encounter_id, visit.patient, "waiting", at=NOON
        )

    await move(house, visit)

    async with house.acting() as session:
        encounter = await session.get_one(Encounter, visit.encounter_id)
        seat = await session.get_one(EncounterParticipant, visit.patient)
    assert (encounter.status, seat.waiting_since) == ("planned", None)


async def test_another_practitioner_gets_the_seat(house: Practice) -> None:
    visit = await planned(house)
    colleague = Practitioner(
        id=uuid4(), organization_id=house.organization_id, given_name="Ben", family_name="Hale"
    )

    await move(house, visit, to=colleague)

    async with house.acting() as session:
        seat = await session.get_one(EncounterParticipant, visit.clinician)
    assert (seat.practitioner_id, seat.name) == (colleague.id, "Ben Hale")


async def test_a_cancelled_appointment_takes_its_consultation_along(house: Practice) -> None:
    visit = await planned(house)

    async with house.acting() as session:
        appointment = await session.get_one(Appointment, visit.appointment_id)
        await encounters.cancel_for_appointment(session, appointment, now=NOON)

    async with house.at_the_door() as session:
        found = await encounters.open_link(session, visit.secret, now=NOON)
        encounter = await session.get_one(Encounter, visit.encounter_id)
    assert (found.stage, encounter.status) == ("over", "cancelled")
