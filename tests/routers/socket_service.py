"""The whole service on a real port, with a room server whose media are faked.

Starting it takes seconds: it serves a whole file of tests, each with a consultation of its own.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app import security
from app.config import Settings
from app.database import Database
from app.identity import Actor, Principal
from app.main import create_app
from app.models import Encounter
from app.outbox import emit
from app.routers.stall import UVICORN_OPTIONS
from app.signalling.clock import Clock
from app.signalling.messages import Message
from app.signalling.participants import Surroundings
from app.signalling.server import RoomServer, unguessable_id
from tests.accounts.staffroom import Staffroom, settings_of, staffroom
from tests.signalling.fakes import FakeMedia, FakeRecordings

DEADLINE = 10.0


@dataclass
class Service:
    """A running service, one doctor and one consultation."""

    port: int
    settings: Settings
    house: Staffroom
    principal: Principal
    encounter_id: UUID

    @property
    def path(self) -> str:
        return f"/api/v1/encounters/{self.encounter_id}/signalling"

    def token(self, *, age: timedelta = timedelta(0), encounter_id: UUID | None = None) -> str:
        """For the consultation's socket, fetched `age` ago."""
        wanted = encounter_id or self.encounter_id
        now = datetime.now(UTC) - age
        issued = security.issue_signalling_token(self.principal, wanted, self.settings, now)
        return issued.token

    def events_token(self) -> str:
        return security.issue_events_token(self.principal, self.settings, datetime.now(UTC)).token

    async def with_another_encounter(self) -> "Service":
        """The same service and doctor in a new consultation."""
        return replace(self, encounter_id=await _encounter(self.house))

    @asynccontextmanager
    async def socket(self, path: str, origin: str | None = None) -> AsyncIterator["Page"]:
        url = f"ws://127.0.0.1:{self.port}{path}"
        headers = {"Origin": origin} if origin else {}
        async with connect(url, additional_headers=headers, compression=None) as connection:
            yield Page(connection)

    async def happen(self, name: str) -> None:
        """A domain event that concerns the doctor."""
        doctor = self.house.practitioner_id
        async with self.house.database.transaction(Actor(self.house.organization_id)) as session:
            emit(session, name, uuid4(), audience={f"practitioner:{doctor}"})


class Page:
    """A browser's end of a socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, message: Message | str | bytes) -> None:
        text = message.model_dump_json() if isinstance(message, Message) else message
        await self.connection.send(text)

    async def hear(self, type_: str) -> dict[str, object]:
        async with asyncio.timeout(DEADLINE):
            while True:
                message: dict[str, object] = json.loads(await self.connection.recv())
                if message["type"] == type_:
                    return message

    async def closed(self) -> int | None:
        """The close code, once everything before it has been read."""
        async with asyncio.timeout(DEADLINE):
            try:
                while True:
                    await self.connection.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else None


@asynccontextmanager
async def running(url: str, directory: Path, *, with_rooms: bool = True) -> AsyncIterator[Service]:
    database = Database(url)
    settings = settings_of(url, directory, room_sockets=(directory / "room.sock",))
    house = await staffroom(database, settings)
    signed = await house.sign_in(now=datetime.now(UTC))
    encounter_id = await _encounter(house)
    async with _rooms(settings.room_sockets[0], wanted=with_rooms), _web(settings) as port:
        yield Service(port, settings, house, signed.principal, encounter_id)
    await database.close()


async def _encounter(house: Staffroom) -> UUID:
    async with house.database.transaction(Actor(house.organization_id)) as session:
        encounter = Encounter(
            organization_id=house.organization_id, practitioner_id=house.practitioner_id
        )
        session.add(encounter)
        await session.flush()
        return encounter.id


@asynccontextmanager
async def _rooms(path: Path, *, wanted: bool) -> AsyncIterator[None]:
    if not wanted:
        yield
        return
    stop, ready = asyncio.Event(), asyncio.Event()
    server = RoomServer(Surroundings(FakeMedia(), FakeRecordings(), Clock(), unguessable_id))
    task = asyncio.create_task(server.run(path, stop, ready))
    await asyncio.wait_for(ready.wait(), DEADLINE)
    yield
    stop.set()
    await asyncio.wait_for(task, DEADLINE)


@asynccontextmanager
async def _web(settings: Settings) -> AsyncIterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(settings), log_config=None, **UVICORN_OPTIONS)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, DEADLINE)
