"""Chromium, a page of an empty site and a scripted socket for each test."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, Error, Page, expect

from tests.browsers import SharedChromium, close, shared_chromium
from tests.web.static.scripted import ScriptedServer, scripted
from tests.web.static.site import Site, serving

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    # The suggestions under the address, which nobody sees here, are two pages in a process of their
    # own beside each window: more work than most tests.
    "--disable-features=WebRtcHideLocalIpsWithMdns,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]
PATIENCE_MS = 20_000
"""A busy machine says it later. What has to be quick is given a limit of its own."""
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="package")
async def chromium() -> AsyncIterator[SharedChromium]:
    """One Chromium for all of them: each test has a context of its own."""
    async with shared_chromium(ARGUMENTS) as shared:
        yield shared


@pytest.fixture
def site() -> Iterator[Site]:
    """The static files and what a test adds."""
    with serving() as served:
        yield served


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """A socket server that says what the test says."""
    async with scripted() as script:
        yield script


@pytest.fixture
async def page(browser: Browser, site: Site) -> AsyncIterator[Page]:
    """An empty page of the site. A script error fails the test."""
    context = await browser.new_context()
    opened = await context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    await opened.goto(site.url)
    yield opened
    await close(context)
    assert errors == []


@pytest.fixture(scope="module")
async def bare_page(chromium: SharedChromium) -> AsyncIterator[Page]:
    """One page for a whole module, for functions that leave nothing behind."""
    with serving() as served:
        opened = await (await chromium.browser()).new_page()
        await opened.goto(served.url)
        yield opened
        await opened.close()


@pytest.fixture
async def reloaded(bare_page: Page) -> AsyncIterator[Page]:
    """The module's page loaded again: for what leaves nothing behind but in the page itself. A
    script error fails the test."""
    errors: list[str] = []

    def note(error: Error) -> None:
        errors.append(str(error))

    await bare_page.reload()
    bare_page.on("pageerror", note)
    yield bare_page
    bare_page.remove_listener("pageerror", note)
    assert errors == []
