"""The mobile line: a proxy in front of the server that is down, or cuts requests in their midst."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal

State = Literal["up", "down", "silent"]
WRITES = (b"POST /api/v1/service-requests", b"PATCH /api/v1/service-requests")
RST_ON_CLOSE = struct.pack("ii", 1, 0)
CHUNK = 65_536


@dataclass
class MobileLine:
    """`down` resets whoever connects; `silent` takes what is said and never answers.

    While `up`, each write has a chance to be cut: in the midst of the request, or when the
    server has answered and the answer is on its way.
    """

    target: int
    chance: Random
    state: State = "up"
    cut_chance: float = 0.0
    cuts: dict[str, int] = field(default_factory=lambda: {"request": 0, "answer": 0})
    port: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop | None = None

    def become(self, state: State) -> None:
        """From another thread: what is open is reset with it."""
        self.state = state
        if state != "up" and self._loop is not None:
            done = asyncio.run_coroutine_threadsafe(self._reset_all(), self._loop)
            done.result(5)

    async def _reset_all(self) -> None:
        for writer in tuple(self._open):
            reset(writer)

    async def serve(self, ready: threading.Event, over: asyncio.Event) -> None:
        """Listen until it is over."""
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await over.wait()
        server.close()
        await self._reset_all()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if self.state == "down":
                reset(writer)
            elif self.state == "silent":
                while await reader.read(CHUNK):
                    pass
            else:
                await self._carry(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            reset(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self._open.add(back)
        fate = Fate()
        try:
            ends = [
                asyncio.ensure_future(self._requests(reader, back, fate)),
                asyncio.ensure_future(self._answers(there, writer, fate)),
            ]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
            await asyncio.gather(*ends, return_exceptions=True)
        finally:
            self._open.discard(back)
            reset(back)

    async def _requests(
        self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, fate: "Fate"
    ) -> None:
        while piece := await reader.read(CHUNK):
            if piece.startswith(WRITES) and self.chance.random() < self.cut_chance:
                if self.chance.random() < 0.5:
                    self.cuts["request"] += 1
                    back.write(piece[: self.chance.randrange(1, len(piece))])
                    await back.drain()
                    return
                fate.cut_answer = True
            back.write(piece)
            await back.drain()

    async def _answers(
        self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, fate: "Fate"
    ) -> None:
        while piece := await there.read(CHUNK):
            if fate.cut_answer:
                self.cuts["answer"] += 1
                return
            writer.write(piece)
            await writer.drain()


@dataclass
class Fate:
    """What becomes of one connection."""

    cut_answer: bool = False


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, as a phone that drove into a tunnel never says goodbye."""
    raw = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST_ON_CLOSE)
    writer.transport.abort()


@contextlib.contextmanager
def mobile_line(target: int, chance: Random) -> Iterator[MobileLine]:
    """A line to `target` on a port of its own, in a thread of its own."""
    line = MobileLine(target, chance)
    ready = threading.Event()
    over: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def run() -> None:
        event = asyncio.Event()
        over.append((asyncio.get_running_loop(), event))
        await line.serve(ready, event)

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="mobile-line")
    thread.start()
    ready.wait(10)
    try:
        yield line
    finally:
        loop, event = over[0]
        loop.call_soon_threadsafe(event.set)
        thread.join()
