"""The care team reads a consultation's record, and each look is on record."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from app import encounters
from app.errors import Forbidden, ResourceNotFound
from app.models import AuditEvent
from app.models.paging import After
from tests.encounters.world import Practice, planned

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_each_look_is_on_record_with_the_patient(house: Practice) -> None:
    visit = await planned(house)

    async with house.acting() as session:
        found = await encounters.read_encounter(session, visit.encounter_id)
        people = await encounters.read_participants(session, visit.encounter_id)
        said = await encounters.read_messages(session, visit.encounter_id, after=After())

    async with house.acting() as session:
        looks = await session.scalars(
            select(AuditEvent.what).where(
                AuditEvent.action == "R", AuditEvent.patient_id == house.patient_id
            )
        )
    assert (found.id, len(people), said.items) == (visit.encounter_id, 2, [])
    assert set(looks) == {"read Encounter", "read participants", "read chat"}


async def test_the_desk_and_the_patient_do_not_read_it(house: Practice) -> None:
    visit = await planned(house)

    for principal in (house.staff("scheduler"), visit.patient_principal):
        with pytest.raises(Forbidden):
            async with house.acting(principal) as session:
                await encounters.read_encounter(session, visit.encounter_id)


async def test_what_is_not_there_is_not_found(house: Practice) -> None:
    with pytest.raises(ResourceNotFound):
        async with house.acting() as session:
            await encounters.read_participants(session, uuid4())
