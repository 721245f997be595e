"""How long after a crew's line has died without a word the node sends on their other one.

A browser with two lines in a network namespace of its own; the one it uses swallows everything.
The browser itself needs 3.5 s to send on the other and nominates that one after 6 s.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.async_api import async_playwright

from app.signalling.media import MediaNode, Publisher, Subscriber
from bench.figures import Figure
from tests.browsers import CHROMIUM
from tests.links.browsers import chromium_in
from tests.links.network import SITE, Network, network
from tests.links.shape import PROFILES
from tests.signalling.media.chromium import ARGUMENTS, Call

RUNS = int(os.environ.get("BENCH_REPETITIONS", "3"))
SETTLED_SECONDS, LOOK_SECONDS, DEADLINE_SECONDS = 4.0, 0.02, 20.0
GOAL_SECONDS = 4.2
LINE = PROFILES["clean"]


def measure() -> list[Figure]:
    """Seconds until the node's own sending has moved, for a publisher and for a viewer."""
    runs = [asyncio.run(_measured()) for _ in range(RUNS)]
    return [
        Figure(
            f"from the loss of the line to the node sending to the {who} on the other, {how}",
            of([run[place] for run in runs]), "s", RUNS, goal=GOAL_SECONDS,
        )
        for place, who in enumerate(("publisher", "viewer"))
        for how, of in (("median", median), ("worst", max))
    ]  # fmt: skip


async def _measured() -> tuple[float, float]:
    with network() as links, tempfile.TemporaryDirectory() as folder:
        for link in (0, 1):
            address = links.connect("crew", LINE, link=link)
            links.route("crew", address, link=link)
        with links.inside("site"):
            node = await MediaNode.open(host=SITE, port=0)
        async with async_playwright() as playwright:
            path = chromium_in(links, "crew", Path(folder), CHROMIUM)
            browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            call = Call(browser, node)
            _, publisher, _ = await call.publish("anne")
            viewer = await call.watch({"0": "anne-audio", "1": "anne-video"}, ("audio", "video"))
            await asyncio.sleep(SETTLED_SECONDS)
            measured = await _until_moved(links, publisher, viewer.subscriber)
            await call.close()
            await browser.close()
        await node.close()
    return measured


async def _until_moved(
    links: Network, publisher: Publisher, subscriber: Subscriber
) -> tuple[float, float]:
    peers: tuple[Publisher | Subscriber, ...] = (publisher, subscriber)
    before = [_source(peer) for peer in peers]
    links.reshape("crew", LINE.away(), link=links.link_of("crew", before[0]))
    began = time.monotonic()
    moved: dict[int, float] = {}
    async with asyncio.timeout(DEADLINE_SECONDS):
        while len(moved) < len(peers):
            await asyncio.sleep(LOOK_SECONDS)
            for place, peer in enumerate(peers):
                if _source(peer) != before[place]:
                    moved.setdefault(place, time.monotonic() - began)
    return moved[0], moved[1]


def _source(peer: Publisher | Subscriber) -> str:
    agent = peer.connection.agent
    return agent.path.address[0] if agent and agent.path else ""
