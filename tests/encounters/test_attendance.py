"""Coming and going is recorded once, and never ends the consultation for the others."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import encounters
from app.models import (
    Appointment,
    Attendance,
    AuditEvent,
    ChatMessage,
    Encounter,
    EncounterParticipant,
    OutboxEvent,
)
from tests.encounters.world import NOON, Planned, Practice, planned

pytestmark = [pytest.mark.anyio, pytest.mark.database]

LATER = NOON + timedelta(minutes=5)


async def tell(
    house: Practice,
    visit: Planned,
    participant_id: UUID,
    event: Literal["waiting", "joined", "left", "admitted", "removed"],
    *,
    at: datetime = NOON,
    by: UUID | None = None,
) -> None:
    async with house.as_room() as session:
        await encounters.record_attendance(
            session, visit.encounter_id, participant_id, event, at=at, by=by
        )


async def say(house: Practice, visit: Planned, message_id: UUID) -> None:
    async with house.as_room() as session:
        await encounters.record_chat(
            session,
            visit.encounter_id,
            visit.patient,
            message_id=message_id,
            text="Can you hear me?",
            sent_at=NOON,
        )


async def stretches(house: Practice) -> list[tuple[datetime, datetime | None]]:
    async with house.acting() as session:
        rows = await session.scalars(select(Attendance).order_by(Attendance.joined_at))
        return [(row.joined_at, row.left_at) for row in rows]


async def seat(house: Practice, participant_id: UUID) -> EncounterParticipant:
    async with house.acting() as session:
        return await session.get_one(EncounterParticipant, participant_id)


async def events(house: Practice) -> list[str]:
    async with house.acting() as session:
        return list(await session.scalars(select(OutboxEvent.event).order_by(OutboxEvent.id)))


async def test_waiting_marks_the_arrival_everywhere(house: Practice) -> None:
    visit = await planned(house)

    await tell(house, visit, visit.patient, "waiting")

    async with house.acting() as session:
        encounter = await session.get_one(Encounter, visit.encounter_id)
        appointment = await session.get_one(Appointment, visit.appointment_id)
    assert (encounter.status, appointment.status) == ("arrived", "arrived")
    assert (await seat(house, visit.patient)).waiting_since == NOON
    assert await events(house) == ["encounter.waiting"]


async def test_who_leaves_and_comes_back_keeps_the_place(house: Practice) -> None:
    visit = await planned(house)
    await tell(house, visit, visit.patient, "waiting")
    await tell(house, visit, visit.patient, "left", at=LATER)

    await tell(house, visit, visit.patient, "waiting", at=LATER + timedelta(minutes=1))

    assert (await seat(house, visit.patient)).waiting_since == NOON
    assert await stretches(house) == [(NOON, LATER), (LATER + timedelta(minutes=1), None)]


@pytest.mark.parametrize("event", ["waiting", "joined", "left", "admitted", "removed"])
async def test_told_twice_changes_nothing(
    house: Practice, event: Literal["waiting", "joined", "left", "admitted", "removed"]
) -> None:
    visit = await planned(house)
    await tell(house, visit, visit.patient, "waiting")
    await tell(house, visit, visit.patient, event, at=LATER)
    known = (await stretches(house), await events(house))

    await tell(house, visit, visit.patient, event, at=LATER)

    assert (await stretches(house), await events(house)) == known


async def test_an_old_arrival_told_again_after_leaving_opens_nothing(house: Practice) -> None:
    visit = await planned(house)
    await tell(house, visit, visit.patient, "joined")
    await tell(house, visit, visit.patient, "left", at=LATER)

    await tell(house, visit, visit.patient, "joined")

    assert await stretches(house) == [(NOON, LATER)]


async def test_admitted_in_the_room_begins_the_consultation(house: Practice) -> None:
    visit = await planned(house)
    async with house.acting() as session:
        await encounters.admit(session, house.staff(), visit.encounter_id, now=NOON)
    await tell(house, visit, visit.patient, "waiting")

    await tell(house, visit, visit.patient, "admitted", at=LATER, by=visit.clinician)

    async with house.acting() as session:
        encounter = await session.get_one(Encounter, visit.encounter_id)
    admitted = await seat(house, visit.patient)
    assert (encounter.status, encounter.started_at) == ("in-progress", LATER)
    assert (admitted.admitted_by, admitted.waiting_since) == (house.practitioner_id, None)


async def test_everybody_leaving_ends_nothing(house: Practice) -> None:
    visit = await planned(house)
    async with house.acting() as session:
        await encounters.admit(session, house.staff(), visit.encounter_id, now=NOON)
        await encounters.let_in(session, visit.encounter_id, visit.patient, now=NOON)
    for person in (visit.clinician, visit.patient):
        await tell(house, visit, person, "joined")
        await tell(house, visit, person, "left", at=LATER)

    async with house.acting() as session:
        again = await encounters.admit(session, house.staff(), visit.encounter_id, now=LATER)
        encounter = await session.get_one(Encounter, visit.encounter_id)

    assert (encounter.status, again.state) == ("in-progress", "admitted")


async def test_the_audit_names_who_did_it(house: Practice) -> None:
    visit = await planned(house)
    await tell(house, visit, visit.patient, "waiting")
    await tell(house, visit, visit.patient, "removed", at=LATER, by=visit.clinician)

    async with house.acting() as session:
        rows = await session.scalars(
            select(AuditEvent)
            .where(AuditEvent.resource == "EncounterParticipant")
            .order_by(AuditEvent.recorded_at)
        )
        seen = [(row.what, row.agent_kind, row.agent_name, row.patient_id) for row in rows]
    assert seen == [
        ("wait for Encounter", "patient", "Joan Ashworth", house.patient_id),
        ("leave Encounter", "staff", "Dr Amara Okafor", house.patient_id),
    ]


async def test_a_chat_line_is_kept_once(house: Practice) -> None:
    visit = await planned(house)
    message_id = uuid4()

    await say(house, visit, message_id)
    await say(house, visit, message_id)

    async with house.acting() as session:
        lines = (await session.scalars(select(ChatMessage))).all()
    assert [(line.id, line.name, line.text) for line in lines] == [
        (message_id, "Joan Ashworth", "Can you hear me?")
    ]
    assert await events(house) == ["encounter.message"]
