"""A sender and a viewer in Chromium, each behind a link of its own, over either forwarder."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page, Route, async_playwright

from bench.browser import FLAGS
from bench.forwarders.namespace import ADDRESS, lonely
from bench.forwarders.servers import Forwarding, Started
from tests.links.browsers import chromium_in
from tests.links.network import Network, network
from tests.links.shape import Profile, Shape

PAGE = Path(__file__).with_name("page.html")
CLOCK = Path(__file__).parents[1] / "clock.js"
ORIGIN = "http://localhost:1/"
"""Never reached: the page is given from here. localhost, since a microphone needs it."""

PERFECT = Profile(Shape(), Shape(), "no link at all: ours")
FIRST_MS = 20_000
KNOWN_SECONDS = 0.5
"""Janus names a sender to viewers a moment after it is connected."""


@dataclass(frozen=True)
class Stats:
    """Of one page's connection, since it began. Seconds, samples, bits and octets."""

    freezes: int
    frozen: float
    samples: int
    concealed: int
    target: int
    lines: int
    sent: int


@dataclass(frozen=True)
class Frame:
    """One picture shown: when, how old it was, how wide. Milliseconds; no age where the picture
    was too damaged to say."""

    at: int
    age: int | None
    width: int


class _Viewer:
    """The viewer's page as a forwarder sees it."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def offer(self) -> str:
        sdp: str = await self._page.evaluate("offerToReceive()")
        return sdp

    async def take_answer(self, sdp: str) -> None:
        await self._page.evaluate("answer => take(answer)", sdp)

    async def answer(self, sdp: str) -> str:
        made: str = await self._page.evaluate("offer => answer(offer)", sdp)
        return made


class Call:
    """A room with a sender; the viewer comes and goes."""

    def __init__(self, links: Network, server: Forwarding, sender: Page, viewer: Page) -> None:
        self.links = links
        self.server = server
        self.sender = sender
        self.viewer = viewer

    async def publish(self) -> None:
        """The sender begins."""
        answer = await self.server.publish(await self.sender.evaluate("publish()"))
        await self.sender.evaluate("answer => take(answer)", answer)
        await self.sender.evaluate("connected()")
        await asyncio.sleep(KNOWN_SECONDS)

    async def watch(self) -> float:
        """The viewer joins; milliseconds until its first picture, `FIRST_MS` if none comes."""
        await self.viewer.evaluate("watch()")
        await self.server.subscribe(_Viewer(self.viewer))
        took: float = await self.viewer.evaluate(
            "most => Promise.race([first, new Promise((late) => setTimeout(late, most, most))])",
            FIRST_MS,
        )
        return took

    async def leave(self) -> None:
        """The viewer goes."""
        await self.viewer.evaluate("leave()")

    async def frames(self) -> list[Frame]:
        """What the viewer has seen since the last time."""
        return [Frame(*seen) for seen in await self.viewer.evaluate("frames.splice(0)")]

    async def stats(self, page: Page) -> Stats:
        """The page's figures so far."""
        return Stats(**await page.evaluate("stats()"))


@asynccontextmanager
async def a_call(started: Started, profile: Profile = PERFECT) -> AsyncIterator[Call]:
    """A forwarder behind the links, and the two browsers; nothing is sent yet."""
    async with AsyncExitStack() as stack:
        links = stack.enter_context(network())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pages = {}
        playwright = await stack.enter_async_context(async_playwright())
        for who in ("sender", "viewer"):
            links.connect(who, profile)
            path = chromium_in(links, who, folder, shutil.which("chromium") or "chromium")
            browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            stack.push_async_callback(browser.close)
            context = await browser.new_context(permissions=["microphone"])
            await context.add_init_script(path=CLOCK)
            pages[who] = await context.new_page()
            await pages[who].route(ORIGIN, _given)
            await pages[who].goto(ORIGIN)
        namespace = stack.enter_context(lonely(router=links.namespace("site")))
        server = await stack.enter_async_context(started(namespace, ADDRESS))
        yield Call(links, server, pages["sender"], pages["viewer"])


async def _given(route: Route) -> None:
    await route.fulfill(body=PAGE.read_text("utf-8"), content_type="text/html")
