"""The kind of sound that an iPhone is told."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

TOLD = """async (steps) => {
  const { began, ended } = await import("/static/call/ongoing.js");
  const session = { type: "auto" };
  Object.defineProperty(navigator, "audioSession", { value: session, configurable: true });
  const calls = { a: {}, b: {} };
  return steps.map(([what, name]) => {
    (what === "began" ? began : ended)(calls[name]);
    return session.type;
  });
}"""


async def test_sound_is_of_a_call_from_its_begin_to_the_end_of_the_last_one(page: Page) -> None:
    steps = [("began", "a"), ("began", "b"), ("ended", "a"), ("ended", "b")]

    told = await page.evaluate(TOLD, steps)

    assert told == ["play-and-record"] * 3 + ["auto"]


async def test_a_browser_that_does_not_ask_goes_on(page: Page) -> None:
    has = await page.evaluate("'audioSession' in navigator")
    done = await page.evaluate(
        """async () => {
          const { began, ended, ongoing } = await import("/static/call/ongoing.js");
          began(window);
          const during = ongoing.size;
          ended(window);
          return [during, ongoing.size];
        }"""
    )

    assert not has
    assert done == [1, 0]
