"""Direct calls over a real room server, with real media between two browsers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.web.static.call.bridge import Bridge
from tests.web.static.call.test_call import assert_seen_and_heard, join, until
from tests.web.static.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.alone]

MOST_GAP_MS = 500
"""What the issue allows; a picture comes every 50 ms from Chromium's made-up camera."""
BEHIND_SECONDS = 20.0

# From now on, the longest time between two pictures of the one who was first shown.
WATCH = """() => {
  let last = performance.now();
  window.longest = 0;
  const look = (now) => {
    window.longest = Math.max(window.longest, now - last);
    last = now;
    window.element.requestVideoFrameCallback(look);
  };
  window.element.requestVideoFrameCallback(look);
}"""
# Where the connection's packets go: its own ports and the other side's, and whether they move.
WAY = """async () => {
  const read = async () => {
    const stats = await window.c.connections.receiving.getStats();
    const all = [...stats.values()];
    const { selectedCandidatePairId, bytesReceived, bytesSent } =
      all.find(({ type }) => type === "transport");
    const pair = stats.get(selectedCandidatePairId);
    const own = stats.get(pair.localCandidateId);
    const theirs = stats.get(pair.remoteCandidateId);
    return { own: own.port, theirs: theirs.port, bytesReceived, bytesSent };
  };
  const before = await read();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = await read();
  return {
    own: after.own, theirs: after.theirs,
    received: after.bytesReceived - before.bytesReceived, sent: after.bytesSent - before.bytesSent,
  };
}"""
DIRECT = "c.way === 'direct' && c.connections.publishing === c.connections.receiving"
FORWARDED = "c.way !== 'direct' && c.connections.publishing !== c.connections.receiving"

Newcomer = Callable[[], Awaitable[Page]]


@pytest.fixture
async def third(browser: Browser, site: Site) -> Any:
    context = await browser.new_context()
    opened = await context.new_page()
    await opened.goto(site.url)
    yield opened
    await context.close()


async def directly(page: Page, other: Page, bridge: Bridge) -> None:
    """Both in a direct call, watched."""
    await join(page, bridge, "ada direct")
    await join(other, bridge, "ben direct")
    for one in (page, other):
        await until(one, "window.firstFrameMs")
        await one.evaluate(WATCH)
    for one in (page, other):
        await until(one, DIRECT)


async def longest(*pages: Page) -> list[float]:
    """After a second in which pictures have to come, too."""
    await asyncio.gather(
        *(page.evaluate("new Promise((r) => setTimeout(r, 1000))") for page in pages)
    )
    return [await page.evaluate("window.longest") for page in pages]


async def test_two_who_may_send_to_each_other_alone(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)

    gaps = await longest(page, other)
    ada, ben = await asyncio.gather(page.evaluate(WAY), other.evaluate(WAY))
    assert (ada["own"], ada["theirs"]) == (ben["theirs"], ben["own"])
    for way in (ada, ben):
        assert way["received"] > 20_000
        assert way["sent"] > 20_000
    for one in (page, other):
        await assert_seen_and_heard(one)
    codes = [await one.evaluate("window.c.code") for one in (page, other)]
    assert codes[0] == codes[1]
    assert len(codes[0].replace(" ", "")) == 30
    assert max(gaps) < MOST_GAP_MS


async def test_a_third_person_is_seen_by_both_without_a_gap(
    page: Page, other: Page, third: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)

    await join(third, bridge, "cat direct")

    for one in (page, other):
        await until(one, FORWARDED)
        await until(one, "c.room.direct === null")
    gaps = await longest(page, other)
    for one in (page, other, third):
        await assert_seen_and_heard(one)
    assert max(gaps) < MOST_GAP_MS
    assert await page.evaluate("window.c.code") == ""


async def test_a_recording_is_asked_for_and_the_call_goes_through_the_node_without_a_gap(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)

    await bridge.ask_to_record("ada")
    for one in (page, other):
        await until(one, FORWARDED)
    await other.evaluate(
        "window.c.send({type: 'answer_recording', recording_id: c.recording.id, agrees: true})"
    )

    for one in (page, other):
        await until(one, "c.way === 'recorded'")
    gaps = await longest(page, other)
    assert max(gaps) < MOST_GAP_MS
