"""Asking for advice over a line that takes its time."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Route, expect

from tests.server import STROKE, RunningServer
from tests.web.staffroom import chromium
from tests.web.static.urgent.crew import phone

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

REQUESTS = "**/api/v1/service-requests"
LATE_MS = 4_000


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


async def test_a_request_that_nobody_has_yet_is_not_looked_for(
    browser: Browser, live_server: RunningServer
) -> None:
    """Without a worker that would show what the phone keeps, its page would not be found."""
    taken = asyncio.Event()

    async def late(route: Route) -> None:
        await taken.wait()
        await route.continue_()

    async with phone(browser, live_server.url, service_workers="block") as page:
        await page.clock.install()
        await page.route(REQUESTS, late)
        await page.goto("/urgent")
        await page.get_by_role("radio", name=STROKE).check()
        await page.get_by_label("Your question").fill("What should we do?")
        async with page.expect_request(REQUESTS):
            await page.get_by_role("button", name="Ask now").click()

        await page.clock.run_for(LATE_MS)
        assert page.url.endswith("/urgent")
        taken.set()

        await page.wait_for_url("**/urgent/*-*")
        await expect(page.get_by_role("heading", name="Patient", exact=True)).to_be_visible()
