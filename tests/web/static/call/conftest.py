"""A real room server and a second page; or a room that says what the test says."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browsers import close
from tests.web.static.call.bridge import Bridge, RoomProcess, bridged, room_processes
from tests.web.static.call.room import ScriptedRoom
from tests.web.static.scripted import ScriptedServer
from tests.web.static.site import Site


@pytest.fixture(scope="package")
async def room_process(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Callable[[], Awaitable[RoomProcess]]]:
    async with room_processes(tmp_path_factory.mktemp("room")) as whole:
        yield whole


@pytest.fixture
async def bridge(room_process: Callable[[], Awaitable[RoomProcess]]) -> AsyncIterator[Bridge]:
    async with bridged(await room_process()) as opened:
        yield opened


@pytest.fixture
async def other(browser: Browser, site: Site) -> AsyncIterator[Page]:
    context = await browser.new_context()
    opened = await context.new_page()
    await opened.goto(site.url)
    yield opened
    await close(context)


@pytest.fixture
async def room(page: Page, server: ScriptedServer, site: Site) -> ScriptedRoom:
    source = Path(__file__).with_name("node.js").read_text()
    site.answers["/tests/node.js"] = lambda: (200, "text/javascript", source)
    return ScriptedRoom(page, server)
