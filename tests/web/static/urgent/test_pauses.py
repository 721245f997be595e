"""What is typed is entered after a pause, and at once when there is no time for one."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

PAUSE_MS = 600
START = """async () => {
  const { Pauses } = await import("/static/urgent/pauses.js");
  globalThis.entered = [];
  const pauses = new Pauses();
  globalThis.type = (words) => pauses.after(document.body, () => entered.push(words));
}"""
TYPE = "(words) => type(words)"
LEAVE = "() => dispatchEvent(new Event('beforeunload'))"
LOCK = """() => {
  Object.defineProperty(document, "hidden", { value: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def start(page: Page) -> None:
    await page.clock.install(time=0)
    await page.clock.pause_at(1_000)
    await page.evaluate(START)


async def entered(page: Page) -> list[str]:
    found: list[str] = await page.evaluate("() => entered")
    return found


async def test_the_last_words_are_entered_once_after_a_pause(page: Page) -> None:
    await start(page)

    await page.evaluate(TYPE, "He")
    await page.clock.run_for(PAUSE_MS - 100)
    await page.evaluate(TYPE, "Hello")
    await page.clock.run_for(PAUSE_MS - 100)
    before = await entered(page)
    await page.clock.run_for(PAUSE_MS)

    assert before == []
    assert await entered(page) == ["Hello"]


async def test_whoever_types_on_and_on_is_not_waited_for(page: Page) -> None:
    await start(page)

    for words in range(12):
        await page.evaluate(TYPE, str(words))
        await page.clock.run_for(PAUSE_MS // 2)

    assert await entered(page) == ["9"]


@pytest.mark.parametrize("turns", [LEAVE, LOCK])
async def test_nobody_pauses_before_turning_away(page: Page, turns: str) -> None:
    await start(page)
    await page.evaluate(TYPE, "Lives alone")

    await page.evaluate(turns)
    at_once = await entered(page)
    await page.clock.run_for(PAUSE_MS)

    assert at_once == ["Lives alone"]
    assert await entered(page) == at_once
