"""What forwarding a packet costs and how long it takes, at a steady rate, to one or three."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from app.signalling.media import rtp
from app.signalling.media.rtp import sequence_delta
from bench.figures import percentile
from bench.forwarders.namespace import ADDRESS, lonely
from bench.forwarders.peers import SSRC, Peer
from bench.forwarders.servers import Forwarding, Started, processor_seconds

SLOT_SECONDS = 0.005
"""A browser's pacer sends in bursts of this."""

WINDOW_SECONDS = 4.0
WARM_PACKETS = 210
SETTLED_SECONDS = 0.3
TAIL_SECONDS = 0.5


@dataclass(frozen=True)
class Load:
    """Of one window: microseconds of CPU a packet sent on, added milliseconds, share lost."""

    rate: int
    viewers: int
    cpu_us: float
    median_ms: float
    p99_ms: float
    lost: float


@dataclass
class _Viewer:
    """What one receiver got: nanoseconds from sending to arrival."""

    peer: Peer
    offset: int = -1
    newest: int = -1
    delays: list[int] = field(default_factory=list)

    def drain(self, sent_at: Sequence[int]) -> None:
        for data, at in self.peer.drain():
            if len(data) < 500 or data[0] & 0xC0 != 0x80:  # STUN, RTCP
                continue
            sequence = rtp.uint16(data[2:4])
            if self.offset < 0:
                self.newest = sequence
                continue
            index = self._index(sequence, len(sent_at))
            if 0 <= index < len(sent_at):
                self.delays.append(at - sent_at[index])

    def _index(self, sequence: int, sent: int) -> int:
        """Which of the packets of the window this is; near the newest, for numbers wrap."""
        ahead = sequence_delta(sequence, (self.offset + sent) & 0xFFFF)
        return sent + ahead


async def loads(started: Started, *, viewers: int, rates: Sequence[int]) -> list[Load]:
    """One server with one sender and that many viewers, at each of the rates (packets a second)."""
    async with AsyncExitStack() as stack:
        namespace = stack.enter_context(lonely())
        server = await stack.enter_async_context(started(namespace, ADDRESS))
        sender = await _publishing(server, namespace, stack)
        receivers = [await _watching(server, namespace, stack) for _ in range(viewers)]
        await asyncio.sleep(SETTLED_SECONDS)
        first = 0
        found = []
        for rate in rates:
            found.append(_window(server, sender, receivers, rate=rate, first=first))
            first += WARM_PACKETS + int(rate * WINDOW_SECONDS)
            await asyncio.sleep(SETTLED_SECONDS)
        return found


async def _publishing(server: Forwarding, namespace: str, stack: AsyncExitStack) -> Peer:
    peer = Peer(namespace, ADDRESS)
    stack.push_async_callback(peer.close)
    await peer.take_answer(await server.publish(peer.describe("sendonly", ssrc=SSRC)))
    await peer.connected()
    return peer


async def _watching(server: Forwarding, namespace: str, stack: AsyncExitStack) -> Peer:
    peer = Peer(namespace, ADDRESS)
    stack.push_async_callback(peer.close)
    await server.subscribe(peer)
    await peer.connected()
    return peer


def _window(
    server: Forwarding, sender: Peer, peers: Sequence[Peer], *, rate: int, first: int
) -> Load:
    """Warm, calibrate, then the window; this process does nothing else meanwhile."""
    viewers = [_Viewer(peer) for peer in peers]
    _warm(sender, viewers, first)
    packets = sender.sealed(int(rate * WINDOW_SECONDS), first=first + WARM_PACKETS)
    before = processor_seconds(server.pid)
    _send(sender, viewers, packets, rate)
    spent = processor_seconds(server.pid) - before
    delays = [delay / 1e6 for viewer in viewers for delay in viewer.delays]
    wanted = len(packets) * len(viewers)
    return Load(
        rate=rate,
        viewers=len(viewers),
        cpu_us=spent * 1e6 / max(1, len(delays)),
        median_ms=percentile(delays, 50),
        p99_ms=percentile(delays, 99),
        lost=1 - len(delays) / wanted,
    )


def _warm(sender: Peer, viewers: Sequence[_Viewer], first: int) -> None:
    """Thirty frames; the number on which the last comes tells every later packet's."""
    for data in sender.sealed(WARM_PACKETS, first=first):
        sender.send(data)
        _wait(viewers, [], until=time.monotonic() + 0.001)
    _wait(viewers, [], until=time.monotonic() + TAIL_SECONDS)
    for viewer in viewers:
        if viewer.newest < 0:
            raise RuntimeError("nothing is forwarded")
        viewer.offset = (viewer.newest + 1) & 0xFFFF


def _send(sender: Peer, viewers: Sequence[_Viewer], packets: Sequence[bytes], rate: int) -> None:
    burst = max(1, round(rate * SLOT_SECONDS))
    sent_at: list[int] = []
    began = time.monotonic()
    for slot in range(0, len(packets), burst):
        _wait(viewers, sent_at, until=began + slot / rate)
        for data in packets[slot : slot + burst]:
            sent_at.append(time.time_ns())
            sender.send(data)
    _wait(viewers, sent_at, until=time.monotonic() + TAIL_SECONDS)


def _wait(viewers: Sequence[_Viewer], sent_at: Sequence[int], *, until: float) -> None:
    """Reads what comes until then; the short naps leave the server its core."""
    while True:
        for viewer in viewers:
            viewer.drain(sent_at)
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, 0.001))
