"""A TCP proxy with faults: delay, jitter, cuts, resets, connections that go dumb, partitions.

`python -m tests.faults.proxy SEED TARGET…` runs one for each target (`port`, or the path of a Unix
socket), prints their ports, takes a command a line and ends when its input does. What becomes of a
connection is decided by the seed and the connection's number. Nothing is throttled: what is
in flight is kept in memory.
"""

import asyncio
import json
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

Kind = Literal["fair", "cut", "reset", "dumb"]
RST_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, no seconds: close sends RST


@dataclass(frozen=True, slots=True)
class Weather:
    """How likely what is for a new connection; times in seconds.

    `cut` ends it in order, `reset` with RST, and `dumb` leaves it open without a word (half-open),
    each once a number of bytes has passed, in the middle of a message as likely as not.
    """

    cut: float = 0.0
    reset: float = 0.0
    dumb: float = 0.0
    least_bytes: int = 1
    most_bytes: int = 30_000
    delay: float = 0.0
    jitter: float = 0.0

    def kind(self, random: Random) -> Kind:
        """What happens to the next connection."""
        chance = random.random()
        if chance < self.cut:
            return "cut"
        if chance < self.cut + self.reset:
            return "reset"
        return "dumb" if chance < self.cut + self.reset + self.dumb else "fair"


FAIR = Weather()


class Line:
    """One connection through the proxy: the caller's side and the target's."""

    def __init__(self, proxy: "Proxy", random: Random) -> None:
        self._proxy = proxy
        self._random = random
        self._weather = proxy.weather
        self._kind = proxy.weather.kind(random)
        self._bytes_left = random.randint(proxy.weather.least_bytes, proxy.weather.most_bytes)
        self._ends: dict[str, asyncio.Transport] = {}
        self._waiting: list[tuple[str, bytes]] = []
        self._due = 0.0
        self._is_over = False

    def joined(self, name: str, transport: asyncio.Transport) -> None:
        """One side is there; what came for it in the meantime follows."""
        if self._is_over:
            reset(transport)
            return
        self._ends[name] = transport
        self.go_on()

    def carry(self, to: str, piece: bytes) -> None:
        """Bytes on their way to one side, as far as fate lets them."""
        if self._kind == "fair":
            self._later(to, piece)
            return
        passing = piece[: self._bytes_left]
        self._bytes_left -= len(passing)
        if passing:
            self._later(to, passing)
        if not self._bytes_left and self._kind != "dumb":
            self._at_due_time(self.end)

    def _later(self, to: str, piece: bytes) -> None:
        if not (self._weather.delay or self._weather.jitter):
            self._pass(to, piece)
        else:
            self._at_due_time(lambda: self._pass(to, piece))

    def _at_due_time(self, then: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        delay = self._weather.delay + self._weather.jitter * self._random.random()
        # Never before what was sent earlier: TCP keeps the order.
        self._due = max(self._due + 1e-6, loop.time() + delay)
        loop.call_at(self._due, then)

    def _pass(self, to: str, piece: bytes) -> None:
        if to in self._ends and not self._proxy.is_parted and not self._waiting:
            self._ends[to].write(piece)
        elif not self._is_over:
            self._waiting.append((to, piece))

    def go_on(self) -> None:
        """Deliver what had to wait, in order."""
        waiting, self._waiting = self._waiting, []
        for to, piece in waiting:
            self._pass(to, piece)

    def end(self) -> None:
        """Cut both sides, with RST where that is the fate."""
        if self._is_over:
            return
        self._is_over = True
        self._waiting.clear()
        for transport in self._ends.values():
            if self._kind == "reset":
                reset(transport)
            else:
                transport.close()
        self._proxy.lines.discard(self)

    def sever(self) -> None:
        """Cut both sides with RST, whatever the fate."""
        self._kind = "reset"
        self.end()


def reset(transport: asyncio.BaseTransport) -> None:
    """Close with RST."""
    raw = transport.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0 and raw.family != socket.AF_UNIX:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST_ON_CLOSE)
    assert isinstance(transport, asyncio.Transport)
    transport.abort()


class _Side(asyncio.Protocol):
    """What is received here goes to the other side."""

    def __init__(self, line: Line, name: str, other: str) -> None:
        self._line = line
        self._name = name
        self._other = other

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._line.joined(self._name, transport)

    def data_received(self, data: bytes) -> None:
        self._line.carry(self._other, data)

    def connection_lost(self, _: Exception | None) -> None:
        self._line.end()


class Proxy:
    """Listens on a port of loopback and passes on to one target."""

    def __init__(self, target: str, *, seed: object) -> None:
        self.weather = FAIR
        self.is_parted = False
        self.lines: set[Line] = set()
        self._target = target
        self._seed = seed
        self._count = 0
        self._server: asyncio.Server | None = None
        self._dialling: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        """Listen; the port."""
        loop = asyncio.get_running_loop()
        listening = socket.create_server(("127.0.0.1", 0), backlog=1_024)
        self._server = await loop.create_server(self._accept, sock=listening)
        port: int = listening.getsockname()[1]
        return port

    def _accept(self) -> _Side:
        self._count += 1
        chance = Random(f"{self._seed} {self._count}")  # noqa: S311 - a seed brings it back
        line = Line(self, chance)
        self.lines.add(line)
        dialling = asyncio.get_running_loop().create_task(self._dial(line))
        self._dialling.add(dialling)
        dialling.add_done_callback(self._dialling.discard)
        return _Side(line, "caller", "target")

    async def _dial(self, line: Line) -> None:
        loop = asyncio.get_running_loop()
        try:
            if self._target.isdigit():
                await loop.create_connection(
                    lambda: _Side(line, "target", "caller"), "127.0.0.1", int(self._target)
                )
            else:
                await loop.create_unix_connection(
                    lambda: _Side(line, "target", "caller"), self._target
                )
        except OSError:
            line.sever()

    def part(self) -> None:
        """Nothing gets through; what is sent waits, as TCP would send it again."""
        self.is_parted = True

    def heal(self) -> None:
        """The partition is over."""
        self.is_parted = False
        for line in tuple(self.lines):
            line.go_on()

    def sever(self) -> None:
        """Reset every connection there is."""
        for line in tuple(self.lines):
            line.sever()

    async def close(self) -> None:
        """End everything."""
        if self._server is not None:
            self._server.close()
        self.sever()
        for each in tuple(self._dialling):
            each.cancel()
        await asyncio.gather(*self._dialling, return_exceptions=True)
        await asyncio.sleep(0)  # the event loop closes what was aborted at its next turn


def obey(proxies: Sequence[Proxy], line: str) -> None:
    """One command: {"proxy": number, "do": part | heal | sever | weather, …weather}."""
    command = json.loads(line)
    proxy = proxies[command.pop("proxy")]
    deed = command.pop("do")
    if deed == "weather":
        proxy.weather = replace(FAIR, **command)
    else:
        {"part": proxy.part, "heal": proxy.heal, "sever": proxy.sever}[deed]()


async def main(seed: str, targets: Sequence[str]) -> None:
    """Run until the input ends."""
    proxies = [Proxy(each, seed=f"{seed} {number}") for number, each in enumerate(targets)]
    ports = [await proxy.start() for proxy in proxies]
    print(*ports, flush=True)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        obey(proxies, line.decode())
    for proxy in proxies:
        await proxy.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
