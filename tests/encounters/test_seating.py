"""Seats of further staff: given with the booking, and in step with each move."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import directory, scheduling
from app.models import Encounter, EncounterParticipant, Practitioner, PractitionerRole
from app.scheduling import Details, Wanted
from tests.clinic import NOW, Clinic, at, open_clinic

pytestmark = [pytest.mark.anyio, pytest.mark.database]
Seats = dict[str, str]


@pytest.fixture
async def house(database: object) -> Clinic:
    return await open_clinic(database)  # type: ignore[arg-type]


async def interpreter(house: Clinic) -> UUID:
    person_id = uuid4()
    async with house.database.transaction(house.actor) as session:
        session.add(
            Practitioner(
                id=person_id,
                organization_id=house.organization_id,
                given_name="Ines",
                family_name="Costa",
            )
        )
        await session.flush()
        session.add(
            PractitionerRole(
                organization_id=house.organization_id,
                practitioner_id=person_id,
                role="clinician",
                specialty="interpreter",
            )
        )
    return person_id


async def booked(house: Clinic, *with_ids: UUID) -> UUID:
    wanted = Wanted(house.service_id, house.doctor_id, at(9), with_ids=with_ids)
    async with house.database.transaction(house.actor) as session:
        details = Details(house.patient_id)
        return (await scheduling.book(session, wanted, details, now=NOW)).appointment.id


async def move(
    house: Clinic, appointment_id: UUID, to: UUID, *with_ids: UUID, version: int = 1
) -> None:
    wanted = Wanted(house.service_id, to, at(10), with_ids=with_ids)
    async with house.database.transaction(house.actor) as session:
        await scheduling.reschedule(session, appointment_id, wanted, version=version, now=NOW)


async def seats(house: Clinic, appointment_id: UUID) -> Seats:
    """Open seats of staff by name, with what they are to the patient."""
    async with house.database.transaction(house.actor) as session:
        found = await session.scalars(
            select(EncounterParticipant)
            .join(Encounter, Encounter.id == EncounterParticipant.encounter_id)
            .where(
                Encounter.appointment_id == appointment_id,
                EncounterParticipant.role == "clinician",
                EncounterParticipant.removed_at.is_(None),
            )
        )
        return {seat.name: seat.role_label for seat in found}


async def test_everybody_but_the_room_has_a_seat(house: Clinic) -> None:
    async with house.database.transaction(house.actor) as session:
        room = await directory.add_location(session, directory.NewLocation(name="Room 1"))

    visit = await booked(house, house.second_doctor_id, await interpreter(house), room.id)

    assert await seats(house, visit) == {
        "Dr Alex Adams": "",
        "Dr Alex Brown": "",
        "Ines Costa": "interpreter",
    }


async def test_who_is_not_needed_any_more_has_none(house: Clinic) -> None:
    visit = await booked(house, house.second_doctor_id, await interpreter(house))

    await move(house, visit, house.doctor_id)

    assert await seats(house, visit) == {"Dr Alex Adams": ""}


async def test_who_comes_back_has_it_again(house: Clinic) -> None:
    visit = await booked(house, house.second_doctor_id)
    await move(house, visit, house.doctor_id)

    wanted = Wanted(house.service_id, house.doctor_id, at(11), with_ids=(house.second_doctor_id,))
    async with house.database.transaction(house.actor) as session:
        await scheduling.reschedule(session, visit, wanted, version=2, now=NOW)

    assert set(await seats(house, visit)) == {"Dr Alex Adams", "Dr Alex Brown"}


async def test_the_lead_and_a_colleague_change_places(house: Clinic) -> None:
    visit = await booked(house, house.second_doctor_id)

    await move(house, visit, house.second_doctor_id, house.doctor_id)

    assert set(await seats(house, visit)) == {"Dr Alex Adams", "Dr Alex Brown"}


async def test_somebody_new_takes_the_seat_of_who_leaves(house: Clinic) -> None:
    visit = await booked(house, house.second_doctor_id)

    await move(house, visit, house.doctor_id, await interpreter(house))

    assert await seats(house, visit) == {"Dr Alex Adams": "", "Ines Costa": "interpreter"}
