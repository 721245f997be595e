"""Who a seat's owner is to the service, and who hears of an encounter."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from app import encounters
from app.encounters.records import announce, participant_of
from app.errors import ResourceNotFound
from app.models import EncounterParticipant, OutboxEvent
from tests.encounters.world import Practice, planned


@pytest.mark.parametrize(
    ("role", "kind", "roles"),
    [
        ("patient", "patient", set[str]()),
        ("guest", "guest", set[str]()),
        ("clinician", "staff", {"clinician"}),
        ("specialist", "staff", {"clinician"}),
        ("crew", "staff", {"crew"}),
    ],
)
def test_a_seat_gives_its_owner_no_more_than_its_role(
    role: str, kind: str, roles: set[str]
) -> None:
    seat = EncounterParticipant(
        id=uuid4(), organization_id=uuid4(), encounter_id=uuid4(), role=role, name="Kim"
    )

    principal = encounters.participant_principal(seat)

    assert principal.kind == kind
    assert set(principal.roles) == roles
    assert (principal.participant_id, principal.encounter_id) == (seat.id, seat.encounter_id)
    assert principal.subject == seat.id


@pytest.mark.anyio
@pytest.mark.database
async def test_everyone_with_a_seat_and_the_desk_are_told(house: Practice) -> None:
    visit = await planned(house)
    async with house.acting() as session:
        encounter = await encounters.encounter_of(session, visit.encounter_id)
        people = await encounters.participants_of(session, visit.encounter_id)
        announce(session, "encounter.waiting", encounter, people, participant_id=visit.patient)

    async with house.acting() as session:
        event = (await session.scalars(select(OutboxEvent))).one()
    assert set(event.audience) == {
        f"practitioner:{house.practitioner_id}",
        f"participant:{visit.patient}",
        f"scheduler@{house.organization_id}",
    }
    assert event.payload == {"status": "planned", "participant_id": str(visit.patient)}


@pytest.mark.anyio
@pytest.mark.database
async def test_a_seat_of_another_encounter_is_not_found(house: Practice) -> None:
    visit = await planned(house)

    with pytest.raises(ResourceNotFound):
        async with house.acting() as session:
            await participant_of(session, uuid4(), visit.patient)
