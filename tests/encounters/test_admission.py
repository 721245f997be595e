"""Staff come in at once, the others wait; a door once opened stays open."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app import encounters
from app.database import Database
from app.errors import EncounterOver, Forbidden, NotOpenYet, Removed, ResourceNotFound
from app.identity import Principal
from app.models import Encounter, EncounterParticipant, Practitioner
from tests.encounters.world import NOON, Planned, Practice, planned, practice

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def enter(house: Practice, visit: Planned, principal: Principal) -> encounters.Admittance:
    async with house.acting(principal) as session:
        return await encounters.admit(session, principal, visit.encounter_id, now=NOON)


async def let_in(house: Practice, visit: Planned) -> EncounterParticipant:
    async with house.acting() as session:
        return await encounters.let_in(session, visit.encounter_id, visit.patient, now=NOON)


async def status(house: Practice, visit: Planned) -> str:
    async with house.acting() as session:
        return (await session.get_one(Encounter, visit.encounter_id)).status


async def test_the_clinician_comes_in_at_once_and_may_open_the_door(house: Practice) -> None:
    visit = await planned(house)

    seat = await enter(house, visit, house.staff())

    assert (seat.participant_id, seat.role, seat.state) == (
        visit.clinician,
        "clinician",
        "admitted",
    )
    assert (seat.may_admit, seat.may_remove) == (True, True)


async def test_the_patient_waits_and_may_open_nothing(house: Practice) -> None:
    visit = await planned(house)

    seat = await enter(house, visit, visit.patient_principal)

    assert (seat.role, seat.state) == ("patient", "waiting")
    assert (seat.may_admit, seat.may_remove) == (False, False)


async def test_the_patient_who_was_let_in_returns_without_waiting(house: Practice) -> None:
    visit = await planned(house)
    await enter(house, visit, house.staff())
    await let_in(house, visit)

    seat = await enter(house, visit, visit.patient_principal)

    assert seat.state == "admitted"


async def test_it_begins_when_both_are_in(house: Practice) -> None:
    visit = await planned(house)
    await enter(house, visit, house.staff())
    before = await status(house, visit)

    await let_in(house, visit)

    assert (before, await status(house, visit)) == ("planned", "in-progress")


async def test_opening_the_door_again_changes_nothing(house: Practice) -> None:
    visit = await planned(house)
    first = await let_in(house, visit)

    again = await let_in(house, visit)

    assert again.admitted_at == first.admitted_at


async def test_the_waiting_room_is_shut_until_half_an_hour_before(house: Practice) -> None:
    visit = await planned(house, start=NOON + timedelta(minutes=31))

    with pytest.raises(NotOpenYet) as refusal:
        await enter(house, visit, visit.patient_principal)

    assert refusal.value.opens_at == NOON + timedelta(minutes=1)


async def test_nobody_enters_what_is_over(house: Practice) -> None:
    visit = await planned(house)
    async with house.acting() as session:
        (await session.get_one(Encounter, visit.encounter_id)).become("cancelled")

    with pytest.raises(EncounterOver):
        await enter(house, visit, house.staff())
    with pytest.raises(EncounterOver):
        await let_in(house, visit)


async def test_one_who_was_removed_does_not_come_back(house: Practice) -> None:
    visit = await planned(house)
    async with house.acting() as session:
        (await session.get_one(EncounterParticipant, visit.patient)).removed_at = NOON

    with pytest.raises(Removed):
        await enter(house, visit, visit.patient_principal)
    with pytest.raises(Removed):
        await let_in(house, visit)


async def test_a_colleague_takes_over_with_a_seat_of_their_own(house: Practice) -> None:
    visit = await planned(house)
    colleague = uuid4()
    async with house.acting() as session:
        session.add(
            Practitioner(
                id=colleague,
                organization_id=house.organization_id,
                given_name="Ben",
                family_name="Hale",
            )
        )
    principal = house.staff("clinician", practitioner_id=colleague, name="Ben Hale")

    seat = await enter(house, visit, principal)

    assert seat.participant_id not in {visit.clinician, visit.patient}
    assert (seat.name, seat.role, seat.state) == ("Ben Hale", "clinician", "admitted")


async def test_a_scheduler_has_no_seat(house: Practice) -> None:
    visit = await planned(house)
    principal = house.staff("scheduler", practitioner_id=uuid4())

    with pytest.raises(Forbidden):
        await enter(house, visit, principal)
    with pytest.raises(Forbidden):
        async with house.acting(principal) as session:
            await encounters.let_in(session, visit.encounter_id, visit.patient, now=NOON)


async def test_a_patient_opens_no_other_consultation(house: Practice) -> None:
    visit = await planned(house)
    other = await planned(house, start=NOON + timedelta(minutes=15))

    with pytest.raises(Forbidden):
        await enter(house, other, visit.patient_principal)


async def test_another_organisation_finds_nothing(house: Practice, database: Database) -> None:
    visit = await planned(house)
    stranger = await practice(database, "B82002")

    with pytest.raises(ResourceNotFound):
        await enter(stranger, visit, stranger.staff())
