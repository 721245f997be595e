"""The quiet banner of a lost line."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

START = """async () => {
  const { showLineBanner } = await import("/static/banner.js");
  window.line = new EventTarget();
  window.enter = (state, reason = "") => window.line.dispatchEvent(
    new CustomEvent("state", { detail: { state, reason, code: null } }));
  showLineBanner(window.line, { reconnecting: "Reconnecting… your call goes on" });
}"""

BANNER = ".app-line-banner[role=status]"


@pytest.fixture
async def bannered(page: Page) -> Page:
    await page.clock.install()
    await page.evaluate(START)
    return page


async def test_a_loss_of_half_a_second_is_no_news(bannered: Page) -> None:
    await bannered.evaluate("window.enter('reconnecting')")
    await bannered.clock.run_for(500)
    await bannered.evaluate("window.enter('live')")
    await bannered.clock.run_for(2_000)

    assert await bannered.text_content(BANNER) == ""


async def test_a_longer_loss_is_said_and_goes_by_itself(bannered: Page) -> None:
    await bannered.evaluate("window.enter('reconnecting')")
    await bannered.clock.run_for(1_100)
    said = await bannered.text_content(BANNER)
    await bannered.evaluate("window.enter('live')")

    assert said == "Reconnecting… your call goes on"
    assert await bannered.text_content(BANNER) == ""


async def test_the_end_says_why(bannered: Page) -> None:
    await bannered.evaluate("window.enter('closed', 'You are not signed in any more.')")

    assert await bannered.text_content(BANNER) == "You are not signed in any more."
