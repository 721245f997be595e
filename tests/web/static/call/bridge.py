"""A thin web process for tests: sockets of browsers, piped to a real room server process."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid4, uuid5

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from app.errors import RoomServerUnavailable
from app.signalling.client import Pipe, RoomServers
from app.signalling.messages import (
    Admission,
    Attendance,
    ChatSaid,
    Close,
    CloseCode,
    Deliver,
    Frame,
    Grants,
    Hello,
    Recorded,
)

READY_SECONDS = 15.0
PEOPLE = UUID("00000000-0000-4000-8000-0000000000e0")
"""Their ids are made of it and of their names."""


@dataclass
class SocketFaults:
    """What goes wrong next with the sockets; each happens as often as said and is then over."""

    drops_on_resume: int = 0
    dropped: Literal["before", "after"] = "before"
    """The first message of a resumed socket."""
    lost_answers: int = 0


class Bridge:
    """The token of a test is `name`, or `name waiting` for one who must be let in; with `direct`,
    the house of everybody allows direct calls, with `relayed` over relays alone."""

    def __init__(self, process: "RoomProcess") -> None:
        self.url = ""
        self.faults = SocketFaults()
        self.open: list[ServerConnection] = []
        self.process = process
        self._encounter_id = uuid4()
        self._rooms = RoomServers([process.path])

    async def handle(self, connection: ServerConnection) -> None:
        """Carry one socket until either end closes."""
        self.open.append(connection)
        try:
            hello = Hello.model_validate_json(await connection.recv())
            async with self._rooms.attach(self._admission(hello.token), hello.resume) as pipe:
                inward = asyncio.create_task(_inward(connection, pipe))
                await self._outward(connection, pipe, resumes=hello.resume is not None)
                inward.cancel()
            await connection.close(CloseCode.ROOM_SERVER_LOST)
        except RoomServerUnavailable:
            await connection.close(CloseCode.ROOM_SERVER_LOST)
        except ConnectionClosed:
            return
        finally:
            self.open.remove(connection)

    async def _outward(self, connection: ServerConnection, pipe: Pipe, *, resumes: bool) -> None:
        faults = self.faults
        drops = resumes and faults.drops_on_resume > 0
        faults.drops_on_resume -= drops
        async for message in pipe:
            if drops and faults.dropped == "before":
                connection.transport.abort()
                return
            match message:
                case Deliver() if faults.lost_answers and '"type":"answer"' in message.text:
                    faults.lost_answers -= 1
                case Deliver():
                    await connection.send(message.text)
                case Close():
                    await connection.close(message.code, message.reason)
                case Attendance() | ChatSaid():
                    await pipe.send(Recorded(record_id=message.record_id))
                case _:
                    raise AssertionError(message)
            if drops:
                connection.transport.abort()
                return

    async def ask_to_record(self, name: str) -> None:
        """On behalf of one in the room, as the API does."""
        recording_id, by = uuid4(), uuid5(PEOPLE, name)
        assert await self._rooms.ask_to_record(self._encounter_id, by, recording_id, bytes(32))

    async def cut(self) -> None:
        """Lose every socket."""
        await asyncio.gather(*(connection.close(4000) for connection in list(self.open)))

    def _admission(self, token: str) -> Admission:
        """Who a token stands for."""
        name, *words = token.split(" ")
        waiting = "waiting" in words
        return Admission(
            room_id=self._encounter_id,
            encounter_id=self._encounter_id,
            organization_id=uuid5(PEOPLE, "organization"),
            participant_id=uuid5(PEOPLE, name),
            name=name,
            role="patient" if waiting else "clinician",
            state="waiting" if waiting else "admitted",
            grants=Grants(admit=not waiting, remove=not waiting),
            direct_calls="relayed" if "relayed" in words else "any" if "direct" in words else "no",
        )


async def _inward(connection: ServerConnection, pipe: Pipe) -> None:
    try:
        async for text in connection:
            await pipe.send(Frame(text=str(text)))
    except ConnectionClosed:
        pass
    finally:
        pipe.close()


class RoomProcess:
    """A room server in a process of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_whole = True
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        module = (sys.executable, "-m", "tests.signalling.faulty", "--socket", str(self.path))
        self._process = await asyncio.create_subprocess_exec(
            *module, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout
        ready = await asyncio.wait_for(self._process.stdout.readline(), READY_SECONDS)
        assert b"ready" in ready

    async def order(self, **fault: object) -> None:
        """Have a fault happen (tests/signalling/faulty.py), and wait until it does."""
        self.is_whole = False
        assert self._process
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(fault).encode() + b"\n")
        line = b""
        while line != b"done\n":
            line = await asyncio.wait_for(self._process.stdout.readline(), READY_SECONDS)
            assert line, "the room server has ended"

    def freeze(self) -> None:
        """Nothing comes from it any more, until `thaw`: as when a whole line is gone."""
        self.is_whole = False
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """End it without a word, as a crash does."""
        self.is_whole = False
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.communicate()


@asynccontextmanager
async def room_processes(directory: Path) -> AsyncIterator[Callable[[], Awaitable[RoomProcess]]]:
    """Gives the room server that runs, or a new one where a fault has befallen it: starting one
    takes longer than many a test."""
    started: list[RoomProcess] = []

    async def whole() -> RoomProcess:
        if not started or not started[-1].is_whole:
            await end()
            started.append(RoomProcess(directory / f"room-{len(started)}.sock"))
            await started[-1].start()
        return started[-1]

    async def end() -> None:
        for process in started[-1:]:
            await process.kill()

    try:
        yield whole
    finally:
        await end()


@asynccontextmanager
async def bridged(process: RoomProcess) -> AsyncIterator[Bridge]:
    """Sockets to a room server, for an encounter of their own."""
    bridge = Bridge(process)
    async with serve(bridge.handle, "127.0.0.1", 0, close_timeout=1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        bridge.url = f"ws://127.0.0.1:{port}/"
        yield bridge
