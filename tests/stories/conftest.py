"""People at their browsers: each with a camera, a microphone and cookies of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from app.config import DEMO_PASSWORD
from tests.server import RunningServer
from tests.stories.watching import RECORD_CONNECTIONS
from tests.web.static.conftest import ARGUMENTS, CHROMIUM

PHONE = (390, 844)
DESK = (1280, 800)
SCREENSHOTS = Path("var/screenshots")
Newcomer = Callable[..., Awaitable[Page]]


@pytest.fixture
async def people(live_server: RunningServer) -> AsyncIterator[Newcomer]:
    """Opens a browser window for somebody new: `await people("patient", size=PHONE)`."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*ARGUMENTS, "--autoplay-policy=no-user-gesture-required"],
        )

        errors: list[str] = []

        async def newcomer(size: tuple[int, int] = DESK) -> Page:
            page = await _window(browser, live_server.url, size)
            page.on("pageerror", lambda error: errors.append(str(error)))
            return page

        yield newcomer
        await browser.close()
    assert errors == []


async def _window(browser: Browser, url: str, size: tuple[int, int]) -> Page:
    context = await browser.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        permissions=["camera", "microphone", "clipboard-write"],
    )
    await context.add_init_script(RECORD_CONNECTIONS)
    return await context.new_page()


async def sign_in(page: Page, username: str) -> None:
    """Through the form, as people do."""
    await page.goto("/sign-in")
    await page.get_by_label("User name").fill(username)
    await page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url(lambda url: not url.endswith("/sign-in"))


async def confirm_birth_date(page: Page, link: str, birth_date: tuple[str, str, str]) -> None:
    """Open the link and say the date of birth."""
    await page.goto(link)
    for label, value in zip(("Day", "Month", "Year"), birth_date, strict=True):
        await page.get_by_label(label).fill(value)
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_url("**/visit")


async def photograph(page: Page, name: str) -> None:
    """Keep what the page looks like, at a phone's and at a desk's width."""
    before = page.viewport_size
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for width, height in (PHONE, DESK):
        await page.set_viewport_size({"width": width, "height": height})
        await page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
    if before:
        await page.set_viewport_size(before)
