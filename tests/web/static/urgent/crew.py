"""A crew's request in a phone's window, and what can be measured of it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from playwright.async_api import Browser, Page

from tests.browsers import close
from tests.server import STROKE
from tests.web.staffroom import be_signed_in, leave_nothing_ringing

PHONE = {"width": 390, "height": 844}
GLOVED_PX = 48
TOO_SMALL = """([within, least]) => [...document.querySelector(within).querySelectorAll(
    'a[href], button, input, select, textarea, summary')]
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([each, box]) => box.width > 1 && !each.closest('.nhsuk-skip-link'))
  .filter(([, box]) => box.width < least || box.height < least)
  .map(([each, box]) => `${each.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""
HEARS = """
globalThis.SpeechRecognition = class {
  static available = async () => globalThis.heardBy ?? "available";
  start() { globalThis.recogniser = this; }
  stop() { this.onend?.(); }
  say(transcript, isFinal) {
    const result = Object.assign([{ transcript }], { isFinal });
    this.onresult?.({ resultIndex: 0, results: [result] });
  }
  fail(error) { this.onerror?.({ error }); this.onend?.(); }
};
"""
"""A recogniser that hears what a test says into `recogniser`."""


@asynccontextmanager
async def phone(
    browser: Browser,
    url: str,
    username: str = "jo.carter",
    *,
    service_workers: Literal["allow", "block"] = "allow",
) -> AsyncIterator[Page]:
    """Somebody's phone, signed in. A script error fails the test."""
    context = await browser.new_context(
        base_url=url,
        viewport=PHONE,  # type: ignore[arg-type]  # a TypedDict of its own
        has_touch=True,
        service_workers=service_workers,
        permissions=["camera", "microphone", "clipboard-write"],
    )
    await context.add_init_script(HEARS)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await be_signed_in(page, username)
    yield page
    await leave_nothing_ringing(page)
    await close(context)
    assert errors == []


async def ask(
    page: Page,
    service: str | re.Pattern[str] = STROKE,
    question: str = "What should we do?",
) -> str:
    """Ask for advice; the request's address."""
    await page.goto("/urgent")
    await page.get_by_role("radio", name=service).check()
    await page.get_by_label("Your question").fill(question)
    await page.get_by_role("button", name="Ask now").click()
    await page.wait_for_url("**/urgent/*-*")
    return page.url


async def too_small(page: Page, *, within: str = "body") -> list[str]:
    """Every control that a gloved thumb would miss."""
    found: list[str] = await page.evaluate(TOO_SMALL, [within, GLOVED_PX])
    return found
