"""Asking for advice over a line that takes its time."""

import asyncio

import pytest
from playwright.async_api import Browser, Route, expect

from tests.server import STROKE, RunningServer
from tests.web.static.urgent.crew import phone

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(300)]

REQUESTS = "**/api/v1/service-requests"
LATE_MS = 4_000
UNTOLD = """
const ask = window.fetch;
window.fetch = (url, how) =>
  url === "/offline/facts" ? Promise.reject(new TypeError("no signal")) : ask(url, how);
"""
"""The telephone numbers of every line do not come."""


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


async def test_without_a_signal_and_a_worker_the_page_says_that_it_is_kept_and_sends_it_later(
    browser: Browser, live_server: RunningServer
) -> None:
    """The browser's own page of errors would be all that a crew saw of its request.

    The signal went before the phone was told whom else to ring.
    """
    async with phone(browser, live_server.url, service_workers="block") as page:
        await page.add_init_script(UNTOLD)
        await page.goto("/urgent")
        await expect(page.locator(".app-kept")).to_be_hidden()
        await page.context.set_offline(True)
        await page.get_by_role("radio", name=STROKE).check()
        await page.get_by_label("Your question").fill("No signal here?")

        await page.get_by_role("button", name="Ask now").click()
        said = page.get_by_role("alert")
        await expect(said).to_contain_text("Your request is kept on this phone: “No signal here?”.")
        await expect(said.get_by_role("link", name="0113 496 0222")).to_be_visible()
        await expect(page.get_by_label("Your question")).to_have_value("")
        await page.context.set_offline(False)

        await page.wait_for_url("**/urgent/*-*")
        await expect(page.get_by_role("heading", name="Patient", exact=True)).to_be_visible()
