import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from app.signalling.messages import Close, CloseCode, Deliver, ToWeb, to_web
from app.signalling.outgoing import Outgoing
from app.signalling.pipes import Pipe, as_line, read_line

DEADLINE = 5.0


class Line:
    """Both ends of a line within this process."""

    def __init__(self, reader: asyncio.StreamReader, pipe: Pipe) -> None:
        self.reader = reader
        self.pipe = pipe

    async def read(self) -> ToWeb:
        line = await asyncio.wait_for(read_line(self.reader), DEADLINE)
        assert line is not None
        return to_web.validate_json(line)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    ours, theirs = socket.socketpair()
    _, our_writer = await asyncio.open_connection(sock=ours)
    reader, their_writer = await asyncio.open_connection(sock=theirs)
    yield Line(reader, Pipe(our_writer))
    our_writer.transport.abort()
    their_writer.transport.abort()


def filled(*bodies: str) -> Outgoing:
    outgoing = Outgoing(lambda: "e")
    for body in bodies:
        outgoing.put(body)
    return outgoing


@pytest.mark.anyio
async def test_what_waits_is_handed_over_before_a_flushing_close(line: Line) -> None:
    line.pipe.connect(filled('{"a":1}', '{"a":2}'))
    line.pipe.close(CloseCode.ENDED, "ended", flush=True)

    await line.pipe.write()

    texts = [await line.read() for _ in range(3)]
    assert texts[:2] == [
        Deliver(text='{"epoch":"e","seq":1,"a":1}'),
        Deliver(text='{"epoch":"e","seq":2,"a":2}'),
    ]
    assert texts[2] == Close(code=4503, reason="ended")
    line.pipe.finish()


@pytest.mark.anyio
async def test_what_waits_is_kept_for_another_when_a_close_does_not_flush(line: Line) -> None:
    outgoing = filled('{"a":1}')
    line.pipe.connect(outgoing)
    line.pipe.close(CloseCode.REPLACED, "replaced", flush=False)

    await line.pipe.write()

    assert await line.read() == Close(code=4504, reason="replaced")
    assert outgoing.take() is not None
    line.pipe.finish()


@pytest.mark.anyio
async def test_the_first_close_wins(line: Line) -> None:
    line.pipe.close(CloseCode.SLOW, "slow", flush=False)
    line.pipe.close(CloseCode.ENDED, "ended", flush=True)

    await line.pipe.write()

    assert await line.read() == Close(code=4001, reason="slow")
    line.pipe.finish()


@pytest.mark.anyio
async def test_a_line_that_breaks_ends_the_writing(line: Line) -> None:
    writing = asyncio.create_task(line.pipe.write())
    await asyncio.sleep(0)

    line.pipe.finish()

    await asyncio.wait_for(writing, DEADLINE)


@pytest.mark.anyio
async def test_a_line_that_is_cut_or_too_long_is_no_line() -> None:
    for fed in (b"no end", b"x" * 200 + b"\n"):
        reader = asyncio.StreamReader(limit=100)
        reader.feed_data(fed)
        reader.feed_eof()

        assert await read_line(reader) is None


def test_a_message_is_one_line_whatever_it_holds() -> None:
    assert as_line(Deliver(text="a\nb\r\u2028")).count(b"\n") == 1
