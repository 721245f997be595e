"""Asking a node whether it can serve."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.cli.health import ready_within

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def answering(*bodies: bytes) -> AsyncIterator[int]:
    """A server that gives these answers in turn, the last one again and again; its port."""
    left = list(bodies)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = left.pop(0) if len(left) > 1 else left[0]
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + body)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_ok_is_ready() -> None:
    async with answering(b'{"status": "ok"}') as port:
        assert await ready_within(0, "127.0.0.1", port, secure=False)


async def test_it_is_asked_again_until_all_is_well() -> None:
    async with answering(b'{"status": "degraded"}', b"", b"no", b'{"status": "ok"}') as port:
        assert await ready_within(10, "127.0.0.1", port, secure=False)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b'{"status": "degraded"}'])
async def test_anything_else_is_not(body: bytes) -> None:
    async with answering(body) as port:
        assert not await ready_within(0, "127.0.0.1", port, secure=False)


async def test_nobody_there_is_not_ready() -> None:
    assert not await ready_within(0, "127.0.0.1", 1, secure=False)
