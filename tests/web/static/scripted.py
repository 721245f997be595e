"""A WebSocket server whose every word the test says."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request

DEADLINE_SECONDS = 10.0

Message = dict[str, object]


class Line:
    """One connection of a browser that has said something."""

    def __init__(self, connection: ServerConnection, first: str) -> None:
        self._connection = connection
        self._first: str | None = first

    async def receive(self) -> Message:
        """The next message that is not a ping; those are answered meanwhile."""
        while True:
            message = await self._next()
            if message["type"] != "ping":
                return message
            await self.send(type="pong", at=message["at"])

    async def _next(self) -> Message:
        text, self._first = self._first, None
        if text is None:
            text = str(await asyncio.wait_for(self._connection.recv(), DEADLINE_SECONDS))
        message: Message = json.loads(text)
        return message

    async def receive_ping(self) -> Message:
        """The next message, which must be a ping."""
        message = await self._next()
        assert message["type"] == "ping"
        return message

    async def send(self, **message: object) -> None:
        """Say something."""
        await self._connection.send(json.dumps(message))

    async def close(self, code: int) -> None:
        """Close with this code."""
        await self._connection.close(code)

    async def closed(self) -> None:
        """Wait until the browser has gone."""
        await asyncio.wait_for(self._connection.wait_closed(), DEADLINE_SECONDS)


class ScriptedServer:
    """Hands over the connections in the order in which they open."""

    def __init__(self) -> None:
        self.url = ""
        self.holes = 0
        """How many of the next connections go into a hole: nobody answers them."""
        self._lines: asyncio.Queue[Line] = asyncio.Queue()

    async def accept(self) -> Line:
        """The next connection."""
        return await asyncio.wait_for(self._lines.get(), DEADLINE_SECONDS)

    async def answer(self, connection: ServerConnection, _: Request) -> None:
        """Let a handshake go on, or leave it without an answer until the browser gives it up."""
        if self.holes:
            self.holes -= 1
            await connection.wait_closed()

    async def handle(self, connection: ServerConnection) -> None:
        """Keep a connection until it closes."""
        try:
            await self._lines.put(Line(connection, str(await connection.recv())))
            await connection.wait_closed()
        except ConnectionClosed:
            return


@asynccontextmanager
async def scripted() -> AsyncIterator[ScriptedServer]:
    """A scripted server on a free port of loopback."""
    script = ScriptedServer()
    async with serve(
        script.handle, "127.0.0.1", 0, close_timeout=1, process_request=script.answer
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        script.url = f"ws://127.0.0.1:{port}/"
        yield script
