"""Janus with a configuration of its own: one video room, spoken to over its WebSocket."""

import asyncio
import contextlib
import itertools
import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from bench.forwarders.namespace import IP, socket_in
from bench.forwarders.servers import Receiver

READY_SECONDS = 15.0
HEARD_SECONDS = 10.0
PORT, ROOM = 8188, 1234
PLUGIN = "janus.plugin.videoroom"

# ICE-lite as the room server is; everything else as Debian has it.
MAIN = """general: {{
  configs_folder = "{folder}"
  plugins_folder = "/usr/lib/x86_64-linux-gnu/janus/plugins"
  transports_folder = "/usr/lib/x86_64-linux-gnu/janus/transports"
  events_folder = "/usr/lib/x86_64-linux-gnu/janus/events"
  loggers_folder = "/usr/lib/x86_64-linux-gnu/janus/loggers"
  debug_level = 2
}}
nat: {{ ice_lite = true ice_enforce_list = "{address}" }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "libjanus_http.so,libjanus_mqtt.so,libjanus_pfunix.so" }}
"""
OTHER_PLUGINS = (
    "audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming",
    "textroom", "videocall", "voicemail",
)  # fmt: skip
WEBSOCKETS = 'general: {{ json = "plain" ws = true ws_port = {port} }}\n'


class JanusMissing(RuntimeError):
    """Janus is not installed; Debian's package is called janus."""


class _Handle:
    """One attachment to the video room."""

    def __init__(self, janus: "Janus", handle_id: int) -> None:
        self._janus = janus
        self._id = handle_id

    async def message(self, body: Mapping[str, Any], jsep: Mapping[str, str] | None = None) -> Any:
        """The event that answers this message."""
        extra = {"jsep": dict(jsep)} if jsep else {}
        heard = await self._janus.ask(
            {"janus": "message", "handle_id": self._id, "body": dict(body), **extra}
        )
        if jsep:
            await self._janus.ask(
                {"janus": "trickle", "handle_id": self._id, "candidate": {"completed": True}},
                acknowledged=True,
            )
        data = heard["plugindata"]["data"]
        if "error" in data:
            raise AssertionError(data["error"])
        return heard


class Janus:
    """One session, one room with one sender."""

    name = "Janus"

    def __init__(self, pid: int, line: ClientConnection) -> None:
        self.pid = pid
        self._line = line
        self._session = 0
        self._asked: dict[str, asyncio.Future[Any]] = {}
        self._acked: set[asyncio.Future[Any]] = set()
        self._numbers = itertools.count(1)
        self._feed = 0

    async def hear(self) -> None:
        """Hands answers to those who asked, for as long as the line is there."""
        async for text in self._line:
            heard = json.loads(text)
            asked = self._asked.get(heard.get("transaction", ""))
            if asked and not asked.done() and (heard["janus"] != "ack" or asked in self._acked):
                asked.set_result(heard)

    async def ask(self, request: Mapping[str, Any], *, acknowledged: bool = False) -> Any:
        """The answer to a request; its mere acknowledgement only where that is all that comes."""
        number = str(next(self._numbers))
        session = {"session_id": self._session} if self._session else {}
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        if acknowledged:
            self._acked.add(asked)
        await self._line.send(json.dumps({**request, **session, "transaction": number}))
        async with asyncio.timeout(HEARD_SECONDS):
            heard = await asked
        del self._asked[number]
        self._acked.discard(asked)
        if heard["janus"] == "error":
            raise AssertionError(heard["error"]["reason"])
        return heard

    async def _attach(self) -> _Handle:
        attached = await self.ask({"janus": "attach", "plugin": PLUGIN})
        return _Handle(self, attached["data"]["id"])

    async def open_room(self, *, bitrate: int) -> None:
        """A session, and a room that takes one sender's VP8 and Opus."""
        self._session = (await self.ask({"janus": "create"}))["data"]["id"]
        room = {"request": "create", "room": ROOM, "publishers": 1, "bitrate": bitrate}
        await (await self._attach()).message(room)

    async def publish(self, offer_sdp: str) -> str:
        """Joins as the sender."""
        handle = await self._attach()
        joined = await handle.message({"request": "join", "ptype": "publisher", "room": ROOM})
        self._feed = joined["plugindata"]["data"]["id"]
        heard = await handle.message(
            {"request": "publish"}, jsep={"type": "offer", "sdp": offer_sdp}
        )
        answer: str = heard["jsep"]["sdp"]
        return answer

    async def subscribe(self, receiver: Receiver) -> None:
        """Offered by Janus, answered by the receiver."""
        handle = await self._attach()
        joined = await handle.message(
            {
                "request": "join",
                "ptype": "subscriber",
                "room": ROOM,
                "streams": [{"feed": self._feed}],
            }
        )
        answer = await receiver.answer(joined["jsep"]["sdp"])
        await handle.message({"request": "start"}, jsep={"type": "answer", "sdp": answer})


@contextlib.asynccontextmanager
async def janus(namespace: str, address: str, *, bitrate: int = 2_000_000) -> AsyncIterator[Janus]:
    """Started in there, media and WebSocket on that address. Raises JanusMissing."""
    program = shutil.which("janus")
    if program is None:
        raise JanusMissing("The comparison needs Janus (Debian: janus).")
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _configure(folder, address)
        process = subprocess.Popen(
            [IP, "netns", "exec", namespace, program, "-F", str(folder), "-L", str(folder / "log")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(_stopped, process)
        sock = await _reached(namespace, address)
        uri = f"ws://{address}:{PORT}/"
        protocols: Any = ["janus-protocol"]
        line = await stack.enter_async_context(
            connect(uri, sock=sock, subprotocols=protocols, ping_interval=10, proxy=None)
        )
        opened = Janus(process.pid, line)
        hearing = asyncio.create_task(opened.hear())
        stack.callback(hearing.cancel)
        await opened.open_room(bitrate=bitrate)
        yield opened


def _configure(folder: Path, address: str) -> None:
    plugins = ",".join(f"libjanus_{name}.so" for name in OTHER_PLUGINS)
    main = MAIN.format(folder=folder, address=address, plugins=plugins)
    (folder / "janus.jcfg").write_text(main, "utf-8")
    websockets = WEBSOCKETS.format(port=PORT)
    (folder / "janus.transport.websockets.jcfg").write_text(websockets, "utf-8")


async def _reached(namespace: str, address: str) -> socket.socket:
    async with asyncio.timeout(READY_SECONDS):
        while True:
            try:
                return socket_in(namespace, lambda: socket.create_connection((address, PORT)))
            except OSError:
                await asyncio.sleep(0.05)


def _stopped(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(READY_SECONDS)
