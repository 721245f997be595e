"""A monitor's client over a real port: what is not acknowledged is sent again, and counts once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from websockets.asyncio.server import ServerConnection, serve

from app.cli.simulation import client as client_module
from app.cli.simulation.client import Credential, FeedClient, FeedRefused

pytestmark = pytest.mark.anyio


class Known(Credential):
    """A credential whose token needs no server."""

    def token(self) -> str:
        return "token"


class Server:
    """Takes readings; `deaf` answers none and hangs up after the first message."""

    def __init__(self) -> None:
        self.deaf = 0
        self.close_code = 0
        self.taken: list[int] = []

    async def __call__(self, connection: ServerConnection) -> None:
        hello = json.loads(await connection.recv())
        assert hello == {"type": "hello", "token": "token"}
        if self.close_code:
            await connection.close(self.close_code)
            return
        welcome = {"type": "welcome", "most_unacknowledged": 2}
        await connection.send(json.dumps(welcome | {"server_time": datetime.now(UTC).isoformat()}))
        async for text in connection:
            message = json.loads(text)
            if self.deaf:
                self.deaf -= 1
                return
            self.taken.append(message["seq"])
            stored = {"type": "stored", "seq": message["seq"], "stored": 1, "known": 0}
            refused = [{"id": None, "problem": "not-linked", "detail": ""}]
            await connection.send(json.dumps({**stored, "refused": refused}))


@asynccontextmanager
async def listening(server: Server) -> AsyncIterator[Known]:
    async with serve(server, "127.0.0.1", 0) as running:
        port = running.sockets[0].getsockname()[1]
        yield Known(f"http://127.0.0.1:{port}", "id", "secret")


def reading() -> dict[str, object]:
    return {"id": str(uuid4()), "code": "heart-rate", "value": 70}


async def test_what_is_added_is_acknowledged_and_counted() -> None:
    server = Server()
    async with listening(server) as credential, FeedClient(credential) as client:
        for _ in range(5):
            client.add([reading()])
        await asyncio.wait_for(client.settled(), 10)

    assert server.taken == [1, 2, 3, 4, 5]
    assert (client.counts.stored, client.counts.reasons) == (5, {"not-linked": 5})


async def test_what_was_not_answered_is_sent_again_on_the_next_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "AGAIN_SECONDS", 0.01)
    server = Server()
    server.deaf = 2
    async with listening(server) as credential, FeedClient(credential) as client:
        client.add([reading()])
        client.add([reading()])
        await asyncio.wait_for(client.settled(), 10)

    assert server.taken == [1, 2]


async def test_a_refusal_ends_it() -> None:
    server = Server()
    server.close_code = 4502
    async with listening(server) as credential:
        client = FeedClient(credential)
        await client.__aenter__()

        with pytest.raises(FeedRefused, match="4502"):
            await asyncio.wait_for(client.ended(), 10)
