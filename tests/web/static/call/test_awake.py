"""The screen stays on through a call."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

START = """async () => {
  const { ScreenLock } = await import("/static/call/awake.js");
  window.log = [];
  const request = async () => {
    window.log.push("taken");
    return { release: async () => { window.log.push("released"); } };
  };
  Object.defineProperty(navigator, "wakeLock", { value: { request }, configurable: true });
  window.lock = new ScreenLock();
}"""

SHOWN_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"


async def test_it_is_taken_again_when_the_page_is_shown_again(page: Page) -> None:
    await page.evaluate(START)

    await page.evaluate("window.lock.keep()")
    await page.evaluate(SHOWN_AGAIN)

    assert await page.evaluate("window.log") == ["taken", "taken"]


async def test_it_is_given_back_for_good(page: Page) -> None:
    await page.evaluate(START)

    await page.evaluate("window.lock.keep()")
    await page.evaluate("window.lock.release()")
    await page.evaluate(SHOWN_AGAIN)

    assert await page.evaluate("window.log") == ["taken", "released"]


async def test_a_browser_without_it_goes_on(page: Page) -> None:
    await page.evaluate(START)
    await page.evaluate("Object.defineProperty(navigator, 'wakeLock', { value: undefined })")

    await page.evaluate("window.lock.keep()")

    assert await page.evaluate("window.log") == []
