"""The lines from web processes, at the room server's end: one JSON message a line.

A pipe is one person's socket, or the way of what is to be recorded. Only `write` writes to it.
"""

import asyncio
from collections import deque

from pydantic import BaseModel

from app.signalling.messages import Close, Deliver
from app.signalling.outgoing import Outgoing
from app.signalling.rooms import Record

# A frame of 64 KiB may be six times as long once its control characters are escaped.
MAX_LINE_BYTES = 524_288
# How long a web process may take to hang up once it was told to close.
HANG_UP_SECONDS = 5.0


def as_line(message: BaseModel) -> bytes:
    """The message as one line: JSON never holds a raw line feed (RFC 8259 §7)."""
    return message.model_dump_json().encode() + b"\n"


async def read_line(reader: asyncio.StreamReader) -> bytes | None:
    """The next whole line; None at the end, also where a line is longer than any of ours."""
    try:
        line = await reader.readline()
    except (ConnectionError, ValueError):
        return None
    return line if line.endswith(b"\n") else None


class Pipe:
    """A participant's socket (participants.Socket) or a way for records."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._woken = asyncio.Event()
        self._outgoing: Outgoing | None = None
        self._records: deque[Record] = deque()
        self._close: Close | None = None
        self._flushes = False
        self._hang_up: asyncio.TimerHandle | None = None

    @property
    def is_open(self) -> bool:
        """Neither closed nor about to be."""
        return self._close is None

    def connect(self, outgoing: Outgoing) -> None:
        """Hand over from this queue from now on."""
        self._outgoing = outgoing
        self.wake()

    def wake(self) -> None:
        """There is something to hand over."""
        self._woken.set()

    def close(self, code: int, reason: str, *, flush: bool) -> None:
        """Tell the web process to close the socket; the first call wins."""
        if self._close is not None:
            return
        self._close = Close(code=code, reason=reason)
        self._flushes = flush
        loop = asyncio.get_running_loop()
        self._hang_up = loop.call_later(HANG_UP_SECONDS, self._writer.transport.abort)
        self.wake()

    def record(self, record: Record) -> None:
        """Hand this to the web process to be recorded."""
        self._records.append(record)
        self.wake()

    async def write(self) -> None:
        """Hand over what comes, until the socket is to be closed or the line breaks."""
        try:
            while not self._writer.is_closing():
                while line := self._next_line():
                    self._writer.write(line)
                    await self._writer.drain()
                if self._close is not None:
                    self._writer.write(as_line(self._close))
                    await self._writer.drain()
                    return
                await self._woken.wait()
                self._woken.clear()
        except ConnectionError:
            return

    def _next_line(self) -> bytes | None:
        if self._records:
            return as_line(self._records.popleft())
        if self._outgoing is None or (self._close is not None and not self._flushes):
            return None
        text = self._outgoing.take()
        return None if text is None else as_line(Deliver(text=text))

    def finish(self) -> None:
        """The other end has hung up."""
        if self._hang_up:
            self._hang_up.cancel()
        self._writer.transport.abort()
        self.wake()
