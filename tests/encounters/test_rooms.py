"""A group's consultations share a room; each patient's record stays their own."""

import asyncio
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app import encounters
from app.encounters import admission
from app.errors import EncounterOver, InvalidInput, InvalidTransition, RoomFull
from app.identity import Principal
from app.models import Appointment, Attendance, ChatMessage, Encounter, OutboxEvent
from tests.encounters.world import (
    NOON,
    Planned,
    Practice,
    agreed,
    another_patient,
    another_practitioner,
    group_session,
    planned,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]

LATER = NOON + timedelta(minutes=5)
TICK = 0.01
"""Seconds between two looks at the locks."""


async def enter(
    house: Practice, visit: Planned, principal: Principal | None = None, *, now: datetime = NOON
) -> encounters.Admittance:
    who = principal or house.staff()
    async with house.acting(who) as session:
        return await encounters.admit(session, who, visit.encounter_id, now=now)


async def tell(
    house: Practice,
    seat: encounters.Admittance,
    event: Literal["waiting", "joined", "left", "admitted", "removed"],
    *,
    at: datetime = NOON,
    by: UUID | None = None,
) -> None:
    async with house.as_room() as session:
        await encounters.record_attendance(
            session, seat.encounter_id, seat.participant_id, event, at=at, by=by
        )


async def say(house: Practice, seat: encounters.Admittance, text: str) -> UUID:
    message_id = uuid4()
    for _ in range(2):
        async with house.as_room() as session:
            await encounters.record_chat(
                session,
                seat.encounter_id,
                seat.participant_id,
                message_id=message_id,
                text=text,
                sent_at=NOON,
            )
    return message_id


async def group_of_two(house: Practice) -> tuple[Planned, Planned]:
    group_id = await group_session(house)
    joan = await planned(house, group_session_id=group_id)
    peter = await planned(
        house, patient_id=await another_patient(house, "Peter"), group_session_id=group_id
    )
    await agreed(house, joan, "Joan")
    await agreed(house, peter, "P")
    return joan, peter


async def statuses(house: Practice, *visits: Planned) -> list[str]:
    async with house.acting() as session:
        return [(await session.get_one(Encounter, visit.encounter_id)).status for visit in visits]


async def chats(house: Practice, visit: Planned) -> list[tuple[str, str]]:
    async with house.acting() as session:
        lines = await session.scalars(
            select(ChatMessage).where(ChatMessage.encounter_id == visit.encounter_id)
        )
        return [(line.name, line.text) for line in lines]


async def test_all_of_a_group_meet_in_its_room(house: Practice) -> None:
    joan, peter = await group_of_two(house)

    first = await enter(house, joan, joan.patient_principal)
    second = await enter(house, peter, peter.patient_principal)

    assert first.room_id == second.room_id
    assert (first.encounter_id, second.encounter_id) == (joan.encounter_id, peter.encounter_id)
    assert (first.name, first.shown_name) == ("Joan Ashworth", "Joan")
    assert (second.name, second.shown_name) == ("Peter Ashworth", "P")


async def test_a_consultation_of_ones_own_has_a_room_of_its_own(house: Practice) -> None:
    visit = await planned(house)

    seat = await enter(house, visit, visit.patient_principal)

    assert (seat.room_id, seat.shown_name) == (visit.encounter_id, None)


async def test_the_clinician_is_one_person_whichever_record_is_opened(house: Practice) -> None:
    joan, peter = await group_of_two(house)

    first = await enter(house, peter)
    second = await enter(house, joan, now=LATER)

    assert first.participant_id in {joan.clinician, peter.clinician}
    assert (second.participant_id, second.encounter_id) == (
        first.participant_id,
        first.encounter_id,
    )


