"""HTTP/1.1 with as little as possible: one kept connection, a deadline, no retries of its own."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

DEADLINE_SECONDS = 4.0


class Unanswered(Exception):
    """The connection failed or the deadline passed: nobody can tell what became of the request."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        """The body as an object; empty where it is none."""
        found = json.loads(self.body) if self.body else {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Ask:
    """What is sent. The same Ask is the same bytes."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def encoded(self) -> bytes:
        """As it goes on the wire."""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body:
            lines += ["Content-Type: application/json"]
        if self.body or self.method != "GET":
            lines += [f"Content-Length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


class Wire:
    """One connection at a time to one port, opened when needed."""

    def __init__(self, port: int, *, deadline: float = DEADLINE_SECONDS) -> None:
        self.port = port
        self._deadline = deadline
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, ask: Ask) -> Answer:
        """Send, and wait for the answer. Raises Unanswered."""
        try:
            async with asyncio.timeout(self._deadline):
                return await self._exchange(ask)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            self.close()
            raise Unanswered(type(error).__name__) from error
        except BaseException:
            self.close()
            raise

    async def _exchange(self, ask: Ask) -> Answer:
        if self._streams is not None and self._streams[0].at_eof():
            self.close()  # the server let it go while nothing was asked
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        writer.write(ask.encoded())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rest = head.split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(first.split(" ", 2)[1]), headers, body)

    def close(self) -> None:
        """Let the connection go."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
