"""A monitor's end of the device feed, as an integrator would write it (docs/device-feed.md).

What is not acknowledged is kept and sent again after a lost line; the ids make it count once.
"""

import asyncio
import base64
import http.client
import json
import ssl
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from app.clock import utc_now

MOST_KEPT = 3_600
"""Messages kept while there is no line: an hour of one a second. The oldest go first."""
AGAIN_SECONDS = 2.0
REFRESH_AFTER_SECONDS = 600.0
DEADLINE_SECONDS = 10.0
DO_NOT_RECONNECT = 4500


class FeedRefused(Exception):
    """The server does not take this monitor."""


@dataclass(frozen=True, slots=True)
class Credential:
    """Where to feed, and as which monitor."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    verify: bool = True

    def token(self) -> str:
        """A fresh access token (RFC 6749 §4.4). Blocking. Raises FeedRefused, OSError."""
        line = line_to(self)
        pair = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        headers = {
            "Authorization": f"Basic {pair}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            line.request("POST", "/api/v1/token", "grant_type=client_credentials", headers)
            answer = line.getresponse()
            body = answer.read()
        finally:
            line.close()
        if answer.status != 200:
            raise FeedRefused(f"the token was refused with status {answer.status}")
        return str(json.loads(body)["access_token"])

    def tls(self) -> ssl.SSLContext | None:
        """How the certificate is checked; None without TLS."""
        if not self.url.startswith("https:"):
            return None
        context = ssl.create_default_context()
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    @property
    def socket_url(self) -> str:
        """Of the feed."""
        return f"ws{self.url.removeprefix('http').rstrip('/')}/api/v1/device-feed"


def line_to(credential: Credential) -> http.client.HTTPConnection:
    """A connection for requests, not open yet."""
    parts = urlsplit(credential.url)
    host = str(parts.hostname)
    context = credential.tls()
    if context is None:
        return http.client.HTTPConnection(host, parts.port or 80, timeout=DEADLINE_SECONDS)
    return http.client.HTTPSConnection(
        host, parts.port or 443, timeout=DEADLINE_SECONDS, context=context
    )


@dataclass(slots=True)
class Counts:
    """What became of what was sent."""

    stored: int = 0
    known: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)


class FeedClient:
    """Sends readings for as long as it runs, over as many connections as it takes."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential
        self._kept: deque[tuple[int, Sequence[Mapping[str, object]]]] = deque(maxlen=MOST_KEPT)
        self._seq = 0
        self._more = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self.counts = Counts()
        self.welcome: dict[str, object] = {}
        self.ahead = timedelta()
        """How far the server's clock is ahead of ours: times are sent by the server's."""
        self._welcomed = asyncio.Event()

    async def welcomed(self) -> None:
        """Wait until the server has taken us for the first time."""
        await self._welcomed.wait()

    def add(self, readings: Sequence[Mapping[str, object]]) -> None:
        """Send these as soon as there is a line."""
        self._seq += 1
        self._kept.append((self._seq, readings))
        self._settled.clear()
        self._more.set()

    async def settled(self) -> None:
        """Wait until everything added so far is acknowledged."""
        await self._settled.wait()

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running

    async def ended(self) -> None:
        """Wait for its end, which only a refusal brings. Raises FeedRefused."""
        await asyncio.shield(self._running)

    async def _run(self) -> None:
        while True:
            try:
                await self._converse()
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else 0
                if code >= DO_NOT_RECONNECT:
                    raise FeedRefused(f"the server closed with {code}") from closed
            except (OSError, TimeoutError, InvalidHandshake):
                pass  # no line just now
            await asyncio.sleep(AGAIN_SECONDS)

    async def _converse(self) -> None:
        token = await asyncio.to_thread(self._credential.token)
        tls = self._credential.tls()
        async with connect(self._credential.socket_url, ssl=tls, compression=None) as line:
            await line.send(json.dumps({"type": "hello", "token": token}))
            async with asyncio.timeout(DEADLINE_SECONDS):
                self.welcome = json.loads(await line.recv())
            self.ahead = datetime.fromisoformat(str(self.welcome["server_time"])) - utc_now()
            self._welcomed.set()
            async with asyncio.TaskGroup() as tasks:
                window = asyncio.Semaphore(int(str(self.welcome["most_unacknowledged"])))
                sending = tasks.create_task(self._send(line, window))
                refreshing = tasks.create_task(self._refresh(line))
                try:
                    await self._hear(line, window)
                finally:
                    sending.cancel()
                    refreshing.cancel()

    async def _send(self, line: ClientConnection, window: asyncio.Semaphore) -> None:
        sent = 0
        while True:
            due = [each for each in self._kept if each[0] > sent]
            for seq, readings in due:
                await window.acquire()
                message = {"type": "readings", "seq": seq, "readings": readings}
                with suppress(ConnectionClosed):  # who listens finds out
                    await line.send(json.dumps(message))
                sent = seq
            self._more.clear()
            if not self._kept or self._kept[-1][0] <= sent:
                await self._more.wait()

    async def _refresh(self, line: ClientConnection) -> None:
        while True:
            await asyncio.sleep(REFRESH_AFTER_SECONDS)
            token = await asyncio.to_thread(self._credential.token)
            await line.send(json.dumps({"type": "refresh", "token": token}))

    async def _hear(self, line: ClientConnection, window: asyncio.Semaphore) -> None:
        async for text in line:
            message = json.loads(text)
            if message["type"] != "stored":
                continue
            window.release()
            self._count(message)
            while self._kept and self._kept[0][0] <= message["seq"]:
                self._kept.popleft()
            if not self._kept:
                self._settled.set()

    def _count(self, message: Mapping[str, object]) -> None:
        counts = self.counts
        refused = message["refused"]
        assert isinstance(refused, list)  # noqa: S101 (by the protocol)
        counts.stored += int(str(message["stored"]))
        counts.known += int(str(message["known"]))
        counts.refused += len(refused)
        for each in refused:
            counts.reasons[each["problem"]] = counts.reasons.get(each["problem"], 0) + 1
