"""The edge of a socket against a browser made of two functions."""

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import cast

import pytest
from pydantic import TypeAdapter
from starlette.types import Message as AsgiMessage
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.config import Settings
from app.errors import RoomServerUnavailable
from app.routers.sockets import MAX_SILENT, Closing, Edge, first_to_end, serve
from app.signalling.messages import CloseCode, Hello

pytestmark = pytest.mark.anyio

ADDRESS = "192.0.2.9"
HELLO = TypeAdapter(Hello)


class Browser:
    """What it says is told beforehand; what it is told is kept."""

    def __init__(self, *texts: str, silent: Counter[str] | None = None) -> None:
        self.said: asyncio.Queue[AsgiMessage] = asyncio.Queue()
        self.said.put_nowait({"type": "websocket.connect"})
        for text in texts:
            self.said.put_nowait({"type": "websocket.receive", "text": text})
        self.told: list[AsgiMessage] = []
        self.silent = Counter[str]() if silent is None else silent

    async def hear(self, message: AsgiMessage) -> None:
        self.told.append(message)

    def edge(self) -> Edge:
        state = SimpleNamespace(settings=Settings(), database=None, silent_sockets=self.silent)
        scope = {
            "type": "websocket",
            "app": SimpleNamespace(state=state),
            "client": (ADDRESS, 1),
            "headers": [],
            "path": "/",
            "query_string": b"",
            "server": ("localhost", 80),
            "scheme": "ws",
            "state": {},
        }
        return Impatient(WebSocket(scope, self.said.get, self.hear), "events")

    @property
    def close_code(self) -> int:
        return cast("int", self.told[-1]["code"])


class Impatient(Edge):
    hello_seconds = 0.05


async def hello(edge: Edge) -> Closing | None:
    await edge.hello(HELLO)
    return None


async def test_who_says_nothing_is_closed_in_time() -> None:
    browser = Browser()

    await serve(browser.edge(), hello)

    assert browser.close_code == CloseCode.HELLO_TIMEOUT


async def test_too_many_silent_sockets_of_one_address_are_sent_away() -> None:
    browser = Browser(silent=Counter({ADDRESS: MAX_SILENT}))

    await serve(browser.edge(), hello)

    assert browser.close_code == 1013
    assert browser.silent == {ADDRESS: MAX_SILENT}


async def test_a_socket_that_said_hello_is_silent_no_more() -> None:
    browser = Browser(Hello(token="t").model_dump_json())

    await serve(browser.edge(), hello)

    assert not browser.silent


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RoomServerUnavailable(), CloseCode.ROOM_SERVER_LOST),
        (OSError("the database is away"), CloseCode.ROOM_SERVER_LOST),
        (Closing(CloseCode.SLOW, "slow"), CloseCode.SLOW),
        (ZeroDivisionError(), 1011),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_whatever_ends_a_conversation_becomes_a_close_code(
    error: Exception, code: int
) -> None:
    browser = Browser()

    async def fail(_: Edge) -> Closing | None:
        raise error

    await serve(browser.edge(), fail)

    assert browser.close_code == code
    assert "reason" not in browser.told[-1] or "Zero" not in browser.told[-1]["reason"]


async def test_a_client_that_goes_is_not_closed_again() -> None:
    browser = Browser()

    async def go(_: Edge) -> Closing | None:
        raise WebSocketDisconnect

    await serve(browser.edge(), go)

    assert [message["type"] for message in browser.told] == ["websocket.accept"]


async def test_the_first_loop_to_end_ends_the_others() -> None:
    cancelled = asyncio.Event()

    async def endless() -> Closing | None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return None

    async def short() -> Closing | None:
        return Closing(CloseCode.SLOW, "slow")

    ended = await first_to_end(endless(), short())

    assert ended is not None
    assert ended.code == CloseCode.SLOW
    assert cancelled.is_set()


async def test_a_refusal_in_a_loop_is_raised_as_it_is() -> None:
    async def refuse() -> Closing | None:
        raise RoomServerUnavailable

    with pytest.raises(RoomServerUnavailable):
        await first_to_end(refuse())
