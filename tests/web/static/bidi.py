"""Firefox as Debian packages it, over WebDriver BiDi (W3C): as much of it as the tests need.

Playwright drives builds of Firefox of its own; to this one it says commands it does not know yet.
"""

import asyncio
import base64
import itertools
import json
import re
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

FIREFOX = "/usr/bin/firefox-esr"
READY_SECONDS = 30.0
LOOK_SECONDS = 0.05
COMMAND_SECONDS = 120.0
LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PREFERENCES: Mapping[str, bool | str] = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
}
CALL = """async (text) => {
  const found = (EXPRESSION);
  const value = typeof found === "function" ? await found(JSON.parse(text)) : await found;
  return JSON.stringify(value ?? null);
}"""


class Evaluates(Protocol):
    """A page of either browser, as far as the chapters of a call need one."""

    def evaluate(self, expression: str, arg: Any = None) -> Awaitable[Any]:
        """What an expression is, or a function gives for the argument; promises are awaited."""


class Tab:
    """A page. `errors` has what its scripts threw and nobody caught."""

    def __init__(self, firefox: "Firefox", context: str) -> None:
        self._firefox = firefox
        self._context = context
        self.errors: list[str] = []

    async def goto(self, url: str) -> None:
        """Open an address, and wait until it has loaded."""
        await self._send("browsingContext.navigate", url=url, wait="complete")

    async def evaluate(self, expression: str, arg: Any = None) -> Any:
        """As Playwright's. Raises AssertionError with what was thrown."""
        done = await self._firefox.send(
            "script.callFunction",
            functionDeclaration=CALL.replace("EXPRESSION", expression),
            arguments=[{"type": "string", "value": json.dumps(arg)}],
            target={"context": self._context},
            awaitPromise=True,
        )
        assert done["type"] == "success", done["exceptionDetails"]["text"]
        return json.loads(done["result"]["value"])

    async def touch(self) -> None:
        """A person's press on the page's corner, after which a browser lets it make sound."""
        press = [
            {"type": "pointerMove", "x": 1, "y": 1},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        actions = [{"type": "pointer", "id": "mouse", "actions": press}]
        await self._send("input.performActions", actions=actions)

    async def resize(self, width: int, height: int) -> None:
        """The page's width and height, in CSS pixels."""
        viewport = {"width": width, "height": height}
        await self._send("browsingContext.setViewport", viewport=viewport)

    async def screenshot(self, path: Path) -> None:
        """The whole page as a PNG file."""
        shot = await self._send("browsingContext.captureScreenshot", origin="document")
        path.write_bytes(base64.b64decode(shot["data"]))

    async def close(self) -> None:
        await self._send("browsingContext.close")

    async def _send(self, method: str, **parameters: object) -> dict[str, Any]:
        return await self._firefox.send(method, context=self._context, **parameters)


class Firefox:
    """A session of one browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._tabs: dict[str, Tab] = {}

    async def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """A command, and its result. Raises AssertionError with the browser's own words."""
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            message = {"id": number, "method": method, "params": parameters}
            await self._socket.send(json.dumps(message))
            answer = await asyncio.wait_for(self._waiting[number], COMMAND_SECONDS)
        finally:
            del self._waiting[number]
        assert answer["type"] == "success", f"{answer['error']}: {answer['message']}"
        result: dict[str, Any] = answer["result"]
        return result

    async def open(self, url: str, *, apart: bool = False) -> Tab:
        """A window of its own: a tab behind another is slowed down. `apart`: with cookies of its
        own too."""
        how = await self.send("browser.createUserContext") if apart else {}
        created = await self.send("browsingContext.create", type="window", **how)
        tab = self._tabs[created["context"]] = Tab(self, created["context"])
        await tab.goto(url)
        return tab

    async def listen(self) -> None:
        """Take in what comes, until the browser ends."""
        try:
            async for text in self._socket:
                self._received(json.loads(text))
        except ConnectionClosed:
            pass
        for waiting in self._waiting.values():
            waiting.cancel()

    def _received(self, message: dict[str, Any]) -> None:
        waiting = self._waiting.get(message.get("id") or 0)
        if waiting and not waiting.done():
            waiting.set_result(message)
        elif message.get("method") == "log.entryAdded":
            entry = message["params"]
            tab = self._tabs.get(entry["source"].get("context", ""))
            if tab and _is_of_a_script(entry):
                tab.errors.append(entry["text"])


def _is_of_a_script(entry: dict[str, Any]) -> bool:
    """And not of the network, or of a policy, of which the console tells in the same way."""
    is_error = entry["type"] == "javascript" and entry["level"] == "error"
    return is_error and ("stackTrace" in entry or entry["text"].startswith("SyntaxError"))


@asynccontextmanager
async def firefox() -> AsyncIterator[Firefox]:
    """One Firefox with a fake camera and microphone, and a profile that is gone after it."""
    with TemporaryDirectory(prefix="openconsult-firefox-", ignore_cleanup_errors=True) as home:
        async with _running(Path(home)) as address, connect(address, max_size=None) as socket:
            session = Firefox(socket)
            listening = asyncio.create_task(session.listen())
            await session.send("session.new", capabilities={})
            await session.send("session.subscribe", events=["log.entryAdded"])
            try:
                yield session
            finally:
                await socket.close()
                await listening


@asynccontextmanager
async def _running(profile: Path) -> AsyncIterator[str]:
    """The browser's process; gives the address of its sessions."""
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    command = (FIREFOX, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile")
    log = profile / "log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, str(profile), "about:blank", stdout=out, stderr=out
        )
    try:
        async with asyncio.timeout(READY_SECONDS):
            address = await _address(log, process)
        yield f"{address}/session"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _address(log: Path, process: asyncio.subprocess.Process) -> str:
    """Where it says that it listens."""
    while True:
        found = LISTENING.search(log.read_text(errors="replace"))
        if found:
            return found[1]
        assert process.returncode is None, log.read_text(errors="replace")
        await asyncio.sleep(LOOK_SECONDS)