async def test_the_clinician_is_on_record_with_each_patient(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    seat = await enter(house, joan)

    await tell(house, seat, "joined")
    await tell(house, seat, "left", at=LATER)

    async with house.acting() as session:
        rows = await session.scalars(select(Attendance))
        stretches = {(row.participant_id, row.joined_at, row.left_at) for row in rows}
    assert stretches == {(joan.clinician, NOON, LATER), (peter.clinician, NOON, LATER)}


async def test_one_more_than_a_call_holds_is_not_let_in(
    house: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "MOST_IN_CALL", 2)
    joan, peter = await group_of_two(house)
    await tell(house, await enter(house, joan), "joined")
    first, second = [await enter(house, each, each.patient_principal) for each in (joan, peter)]

    async with house.acting() as session:
        await encounters.let_in(session, first.encounter_id, first.participant_id, now=NOON)
    await tell(house, first, "joined")
    async with house.acting() as session:
        with pytest.raises(RoomFull):
            await encounters.let_in(session, second.encounter_id, second.participant_id, now=NOON)
    await tell(house, first, "left", at=LATER)

    async with house.acting() as session:
        await encounters.let_in(session, second.encounter_id, second.participant_id, now=LATER)


async def test_a_consultation_begins_when_its_own_patient_is_let_in(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    doctor = await enter(house, joan)
    await tell(house, doctor, "joined")
    patient = await enter(house, peter, peter.patient_principal)
    await tell(house, patient, "waiting")

    await tell(house, patient, "admitted", by=doctor.participant_id)

    assert await statuses(house, joan, peter) == ["planned", "in-progress"]


async def test_a_place_booked_while_the_group_meets_begins_too(house: Practice) -> None:
    group_id = await group_session(house)
    joan = await planned(house, group_session_id=group_id)
    doctor = await enter(house, joan)
    await tell(house, doctor, "joined")
    late = await planned(
        house, patient_id=await another_patient(house, "Late"), group_session_id=group_id
    )
    await agreed(house, late, "Late")
    patient = await enter(house, late, late.patient_principal)
    await tell(house, patient, "waiting")

    await tell(house, patient, "admitted", by=doctor.participant_id)

    assert await statuses(house, late) == ["in-progress"]


async def test_a_colleague_who_covers_is_in_every_record(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    colleague = await another_practitioner(house, "Ben", "Hale")
    seat = await enter(house, joan, colleague)

    await tell(house, seat, "joined")

    async with house.acting() as session:
        people = await encounters.participants_of(session, peter.encounter_id)
    assert "Ben Hale" in {person.name for person in people}


async def test_what_a_patient_writes_is_in_their_own_record_alone(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    doctor = await enter(house, joan)
    patient = await enter(house, peter, peter.patient_principal)

    await say(house, patient, "My sugar was 14")
    await say(house, doctor, "Welcome")

    assert await chats(house, joan) == [("Dr Amara Okafor", "Welcome")]
    assert sorted(await chats(house, peter)) == [
        ("Dr Amara Okafor", "Welcome"),
        ("Peter Ashworth", "My sugar was 14"),
    ]


async def test_nobody_else_of_the_group_is_told_what_becomes_of_one(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    patient = await enter(house, peter, peter.patient_principal)

    await tell(house, patient, "waiting")

    async with house.acting() as session:
        events = await session.scalars(
            select(OutboxEvent).where(OutboxEvent.event == "encounter.waiting")
        )
        (event,) = events
    assert f"participant:{peter.patient}" in event.audience
    assert f"participant:{joan.patient}" not in event.audience


async def test_the_room_goes_on_until_the_last_of_the_group_is_over(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    doctor = await enter(house, joan)
    await tell(house, doctor, "joined")
    for visit in (joan, peter):
        patient = await enter(house, visit, visit.patient_principal)
        await tell(house, patient, "waiting")
        await tell(house, patient, "admitted", by=doctor.participant_id)

    for visit in (joan, peter):
        async with house.acting() as session:
            await encounters.finish(
                session, visit.encounter_id, outcome="advice", summary="", now=LATER
            )

    async with house.acting() as session:
        events = await session.scalars(
            select(OutboxEvent).where(OutboxEvent.event == "encounter.finished")
        )
        goes_on = [(event.payload["room_id"], event.payload["group_goes_on"]) for event in events]
    assert goes_on == [(str(doctor.room_id), True), (str(doctor.room_id), False)]


@pytest.mark.parametrize("second_is", ["finished", "cancelled"])
async def test_of_the_last_two_that_end_at_once_one_closes_the_room(
    house: Practice, second_is: str
) -> None:
    joan, peter = await group_of_two(house)
    await begin(house, joan)
    if second_is == "finished":
        await begin(house, peter)

    async with house.acting() as session:
        await finish(session, joan)
        ending = asyncio.create_task(end(house, peter, second_is))
        await until_it_waits(house, ending)
    await ending

    async with house.acting() as session:
        events = await session.scalars(
            select(OutboxEvent).where(OutboxEvent.event == "encounter.finished")
        )
        goes_on = sorted(bool(event.payload["group_goes_on"]) for event in events)
    assert goes_on == [False, True]


async def test_the_room_does_not_go_on_for_who_did_not_come(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    await begin(house, joan)
    async with house.acting() as session:
        (await session.get_one(Appointment, peter.appointment_id)).status = "noshow"

    async with house.acting() as session:
        await finish(session, joan)

    async with house.acting() as session:
        event = await session.scalar(
            select(OutboxEvent).where(OutboxEvent.event == "encounter.finished")
        )
        assert event is not None
        assert event.payload["group_goes_on"] is False


async def begin(house: Practice, visit: Planned) -> None:
    """Let the patient in."""
    doctor = await enter(house, visit)
    patient = await enter(house, visit, visit.patient_principal)
    await tell(house, patient, "waiting")
    await tell(house, patient, "admitted", by=doctor.participant_id)


async def finish(session: AsyncSession, visit: Planned) -> None:
    await encounters.finish(session, visit.encounter_id, outcome="advice", summary="", now=LATER)


async def end(house: Practice, visit: Planned, how: str) -> None:
    """In a transaction of its own."""
    async with house.acting() as session:
        if how == "finished":
            await finish(session, visit)
            return
        appointment = await session.get_one(Appointment, visit.appointment_id)
        await encounters.cancel_for_appointment(session, appointment, now=LATER)


async def until_it_waits(house: Practice, task: asyncio.Task[None]) -> None:
    """Until it waits for what another transaction has not committed, or is done without."""
    waits = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted"
        " AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"
    )
    async with asyncio.timeout(5), house.as_room() as session:
        while not task.done() and not await session.scalar(waits):
            await asyncio.sleep(TICK)


async def test_a_group_is_finished_together_and_each_patient_has_a_record_of_it(
    house: Practice,
) -> None:
    joan, peter = await group_of_two(house)
    ann = await planned(
        house,
        patient_id=await another_patient(house, "Ann"),
        group_session_id=(await enter(house, joan)).room_id,
    )
    await agreed(house, ann, "Ann")
    for visit in (joan, peter, ann):
        await begin(house, visit)

    await finish_both(house, joan, peter, summary="Walk every day.")

    assert await statuses(house, joan, peter, ann) == ["finished", "finished", "in-progress"]
    async with house.acting() as session:
        both = await session.scalars(select(Encounter).where(Encounter.finished_at.is_not(None)))
        assert [(each.outcome, each.summary) for each in both] == [
            ("advice", "Walk every day.")
        ] * 2
        found = await session.scalars(
            select(Appointment.patient_id).where(Appointment.status == "fulfilled")
        )
        assert len(set(found)) == 2


async def test_who_has_not_been_let_in_is_not_finished_with_the_others(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    await begin(house, joan)

    with pytest.raises(InvalidTransition):
        await finish_both(house, joan, peter)

    assert await statuses(house, joan, peter) == ["in-progress", "planned"]


async def test_only_consultations_of_one_group_are_finished_together(house: Practice) -> None:
    joan, _ = await group_of_two(house)
    other = await planned(house, start=NOON + timedelta(hours=2))
    await begin(house, joan)

    with pytest.raises(InvalidInput, match="others"):
        await finish_both(house, joan, other)


async def finish_both(
    house: Practice, first: Planned, second: Planned, *, summary: str = ""
) -> None:
    async with house.acting() as session:
        await encounters.finish_together(
            session,
            first.encounter_id,
            others=[second.encounter_id],
            outcome="advice",
            summary=summary,
            now=LATER,
        )


async def test_the_clinician_stays_when_one_of_the_group_is_over(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    first = await enter(house, joan)
    async with house.acting() as session:
        encounter = await session.get_one(Encounter, joan.encounter_id)
        encounter.status = "finished"

    again = await enter(house, joan, now=LATER)

    assert again.participant_id == first.participant_id
    with pytest.raises(EncounterOver):
        await enter(house, joan, joan.patient_principal)
    async with house.acting() as session:
        other = await session.get_one(Encounter, peter.encounter_id)
        other.status = "cancelled"
    with pytest.raises(EncounterOver):
        await enter(house, joan, now=LATER)


async def test_a_place_that_moves_to_another_group_meets_there(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    tomorrow = await group_session(house, start=NOON + timedelta(days=1))
    async with house.acting(house.staff("scheduler")) as session:
        appointment = await session.get_one(Appointment, joan.appointment_id)
        appointment.group_session_id = tomorrow
        await session.flush()
        await encounters.follow_appointment(session, appointment, now=NOON)

    assert (await enter(house, joan)).room_id == tomorrow
    assert (await enter(house, peter)).room_id != tomorrow


async def test_those_of_a_group_wait_together_for_one_turn(house: Practice) -> None:
    joan, peter = await group_of_two(house)
    after = await planned(
        house,
        start=NOON + timedelta(minutes=15),
        patient_id=await another_patient(house, "Ann"),
    )
    for visit in (joan, peter, after):
        await tell(house, await enter(house, visit, visit.patient_principal), "waiting")

    async with house.acting() as session:
        queue = await encounters.waiting_list(session, house.practitioner_id, now=NOON)

    assert [(one.participant_id, one.place) for one in queue[2:]] == [(after.patient, 2)]
    assert [one.place for one in queue] == [1, 1, 2]
    assert queue[2].expected_at == NOON + timedelta(minutes=15)


async def test_the_day_says_which_appointments_are_a_group(house: Practice) -> None:
    await group_of_two(house)
    await planned(
        house,
        start=NOON + timedelta(hours=2),
        patient_id=await another_patient(house, "Ann"),
    )

    async with house.acting() as session:
        rows = await encounters.today(
            session, house.practitioner_id, day=NOON.date(), zone="Europe/London"
        )

    assert [row.group for row in rows] == [2, 2, 0]
