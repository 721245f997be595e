"""Real sockets that never read, against uvicorn in this process."""

import asyncio
import base64
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import connect

from app.routers.stall import UVICORN_OPTIONS, StallAborting

pytestmark = pytest.mark.anyio

DEADLINE = 10.0


class Impatient(StallAborting):
    patience_seconds = 0.3


@asynccontextmanager
async def serving(
    endpoint: Callable[[WebSocket], Awaitable[None]], **options: float
) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    listener = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[WebSocketRoute("/", endpoint)])
    chosen = UVICORN_OPTIONS | {"ws": Impatient} | options
    config = uvicorn.Config(app, log_level="critical", lifespan="off", **chosen)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield server, listener.getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, DEADLINE)


def open_without_reading(port: int) -> socket.socket:
    """A handshake, and then silence."""
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    key = base64.b64encode(os.urandom(16)).decode()
    client.sendall(
        f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    return client


async def test_a_client_that_stops_reading_is_aborted() -> None:
    freed = asyncio.Event()

    async def flood(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            while True:
                await websocket.send_text("x" * 65_000)
        except WebSocketDisconnect:
            freed.set()

    async with serving(flood) as (_, port):
        client = await asyncio.to_thread(open_without_reading, port)

        await asyncio.wait_for(freed.wait(), DEADLINE)

        client.close()


async def test_a_stalled_client_does_not_hold_up_the_shutdown() -> None:
    started = asyncio.Event()

    async def flood(websocket: WebSocket) -> None:
        await websocket.accept()
        started.set()
        while True:
            await websocket.send_text("x" * 65_000)

    async with serving(flood) as (server, port):
        client = await asyncio.to_thread(open_without_reading, port)
        await asyncio.wait_for(started.wait(), DEADLINE)

        server.should_exit = True

    client.close()


async def test_a_client_that_answers_no_ping_is_aborted() -> None:
    freed = asyncio.Event()

    async def listen(websocket: WebSocket) -> None:
        await websocket.accept()
        try:
            await websocket.receive_text()
        except WebSocketDisconnect:
            freed.set()

    async with serving(listen, ws_ping_interval=0.1, ws_ping_timeout=0.1) as (_, port):
        client = await asyncio.to_thread(open_without_reading, port)

        await asyncio.wait_for(freed.wait(), DEADLINE)

        client.close()


async def test_a_client_that_reads_slowly_is_kept() -> None:
    async def flood(websocket: WebSocket) -> None:
        await websocket.accept()
        for _ in range(100):
            await websocket.send_text("x" * 65_000)
        await websocket.close()

    async with (
        serving(flood) as (_, port),
        connect(f"ws://127.0.0.1:{port}/", compression=None) as client,
    ):
        received = [len(message) async for message in client]

    assert received == [65_000] * 100
