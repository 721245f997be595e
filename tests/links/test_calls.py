"""Calls of a real browser over emulated links, with a node of this process at the site."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from app.signalling.media import MediaNode
from tests.browsers import CHROMIUM
from tests.links.browsers import chromium_in
from tests.links.network import SITE, Network, network
from tests.links.shape import PROFILES
from tests.signalling.media.chromium import ARGUMENTS, Call

pytestmark = [pytest.mark.browser, pytest.mark.anyio, pytest.mark.alone]

CONNECTS_SECONDS = 3.0
"""Measured 0.3 to 0.5 s on a free machine; here other tests run beside it."""


@pytest.fixture(scope="module")
def links() -> Iterator[Network]:
    with network() as opened:
        opened.connect("ward", PROFILES["clean"].without_udp())
        yield opened


@pytest.fixture
async def node(links: Network) -> AsyncIterator[MediaNode]:
    with links.inside("site"):
        opened = await MediaNode.open(host=SITE, port=0)
    yield opened
    await opened.close()


@pytest.fixture
async def call(links: Network, node: MediaNode, tmp_path: Path) -> AsyncIterator[Call]:
    async with async_playwright() as playwright:
        path = chromium_in(links, "ward", tmp_path, CHROMIUM)
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        opened = Call(browser, node)
        yield opened
        await opened.close()
        await browser.close()
        assert opened.errors == []


async def test_where_no_udp_is_let_through_the_picture_comes_over_tcp(
    call: Call, links: Network
) -> None:
    answered: list[float] = []

    def stamp(sdp: str) -> str:
        answered.append(time.monotonic())
        return sdp

    call.amend = stamp
    await call.publish("anne")
    connected = time.monotonic() - answered[0]
    viewer = await call.watch({"0": "anne-audio", "1": "anne-video"}, ("audio", "video"))
    first_frame = time.monotonic() - answered[1]

    before, then = await viewer.figures(), time.monotonic()
    await viewer.frames_beyond(before.frames + 60)
    after, seconds = await viewer.figures(), time.monotonic() - then

    print(f"connected in {connected:.2f} s, first frame in {first_frame:.2f} s")  # with -s
    assert connected < CONNECTS_SECONDS
    assert (after.frames - before.frames) / seconds >= 15
    assert after.audio_energy > 0
    assert call.node.statistics().streams == 2
    assert links.tallies()["ward 0 up"]["lost"] > 0
