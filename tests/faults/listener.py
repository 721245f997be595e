"""One who follows the event stream as a client does: over the socket, resumed after each cut."""

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.faults.history import Event, Listening
from tests.faults.wire import Ask, Unanswered, Wire

PING_SECONDS = 1.0
PAUSE_SECONDS = 0.1
OPEN_SECONDS = 5.0


class Listener:
    """Hears events. Where the service says that it cannot resume, another stretch begins."""

    def __init__(self, ports: Sequence[int], token: str, *, seed: int) -> None:
        self._ports = ports
        self._token = token
        self._random = Random(f"{seed} listener")  # noqa: S311 - a seed brings it back
        self._heard: list[Event] = []
        self._after = (0, 0)
        self.stretches: list[Listening] = []
        self.connections = 0

    @property
    def last(self) -> tuple[int, int]:
        """The position of the last event heard."""
        return self._heard[-1].position if self._heard else self._after

    async def listen(self) -> None:
        """For ever, over one connection after another."""
        while True:
            with contextlib.suppress(OSError, WebSocketException, Unanswered, TimeoutError):
                await self._once(self._random.choice(self._ports))
            await asyncio.sleep(PAUSE_SECONDS)

    async def _once(self, port: int) -> None:
        async with connect(
            f"ws://127.0.0.1:{port}/api/v1/events",
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            open_timeout=OPEN_SECONDS,
            close_timeout=PING_SECONDS,
            compression=None,
            proxy=None,
        ) as socket:
            hello = {"type": "hello", "token": await self._socket_token(port)}
            if self.stretches:
                hello["resume"] = ".".join(map(str, self.last))
            await socket.send(json.dumps(hello))
            async with asyncio.timeout(OPEN_SECONDS):
                self._welcomed(json.loads(await socket.recv()))
            await self._hear(socket)

    async def _socket_token(self, port: int) -> str:
        headers = (("Authorization", f"Bearer {self._token}"),)
        wire = Wire(port)
        try:
            answer = await wire.ask(Ask("POST", "/api/v1/events/token", headers))
        finally:
            wire.close()
        if answer.status != 200:
            raise Unanswered("no token")
        return str(answer.json()["token"])

    def _welcomed(self, welcome: Mapping[str, object]) -> None:
        self.connections += 1
        if not (welcome["resumed"] and self.stretches):
            self._after, self._heard = _position(str(welcome["position"])), []
            self.stretches.append(Listening(self._after, self._heard))

    async def _hear(self, socket: ClientConnection) -> None:
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "event":
                position = _position(message["position"])
                told = as_event(position, message["event"], message["id"], message["payload"])
                if told is not None:
                    self._heard.append(told)


def _position(text: str) -> tuple[int, int]:
    xid, _, number = text.partition(".")
    return int(xid), int(number)


def as_event(
    position: tuple[int, int], event: str, resource_id: object, payload: Mapping[str, object]
) -> Event | None:
    """An event of an appointment; None for any other."""
    if not event.startswith("appointment."):
        return None
    return Event(
        position=position,
        event=event,
        id=UUID(str(resource_id)),
        version=int(str(payload["version"])),
        status=str(payload["status"]),
        practitioner_id=UUID(str(payload["practitioner_id"])),
        start=datetime.fromisoformat(str(payload["start"])),
    )
