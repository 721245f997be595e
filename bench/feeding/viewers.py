"""People who have one patient's charts on screen each: the live stream, and on each event that
names their patient a fetch of what is new, as static/observations/charts.js does it."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from bench.feeding.ground import PASSWORD

GATHER_SECONDS = 0.03
MINUTES = 4
PING_SECONDS = 5.0


@dataclass
class Viewer:
    """One of them; `lags_ms` of each reading from the taking to the screen."""

    url: str
    username: str
    request_id: UUID
    lags_ms: list[float] = field(default_factory=list)
    fetches: int = 0
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _since: str | None = None
    _due: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, ready: asyncio.Event) -> None:
        """Until cancelled."""
        async with httpx2.AsyncClient(base_url=self.url) as http:
            answer = await http.post(
                "/api/v1/sign-in", json={"username": self.username, "password": PASSWORD}
            )
            http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            await self._fetch(http, None)
            self.lags_ms.clear()
            token = (await http.post("/api/v1/events/token")).json()["token"]
            address = f"ws{self.url.removeprefix('http')}/api/v1/events"
            async with connect(address, compression=None) as line, asyncio.TaskGroup() as tasks:
                await line.send(json.dumps({"type": "hello", "token": token}))
                await line.recv()
                ready.set()
                tasks.create_task(self._hear(line))
                tasks.create_task(self._ping(line))
                tasks.create_task(self._keep_up(http))

    async def _hear(self, line: ClientConnection) -> None:
        async for text in line:
            message = json.loads(text)
            if message.get("event") != "observations.streamed":
                continue
            since = message["payload"]["since"].get(str(self.request_id))
            if since:
                self._since = min(self._since or since, since)
                self._due.set()

    async def _ping(self, line: ClientConnection) -> None:
        while True:
            await asyncio.sleep(PING_SECONDS)
            await line.send(json.dumps({"type": "ping", "at": 1}))

    async def _keep_up(self, http: httpx2.AsyncClient) -> None:
        while True:
            await self._due.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._due.clear()
            since, self._since = self._since, None
            await self._fetch(http, since)

    async def _fetch(self, http: httpx2.AsyncClient, after: str | None) -> None:
        wanted = {"minutes": str(MINUTES)} | ({"after": after} if after else {})
        with suppress(httpx2.TransportError):
            answer = await http.get(
                f"/api/v1/service-requests/{self.request_id}/trends", params=wanted
            )
            self.fetches += 1
            self._show(answer.json(), datetime.now(UTC))

    def _show(self, body: dict[str, list[dict[str, str]]], now: datetime) -> None:
        for each in body["newest"]:
            key = (each["code"], each["taken_at"])
            if key in self._seen or each["code"] == "temperature":
                continue
            self._seen.add(key)
            taken_at = datetime.fromisoformat(each["taken_at"])
            self.lags_ms.append((now - taken_at).total_seconds() * 1_000)
