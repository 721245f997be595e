"""Pages of the whole service in Firefox: nothing cut off, nothing thrown."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.config import DEMO_PASSWORD
from tests.server import RunningServer
from tests.web.staffroom import NOTHING_CUT_OFF, SCREENSHOTS, WIDTHS
from tests.web.static.bidi import Firefox, Tab, firefox

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

DEADLINE_SECONDS = 20.0
SIGN_IN = """([name, password]) => {
  const fields = { username: name, password };
  for (const [field, value] of Object.entries(fields)) {
    document.querySelector(`[name=${field}]`).value = value;
  }
  document.querySelector("[name=password]").form.requestSubmit();
}"""
CUT_OFF = """() => {
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const [words, found] = [new Range(), []];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const box = text.parentElement.closest("button, td, th, label, legend, .app-slot");
    const isShown = text.parentElement.checkVisibility({ visibilityProperty: true });
    const isHeardOnly = text.parentElement.closest(".nhsuk-u-visually-hidden");
    if (!box || !isShown || isHeardOnly || !text.data.trim()) continue;
    words.selectNodeContents(text);
    const [inner, outer] = [words.getBoundingClientRect(), box.getBoundingClientRect()];
    const fits = inner.bottom <= outer.bottom + 1 && inner.right <= outer.right + 1;
    if (!fits) found.push(text.data.trim());
  }
  return found;
}"""


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Firefox]:
    async with firefox() as opened:
        yield opened


async def until(tab: Tab, condition: str) -> None:
    """A page that is just being left cannot answer: it is asked again."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await _holds(tab, condition):
            await asyncio.sleep(0.05)


async def _holds(tab: Tab, condition: str) -> bool:
    try:
        return bool(await tab.evaluate(condition))
    except AssertionError:
        return False


async def look_at(tab: Tab, name: str) -> None:
    for width, height in WIDTHS.items():
        await tab.resize(width, height)
        await until(tab, f"({NOTHING_CUT_OFF})({width})")
        assert await tab.evaluate(CUT_OFF) == [], (name, width)
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            await tab.screenshot(Path(SCREENSHOTS, f"firefox-{name}-{width}.png"))


@pytest.mark.parametrize(
    ("username", "paths"),
    [
        ("sam.reed", ("/schedule", "/rotas", "/waiting-list")),
        ("ben.hughes", ("/today",)),
        ("leila.shah", ("/on-call",)),
        ("jo.carter", ("/urgent",)),
    ],
)
async def test_each_ones_pages_are_whole(
    browser: Firefox, live_server: RunningServer, username: str, paths: tuple[str, ...]
) -> None:
    tab = await browser.open(f"{live_server.url}/sign-in", apart=True)
    await look_at(tab, "sign-in")
    await tab.evaluate(SIGN_IN, [username, DEMO_PASSWORD])
    await until(tab, "location.pathname !== '/sign-in' && document.readyState === 'complete'")

    for path in paths:
        await tab.goto(live_server.url + path)
        assert await tab.evaluate(f"location.pathname === {json.dumps(path)}")
        await look_at(tab, path.strip("/"))

    await tab.close()
    assert tab.errors == []
