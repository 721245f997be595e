"""A new link lets the patient in again, and the old one stops working."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app import encounters
from app.errors import EncounterOver, LinkExpired, ResourceNotFound
from app.models import Appointment, Encounter
from tests.encounters.test_links import WRONG, confirm
from tests.encounters.world import BIRTH_DATE, NOON, Planned, Practice, planned

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def renew(house: Practice, visit: Planned) -> encounters.Renewed:
    async with house.acting(house.staff("scheduler")) as session:
        return await encounters.renew_link(session, visit.appointment_id, now=NOON)


async def test_a_locked_patient_comes_in_by_the_new_link(house: Practice) -> None:
    visit = await planned(house)
    for _ in range(3):
        await confirm(house, visit, WRONG)

    renewed = await renew(house, visit)

    async with house.at_the_door() as session:
        answer = await encounters.confirm_birth_date(session, renewed.secret, BIRTH_DATE, now=NOON)
    assert answer.principal is not None
    assert answer.principal.participant_id == visit.patient


async def test_the_old_link_stops_working(house: Practice) -> None:
    visit = await planned(house)

    await renew(house, visit)

    with pytest.raises(LinkExpired):
        async with house.at_the_door() as session:
            await encounters.open_link(session, visit.secret, now=NOON)


async def test_the_door_still_opens_half_an_hour_before(house: Practice) -> None:
    visit = await planned(house, start=NOON + timedelta(hours=3))

    renewed = await renew(house, visit)

    async with house.at_the_door() as session:
        opened = await encounters.open_link(session, renewed.secret, now=NOON)
    assert opened.opens_at == NOON + timedelta(hours=2, minutes=30)


async def test_what_is_over_or_not_there_gets_no_link(house: Practice) -> None:
    visit = await planned(house)
    async with house.acting() as session:
        (await session.get_one(Encounter, visit.encounter_id)).become("cancelled")

    with pytest.raises(EncounterOver):
        await renew(house, visit)
    with pytest.raises(ResourceNotFound):
        async with house.acting(house.staff("scheduler")) as session:
            await encounters.renew_link(session, uuid4(), now=NOON)


async def test_one_more_link_leaves_the_others_working(house: Practice) -> None:
    visit = await planned(house)
    async with house.acting(house.staff("scheduler")) as session:
        added = await encounters.add_link(session, visit.appointment_id, now=NOON)

    assert added is not None
    for secret in (visit.secret, added.secret):
        async with house.at_the_door() as session:
            opened = await encounters.open_link(session, secret, now=NOON)
        assert opened.participant.id == visit.patient


async def test_there_is_no_more_link_to_what_is_not_or_over(house: Practice) -> None:
    visit = await planned(house)
    async with house.acting() as session:
        appointment = await session.get_one(Appointment, visit.appointment_id)
        await encounters.cancel_for_appointment(session, appointment, now=NOON)

    async with house.acting() as session:
        assert await encounters.add_link(session, visit.appointment_id, now=NOON) is None
        assert await encounters.add_link(session, uuid4(), now=NOON) is None
