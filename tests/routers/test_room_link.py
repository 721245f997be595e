"""Rooms and records over a real room server (with fake media) and a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from app import encounters
from app.database import Database
from app.identity import Principal
from app.models import Attendance, ChatMessage, EncounterParticipant
from app.outbox import Wakeup, emit
from app.routers.live_feed import LiveFeed
from app.routers.room_link import RoomLink
from app.signalling.client import Pipe, RoomServers
from app.signalling.clock import Clock
from app.signalling.messages import (
    Admission,
    Admit,
    Chat,
    Close,
    CloseCode,
    Deliver,
    Frame,
    Grants,
    Join,
    Leave,
    Message,
    Ping,
    ServerMessage,
    server_message,
)
from app.signalling.participants import Surroundings
from app.signalling.server import RoomServer, unguessable_id
from tests.encounters.world import (
    NOON,
    Planned,
    Practice,
    agreed,
    another_patient,
    group_session,
    planned,
    practice,
)
from tests.signalling.fakes import FakeMedia, FakeRecordings

pytestmark = [pytest.mark.anyio, pytest.mark.database]

DEADLINE = 10.0


@dataclass
class Linked:
    house: Practice
    visit: Planned
    rooms: RoomServers
    feed: LiveFeed

    @asynccontextmanager
    async def present(
        self, principal: Principal, visit: Planned | None = None
    ) -> AsyncIterator[Pipe]:
        encounter_id = (visit or self.visit).encounter_id
        async with self.house.acting(principal) as session:
            seat = await encounters.admit(session, principal, encounter_id, now=NOON)
        admission = Admission(
            room_id=seat.room_id,
            encounter_id=seat.encounter_id,
            organization_id=seat.organization_id,
            participant_id=seat.participant_id,
            name=seat.name,
            shown_name=seat.shown_name,
            role=seat.role,
            state=seat.state,
            grants=Grants(admit=seat.may_admit),
        )
        async with self.rooms.attach(admission, None) as pipe:
            await say(pipe, Join())
            yield pipe


@pytest.fixture
async def linked(database: Database, tmp_path: Path) -> AsyncIterator[Linked]:
    house = await practice(database)
    visit = await planned(house)
    stop, ready, path = asyncio.Event(), asyncio.Event(), tmp_path / "room.sock"
    server = RoomServer(Surroundings(FakeMedia(), FakeRecordings(), Clock(), unguessable_id))
    rooms, feed = RoomServers([path]), LiveFeed(database, Wakeup(database))
    serving = asyncio.create_task(server.run(path, stop, ready))
    await asyncio.wait_for(ready.wait(), DEADLINE)
    link = RoomLink(database, rooms, feed)
    background = [asyncio.create_task(feed.run()), asyncio.create_task(link.run())]
    await feed.ready()
    yield Linked(house, visit, rooms, feed)
    for task in background:
        task.cancel()
    await asyncio.wait(background)
    stop.set()
    await asyncio.wait_for(serving, DEADLINE)


async def say(pipe: Pipe, message: Message) -> None:
    await pipe.send(Frame(text=message.model_dump_json()))


async def hear(pipe: Pipe, type_: str) -> ServerMessage:
    async with asyncio.timeout(DEADLINE):
        async for line in pipe:
            if isinstance(line, Deliver):
                message = server_message.validate_json(line.text)
                if message.type == type_:
                    return message
    raise AssertionError(f"no {type_}")


async def closed(pipe: Pipe) -> int:
    async with asyncio.timeout(DEADLINE):
        async for line in pipe:
            if isinstance(line, Close):
                return line.code
    raise AssertionError("not closed")


async def announced(linked: Linked, *events: str) -> None:
    """Wait until these domain events have been committed."""
    wanted = set(events)
    with linked.feed.subscribe(None) as subscription:
        async with asyncio.timeout(DEADLINE):
            while wanted:
                wanted.discard((await subscription.next()).event)


async def seat(linked: Linked) -> EncounterParticipant:
    async with linked.house.acting() as session:
        return await session.get_one(EncounterParticipant, linked.visit.patient)


async def test_one_who_waits_is_on_record(linked: Linked) -> None:
    waiting = asyncio.create_task(announced(linked, "encounter.waiting"))

    async with linked.present(linked.visit.patient_principal):
        await waiting

    assert (await seat(linked)).waiting_since is not None


async def test_letting_in_by_the_socket_is_on_record(linked: Linked) -> None:
    visit = linked.visit
    async with (
        linked.present(linked.house.staff()) as doctor,
        linked.present(visit.patient_principal) as patient,
    ):
        await hear(patient, "participant_joined")
        admitted = asyncio.create_task(announced(linked, "encounter.admitted"))

        await say(doctor, Admit(participant_id=visit.patient))

        await hear(patient, "admitted")
        await admitted

    found = await seat(linked)
    assert found.admitted_at is not None
    assert found.admitted_by == linked.house.practitioner_id


async def test_letting_in_by_the_record_opens_the_room(linked: Linked) -> None:
    visit = linked.visit
    async with linked.present(visit.patient_principal) as patient:
        await hear(patient, "participant_joined")

        async with linked.house.acting() as session:
            await encounters.let_in(session, visit.encounter_id, visit.patient, now=NOON)

        await hear(patient, "admitted")


async def test_of_a_group_only_who_is_finished_is_sent_home(linked: Linked) -> None:
    house, group_id = linked.house, await group_session(linked.house, start=NOON)
    joan = await planned(
        house, patient_id=await another_patient(house, "Joan"), group_session_id=group_id
    )
    peter = await planned(
        house, patient_id=await another_patient(house, "Peter"), group_session_id=group_id
    )
    for visit, name in ((joan, "Joan"), (peter, "P")):
        await agreed(house, visit, name)
    async with (
        linked.present(house.staff(), joan) as doctor,
        linked.present(joan.patient_principal, joan) as first,
        linked.present(peter.patient_principal, peter) as second,
    ):
        await hear(first, "participant_joined")
        await hear(second, "participant_joined")
        for visit in (joan, peter):
            began = asyncio.create_task(announced(linked, "encounter.started"))
            await say(doctor, Admit(participant_id=visit.patient))
            await began

        for visit, pipe in ((joan, first), (peter, second)):
            async with house.acting() as session:
                await encounters.finish(
                    session, visit.encounter_id, outcome="advice", summary="", now=NOON
                )
            assert await closed(pipe) == CloseCode.ENDED
            if visit is joan:  # the room goes on
                await say(doctor, Ping(at=1))
                await hear(doctor, "pong")
        assert await closed(doctor) == CloseCode.ENDED


async def test_what_is_said_is_on_record_once(linked: Linked) -> None:
    said = Chat(id=uuid4(), text="Can you hear me?")
    async with linked.present(linked.house.staff()) as doctor:
        message = asyncio.create_task(announced(linked, "encounter.message"))
        await say(doctor, said)
        await say(doctor, said)
        await message

    async with linked.house.acting() as session:
        lines = list(await session.scalars(select(ChatMessage)))
    assert [(line.id, line.text) for line in lines] == [(said.id, said.text)]


async def test_attendance_ends_when_someone_leaves(linked: Linked) -> None:
    async with linked.present(linked.house.staff()) as doctor:
        left = asyncio.create_task(announced(linked, "encounter.left"))
        await say(doctor, Leave())
        await left

    async with linked.house.acting() as session:
        (stretch,) = list(await session.scalars(select(Attendance)))
    assert stretch.left_at is not None


async def test_what_can_never_be_recorded_is_not_sent_for_ever(linked: Linked) -> None:
    stranger = Admission(
        room_id=uuid4(),
        encounter_id=uuid4(),
        organization_id=linked.house.organization_id,
        participant_id=uuid4(),
        name="Nobody",
        role="guest",
        state="admitted",
        grants=Grants(),
    )
    async with linked.rooms.attach(stranger, None) as pipe:
        await say(pipe, Join())
        await hear(pipe, "participant_joined")
    left = asyncio.create_task(announced(linked, "encounter.left"))

    async with linked.present(linked.house.staff()) as doctor:
        await say(doctor, Leave())
        await left


async def test_the_end_of_the_encounter_empties_the_room(linked: Linked) -> None:
    async with linked.present(linked.house.staff()) as doctor:
        await hear(doctor, "participant_joined")

        async with linked.house.acting() as session:
            emit(session, "encounter.finished", linked.visit.encounter_id, audience=())

        assert await closed(doctor) == CloseCode.ENDED
