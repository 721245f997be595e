"""Nobody meets a group before they were told of it, agreed, and chose a name."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import encounters
from app.errors import Conflict, Forbidden, NotAgreed
from app.models import Appointment, AuditEvent, EncounterConsent
from tests.encounters.world import (
    NOON,
    Planned,
    Practice,
    agreed,
    group_session,
    planned,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def told(house: Practice, visit: Planned) -> encounters.GroupCall | None:
    async with house.acting(visit.patient_principal) as session:
        return (await encounters.state_for_participant(session, now=NOON)).group


async def ask_for_token(house: Practice, visit: Planned) -> None:
    async with house.acting(visit.patient_principal) as session:
        await encounters.require_part(session, visit.patient_principal, visit.encounter_id)


async def enter(house: Practice, visit: Planned) -> encounters.Admittance:
    async with house.acting(visit.patient_principal) as session:
        return await encounters.admit(
            session, visit.patient_principal, visit.encounter_id, now=NOON
        )


async def test_who_has_not_agreed_gets_no_token_and_is_not_admitted(house: Practice) -> None:
    visit = await planned(house, group_session_id=await group_session(house))

    with pytest.raises(NotAgreed):
        await ask_for_token(house, visit)
    with pytest.raises(NotAgreed):
        await enter(house, visit)


async def test_a_group_is_told_of_with_its_size_and_the_first_name(house: Practice) -> None:
    visit = await planned(house, group_session_id=await group_session(house, capacity=8))

    group = await told(house, visit)

    assert group is not None
    assert (group.most, group.shown_name, group.agreed) == (8, "Joan", False)
    assert "Up to 8 patients take part together, with Dr Amara Okafor" in group.told[0]
    assert "The others will see and hear you" in group.told[1]


async def test_a_call_of_ones_own_tells_of_no_group(house: Practice) -> None:
    visit = await planned(house)

    assert await told(house, visit) is None
    await ask_for_token(house, visit)
    with pytest.raises(Conflict):
        await agreed(house, visit, "Joan")


async def test_a_yes_is_kept_with_its_words_and_opens_the_door(house: Practice) -> None:
    visit = await planned(house, group_session_id=await group_session(house))

    await agreed(house, visit, "JJ")

    await ask_for_token(house, visit)
    assert (await enter(house, visit)).shown_name == "JJ"
    async with house.acting() as session:
        (consent,) = await session.scalars(select(EncounterConsent))
        audit = await session.scalars(select(AuditEvent.what))
    assert (consent.scope, consent.encounter_id) == ("group-call", visit.encounter_id)
    assert consent.participant_id == visit.patient
    assert "Up to 8 patients" in consent.words
    assert "agree to group call" in set(audit)


async def test_another_name_later_is_no_second_consent(house: Practice) -> None:
    visit = await planned(house, group_session_id=await group_session(house))
    await agreed(house, visit, "Joan")

    await agreed(house, visit, "Jo")

    async with house.acting() as session:
        (consent,) = await session.scalars(select(EncounterConsent))
    assert consent.shown_name == "Jo"


async def test_moved_to_another_group_they_are_asked_again(house: Practice) -> None:
    visit = await planned(house, group_session_id=await group_session(house))
    await agreed(house, visit, "Joan")
    another = await group_session(house, start=NOON + timedelta(minutes=5))
    async with house.acting(house.staff("scheduler")) as session:
        appointment = await session.get_one(Appointment, visit.appointment_id)
        appointment.group_session_id = another
        await session.flush()
        await encounters.follow_appointment(session, appointment, now=NOON)

    with pytest.raises(NotAgreed):
        await ask_for_token(house, visit)


async def test_only_who_takes_part_agrees(house: Practice) -> None:
    visit = await planned(house, group_session_id=await group_session(house))

    async with house.acting(house.staff("scheduler")) as session:
        with pytest.raises((Forbidden, Conflict)):
            await encounters.agree_to_group(session, visit.encounter_id, "Joan", now=NOON)


async def test_a_guest_agrees_for_themselves(house: Practice) -> None:
    visit = await planned(house, group_session_id=await group_session(house))
    await agreed(house, visit, "Joan")
    async with house.acting() as session:
        invited = await encounters.invite(
            session,
            visit.encounter_id,
            id=uuid4(),
            name="Maria Silva",
            role_label="interpreter",
            now=NOON,
        )
    async with house.at_the_door() as session:
        said = await encounters.confirm_name(session, invited.secret, "Maria Silva", now=NOON)
    assert said.principal is not None

    async with house.acting(said.principal) as session:
        with pytest.raises(NotAgreed):
            await encounters.require_part(session, said.principal, visit.encounter_id)
        await encounters.agree_to_group(session, visit.encounter_id, "Maria", now=NOON)
        seat = await encounters.admit(session, said.principal, visit.encounter_id, now=NOON)

    assert (seat.name, seat.shown_name) == ("Maria Silva (interpreter)", "Maria")
