"""A thin web process for tests: sockets of browsers, piped to a real room server process."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from app.signalling.client import Pipe, RoomServers
from app.signalling.messages import (
    Admission,
    Attendance,
    ChatSaid,
    Close,
    Deliver,
    Frame,
    Grants,
    Hello,
    Recorded,
)

READY_SECONDS = 15.0
ENCOUNTER = UUID("00000000-0000-4000-8000-0000000000e0")


class Bridge:
    """The token of a test is `name`, or `name waiting` for one who must be let in."""

    def __init__(self, rooms: RoomServers) -> None:
        self.url = ""
        self.open: list[ServerConnection] = []
        self._rooms = rooms

    async def handle(self, connection: ServerConnection) -> None:
        """Carry one socket until either end closes."""
        self.open.append(connection)
        try:
            hello = Hello.model_validate_json(await connection.recv())
            async with self._rooms.attach(admission(hello.token), hello.resume) as pipe:
                inward = asyncio.create_task(_inward(connection, pipe))
                await _outward(connection, pipe)
                inward.cancel()
        except ConnectionClosed:
            return
        finally:
            self.open.remove(connection)

    async def cut(self) -> None:
        """Lose every socket."""
        await asyncio.gather(*(connection.close(4000) for connection in list(self.open)))


async def _inward(connection: ServerConnection, pipe: Pipe) -> None:
    try:
        async for text in connection:
            await pipe.send(Frame(text=str(text)))
    except ConnectionClosed:
        pass
    finally:
        pipe.close()


async def _outward(connection: ServerConnection, pipe: Pipe) -> None:
    async for message in pipe:
        match message:
            case Deliver():
                await connection.send(message.text)
            case Close():
                await connection.close(message.code, message.reason)
            case Attendance() | ChatSaid():
                await pipe.send(Recorded(record_id=message.record_id))
            case _:
                raise AssertionError(message)


def admission(token: str) -> Admission:
    """Who a token stands for."""
    name, _, waiting = token.partition(" ")
    return Admission(
        encounter_id=ENCOUNTER,
        organization_id=uuid5(ENCOUNTER, "organization"),
        participant_id=uuid5(ENCOUNTER, name),
        name=name,
        role="patient" if waiting else "clinician",
        state="waiting" if waiting else "admitted",
        grants=Grants(admit=not waiting, remove=not waiting),
        expires_at=datetime.now(UTC) + timedelta(minutes=10),
    )


@asynccontextmanager
async def bridged(directory: Path) -> AsyncIterator[Bridge]:
    """A room server of its own and the sockets to it."""
    path = directory / "room.sock"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.signalling",
        "--socket",
        str(path),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
        bridge = Bridge(RoomServers([path]))
        async with serve(bridge.handle, "127.0.0.1", 0, close_timeout=1) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            bridge.url = f"ws://127.0.0.1:{port}/"
            yield bridge
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
