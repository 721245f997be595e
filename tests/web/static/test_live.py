"""The live stream against a server that says what the test says."""

import pytest
from playwright.async_api import Page

from tests.web.static.scripted import ScriptedServer

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

START = """async (url) => {
  const { LiveStream } = await import("/static/live.js");
  const stream = new LiveStream({ url, token: async () => ({ token: "t" }) });
  const seen = { events: [], stale: [] };
  stream.addEventListener("event", ({ detail }) => seen.events.push(detail));
  stream.addEventListener("stale", ({ detail }) => seen.stale.push(detail.isFirst));
  Object.assign(window, { stream, seen });
  stream.open();
}"""

UNTIL_EVENTS = """(count) => new Promise((resolve) => {
  const check = () => window.seen.events.length >= count && resolve(window.seen);
  window.stream.addEventListener("event", check);
  check();
})"""

EVENT = {"type": "event", "event": "encounter.waiting", "payload": {"state": "waiting"}}


async def test_events_are_handed_on_once_and_in_order(page: Page, server: ScriptedServer) -> None:
    await page.evaluate(START, server.url)
    line = await server.accept()
    await line.receive()
    await line.send(type="welcome", resumed=False, position="1.0")
    for position, record in (("2.0", "a"), ("2.0", "a"), ("3.0", "b")):
        await line.send(**EVENT, position=position, id=record)

    seen = await page.evaluate(UNTIL_EVENTS, 2)

    assert [event["id"] for event in seen["events"]] == ["a", "b"]
    assert seen["events"][0]["payload"] == {"state": "waiting"}
    assert seen["stale"] == [True]


async def test_a_lost_line_comes_back_from_the_last_position(
    page: Page, server: ScriptedServer
) -> None:
    await page.evaluate(START, server.url)
    line = await server.accept()
    first = await line.receive()
    await line.send(type="welcome", resumed=False, position="1.0")
    await line.send(**EVENT, position="2.0", id="a")
    await page.evaluate(UNTIL_EVENTS, 1)
    await line.close(4000)

    line = await server.accept()
    second = await line.receive()
    await line.send(type="welcome", resumed=True, position="2.0")
    await line.send(**EVENT, position="3.0", id="b")
    seen = await page.evaluate(UNTIL_EVENTS, 2)

    assert (first["resume"], second["resume"]) == (None, "2.0")
    assert seen["stale"] == [True]


async def test_what_may_have_been_missed_makes_pages_stale(
    page: Page, server: ScriptedServer
) -> None:
    await page.evaluate(START, server.url)
    for position in ("1.0", "9.0"):
        line = await server.accept()
        await line.receive()
        await line.send(type="welcome", resumed=False, position=position)
        await line.send(**EVENT, position=f"{position}1", id=position)
        await page.evaluate(UNTIL_EVENTS, 1 if position == "1.0" else 2)
        await line.close(4000)

    assert await page.evaluate("window.seen.stale") == [True, False]
