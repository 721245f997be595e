"""What a peer costs the node in memory, and that nothing is left of those who go.

The node is a process of its own; the peers, with DTLS of their own and packets made by hand, are
in ours. Half of them publish sound and picture at 2 Mb/s, half watch.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from app.signalling.media import MediaNode, Publisher, Subscriber
from app.signalling.media.dtls import Certificate
from bench.figures import Figure
from tests.signalling.media.chromium import Heard
from tests.signalling.media.packets import datagram, vp8
from tests.signalling.media.peer import Peer

PAIRS = int(os.environ.get("BENCH_PAIRS", "20"))
ROUNDS = int(os.environ.get("BENCH_REPETITIONS", "25"))
"""Of all pairs coming and going: with 20 pairs, a thousand joins and leaves."""

WARM_ROUNDS = 3
PACKETS, PAYLOAD_OCTETS, PACKETS_PER_SECOND = 1_500, 1_100, 225
"""2 Mb/s, for long enough to fill the ring of the last packets with what it may hold."""

PER_QUESTION = 4

GOAL_MB, GROWTH_GOAL_PERCENT = 0.5, 5.0
MEGABYTE = 1_000_000
ROOT = Path(__file__).resolve().parents[1]


class Node:
    """The other process: asked in lines of JSON, one answer each."""

    def __init__(
        self, pid: int, questions: asyncio.StreamWriter, answers: asyncio.StreamReader
    ) -> None:
        self._process = psutil.Process(pid)
        self._questions = questions
        self._answers = answers

    async def ask(self, **order: object) -> str:
        """What it says to this."""
        self._questions.write(json.dumps(order).encode() + b"\n")
        said: str = json.loads(await self._answers.readline())
        return said

    @property
    def resident_mb(self) -> float:
        """Memory it holds, in megabytes."""
        resident: int = self._process.memory_info().rss
        return resident / MEGABYTE


@asynccontextmanager
async def _node() -> AsyncIterator[Node]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.memory"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
    if process.stdin is None or process.stdout is None:  # pragma: no cover - pipes were asked for
        raise RuntimeError("no pipes")
    try:
        yield Node(process.pid, process.stdin, process.stdout)
    finally:
        process.stdin.close()
        await process.wait()


def measure() -> list[Figure]:
    """Megabytes for each peer, silent and in a call, and the growth over many joins."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    certificate = Certificate()
    async with _node() as node:
        await _come_and_go(node, certificate)
        empty = node.resident_mb
        peers = await _join(node, certificate)
        silent = (node.resident_mb - empty) / len(peers)
        await _talk(node, peers[::2])
        talking = (node.resident_mb - empty) / len(peers)
        arrived = float(await node.ask(do="count")) / (PAIRS * PACKETS * 1.25)
        await _leave(node, peers)
        grown = await _soak(node, certificate)
    return [
        Figure("memory of the node for each connected peer, silent", silent, "MB", 1, goal=GOAL_MB),
        Figure("memory for each peer of calls at 2 Mb/s", talking, "MB", 1, goal=GOAL_MB),
        Figure("packets of these calls that arrived", arrived * 100, "%", 1, goal=95, least=True),
        Figure(
            f"growth over {ROUNDS * PAIRS * 2} joins and leaves", grown, "%", 1,
            goal=GROWTH_GOAL_PERCENT,
        ),
    ]  # fmt: skip


async def _soak(node: Node, certificate: Certificate) -> float:
    for _ in range(WARM_ROUNDS):
        await _come_and_go(node, certificate)
    before = node.resident_mb
    for _ in range(ROUNDS):
        await _come_and_go(node, certificate)
    return (node.resident_mb / before - 1) * 100


async def _come_and_go(node: Node, certificate: Certificate) -> None:
    await _leave(node, await _join(node, certificate))


async def _join(node: Node, certificate: Certificate) -> list[Peer]:
    """Publishers at the even places, each followed by its viewer."""
    peers = []
    for pair in range(PAIRS):
        for role, direction in (("publish", "sendonly"), ("watch", "recvonly")):
            peer = Peer(certificate)
            ssrcs = (10, 20) if role == "publish" else ()
            answer = await node.ask(do=role, pair=pair, sdp=peer.offer(direction, ssrcs))
            await peer.connect(answer)
            peers.append(peer)
    return peers


async def _talk(node: Node, publishers: list[Peer]) -> None:
    body = vp8(0)[:-5] + bytes(PAYLOAD_OCTETS)
    began = time.monotonic()
    for number in range(PACKETS):
        for peer in publishers:
            payload = vp8(0, key=True) if number == 0 else body
            peer.send_rtp(datagram(number, number * 3_000, ssrc=20, payload=payload))
            if number % 4 == 0:
                peer.send_rtp(datagram(number // 4, number * 240, 10, 111, bytes(80)))
        if number % PER_QUESTION == 0:  # on a busy machine we would run ahead of the node
            await node.ask(do="count")
        await asyncio.sleep(max(0.0, began + number / PACKETS_PER_SECOND - time.monotonic()))


async def _leave(node: Node, peers: list[Peer]) -> None:
    await node.ask(do="leave")
    for peer in peers:
        await peer.close()


async def _serve() -> None:
    """The node's process, until its input ends."""
    node = await MediaNode.open(host="127.0.0.1", port=0)
    here: list[Publisher | Subscriber] = []
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(_obey(node, here, json.loads(line))), flush=True)
    await node.close()


def _obey(node: MediaNode, here: list[Publisher | Subscriber], said: dict[str, str]) -> str:
    if said["do"] == "count":
        return str(sum(t.packets for one in node.statistics().connections for t in one.tracks))
    if said["do"] == "leave":
        for peer in here:
            peer.close()
        here.clear()
        return ""
    tracks = {"0": f"{said['pair']}-audio", "1": f"{said['pair']}-video"}
    if said["do"] == "publish":
        publisher = node.publisher(listener=Heard())
        here.append(publisher)
        return publisher.answer(said["sdp"], tracks)
    subscriber = node.subscriber(listener=Heard())
    here.append(subscriber)
    answer = subscriber.answer(said["sdp"])
    subscriber.select(tracks)
    return answer


if __name__ == "__main__":
    asyncio.run(_serve())
