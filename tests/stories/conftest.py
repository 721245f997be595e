"""People at their browsers: each with a camera, a microphone and cookies of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, Page

from tests.browsers import SharedChromium, close, shared_chromium
from tests.server import RunningServer
from tests.stories.watching import RECORD_CONNECTIONS
from tests.web.staffroom import leave_nothing_ringing, look_at, sign_in
from tests.web.static.conftest import ARGUMENTS

__all__ = ["PHONE", "Newcomer", "confirm_birth_date", "photograph", "sign_in"]

PHONE = (390, 844)
DESK = (1280, 800)
Newcomer = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="package")
async def chromium() -> AsyncIterator[SharedChromium]:
    async with shared_chromium(ARGUMENTS) as shared:
        yield shared


@pytest.fixture
async def people(browser: Browser, live_server: RunningServer) -> AsyncIterator[Newcomer]:
    """Opens a browser window for somebody new: `await people("patient", size=PHONE)`."""
    errors: list[str] = []
    pages: list[Page] = []

    async def newcomer(size: tuple[int, int] = DESK) -> Page:
        page = await _window(browser, live_server.url, size)
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        return page

    yield newcomer
    for page in pages:
        await leave_nothing_ringing(page)
        await close(page.context)
    assert errors == []


async def _window(browser: Browser, url: str, size: tuple[int, int]) -> Page:
    context = await browser.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        permissions=["camera", "microphone", "clipboard-write"],
    )
    await context.add_init_script(RECORD_CONNECTIONS)
    return await context.new_page()


async def confirm_birth_date(page: Page, link: str, birth_date: tuple[str, str, str]) -> None:
    """Open the link and say the date of birth."""
    await page.goto(link)
    for label, value in zip(("Day", "Month", "Year"), birth_date, strict=True):
        await page.get_by_label(label).fill(value)
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_url("**/visit")


async def photograph(page: Page, name: str) -> None:
    """Look at the page at both widths: one h1, nothing cut off, axe content."""
    before = page.viewport_size
    await look_at(page, name)
    if before:
        await page.set_viewport_size(before)
