"""A consultation ends once, for everyone, with an outcome."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import encounters
from app.errors import EncounterOver, Forbidden, InvalidTransition
from app.models import Appointment, Encounter, OutboxEvent
from tests.encounters.world import NOON, Planned, Practice, planned

pytestmark = [pytest.mark.anyio, pytest.mark.database]

LATER = NOON + timedelta(minutes=12)


async def begun(house: Practice) -> Planned:
    visit = await planned(house)
    async with house.acting() as session:
        await encounters.admit(session, house.staff(), visit.encounter_id, now=NOON)
        await encounters.let_in(session, visit.encounter_id, visit.patient, now=NOON)
    return visit


async def finish(house: Practice, visit: Planned) -> Encounter:
    async with house.acting() as session:
        return await encounters.finish(
            session, visit.encounter_id, outcome="prescription", summary="Twice a day.", now=LATER
        )


async def test_finishing_fulfils_the_appointment_and_tells_everyone(house: Practice) -> None:
    visit = await begun(house)

    encounter = await finish(house, visit)

    async with house.acting() as session:
        appointment = await session.get_one(Appointment, visit.appointment_id)
        events = (await session.scalars(select(OutboxEvent.event))).all()
    assert (encounter.status, encounter.outcome, encounter.finished_at) == (
        "finished",
        "prescription",
        LATER,
    )
    assert appointment.status == "fulfilled"
    assert events.count("encounter.finished") == 1


async def test_a_second_tap_on_finish_changes_nothing(house: Practice) -> None:
    visit = await begun(house)
    first = await finish(house, visit)

    again = await finish(house, visit)

    assert again.version == first.version


async def test_one_that_never_began_cannot_finish(house: Practice) -> None:
    visit = await planned(house)

    with pytest.raises(InvalidTransition):
        await finish(house, visit)


async def test_nobody_joins_afterwards(house: Practice) -> None:
    visit = await begun(house)
    await finish(house, visit)

    with pytest.raises(EncounterOver):
        async with house.acting() as session:
            await encounters.admit(session, house.staff(), visit.encounter_id, now=LATER)


async def test_a_scheduler_does_not_finish_consultations(house: Practice) -> None:
    visit = await begun(house)

    with pytest.raises(Forbidden):
        async with house.acting(house.staff("scheduler")) as session:
            await encounters.finish(
                session, visit.encounter_id, outcome="advice", summary="", now=LATER
            )
