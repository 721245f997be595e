"""A real room server and a second page; or a room that says what the test says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.web.static.call.bridge import Bridge, bridged
from tests.web.static.call.room import ScriptedRoom
from tests.web.static.scripted import ScriptedServer
from tests.web.static.site import Site


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncIterator[Bridge]:
    async with bridged(tmp_path) as opened:
        yield opened


@pytest.fixture
async def other(browser: Browser, site: Site) -> AsyncIterator[Page]:
    context = await browser.new_context()
    opened = await context.new_page()
    await opened.goto(site.url)
    yield opened
    await context.close()


@pytest.fixture
async def room(page: Page, server: ScriptedServer, site: Site) -> ScriptedRoom:
    source = Path(__file__).with_name("node.js").read_text()
    site.answers["/tests/node.js"] = lambda: (200, "text/javascript", source)
    return ScriptedRoom(page, server)
