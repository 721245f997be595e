"""What every page does once it is open."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.web.static.site import STATIC, Answer, Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

NOTHING: Answer = (503, "text/plain", "")
COMPONENTS: Answer = (200, "text/javascript", "export const initAll = () => undefined;")
FRAGMENTS: Answer = (200, "text/javascript", (STATIC / "fragment.js").read_text())
OPEN = """async (html) => {
  document.body.setAttribute("data-live", "");
  document.body.innerHTML = html;
  await import("/static/page.js");
}"""
STALE = '<p data-live-src="/fragments/news" data-live-on="news" data-live-every="1">Old</p>'
AGAIN_MS = 2_000


async def test_a_line_that_goes_as_the_page_opens_leaves_it_listening(
    page: Page, site: Site
) -> None:
    came: asyncio.Queue[None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    answers = [NOTHING, FRAGMENTS]

    def fragments() -> Answer:
        loop.call_soon_threadsafe(came.put_nowait, None)
        return answers.pop(0)

    site.answers["/assets/nhsuk-frontend.min.js"] = lambda: COMPONENTS
    site.answers["/static/fragment.js"] = fragments
    site.answers["/fragments/news"] = lambda: (200, "text/html", "<p>New</p>")
    await page.clock.install()

    await page.evaluate(OPEN, STALE)
    await came.get()
    await page.clock.run_for(AGAIN_MS)
    await came.get()
    await page.clock.run_for(AGAIN_MS)

    await expect(page.get_by_text("New")).to_be_visible()
