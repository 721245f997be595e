"""Direct calls over a real room server, with real media between two browsers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browsers import close
from tests.web.static.call.bridge import Bridge
from tests.web.static.call.test_call import assert_seen_and_heard, join, until
from tests.web.static.call.test_recovery import WATCH
from tests.web.static.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.alone]

MOST_GAP_MS = 500
"""A picture comes every 50 ms from Chromium's made-up camera."""
DEAD_MS = 4_000
"""A second until it is missed, a moment for the node's pictures; and a busy machine."""

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
ESTIMATE = """async () => {
  const all = [...(await window.c.connections.publishing.getStats()).values()];
  const { selectedCandidatePairId } = all.find(({ type }) => type === "transport");
  return all.find(({ id }) => id === selectedCandidatePairId).availableOutgoingBitrate;
}"""
HD_BPS = 900_000
"""What the ladder asks for before the largest picture; a browser by itself begins with 300 kb/s."""
CREDENTIALS = """() => {
  const { localDescription, remoteDescription } = window.c.connections.receiving;
  return [localDescription, remoteDescription].map(({ sdp }) => /ice-ufrag:(.*)/.exec(sdp)[1]);
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
    await close(context)


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


async def most_gap(*pages: Page) -> float:
    """How long there may be no picture, in milliseconds: a machine that has none for a while when
    nothing happens has none for longer when something does."""
    for page in pages:
        await page.evaluate("() => (window.longest = 0)")
    return MOST_GAP_MS + 2 * max(await longest(*pages))


async def test_two_who_may_send_to_each_other_alone(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)

    estimates = [await one.evaluate(ESTIMATE) for one in (page, other)]
    gaps = await longest(page, other)
    ada, ben = await asyncio.gather(page.evaluate(WAY), other.evaluate(WAY))
    assert (ada["own"], ada["theirs"]) == (ben["theirs"], ben["own"])
    for way in (ada, ben):
        assert way["received"] > 20_000
        assert way["sent"] > 20_000
    await assert_seen_and_heard(page, other)
    codes = [await one.evaluate("window.c.code") for one in (page, other)]
    assert codes[0] == codes[1]
    assert len(codes[0].replace(" ", "")) == 30
    assert min(estimates) > HD_BPS
    assert max(gaps) < await most_gap(page, other)


async def test_a_third_person_is_seen_by_both_without_a_gap(
    page: Page, other: Page, third: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)

    await join(third, bridge, "cat direct")

    for one in (page, other):
        await until(one, FORWARDED)
        await until(one, "c.room.direct === null")
    gaps = await longest(page, other)
    await assert_seen_and_heard(page, other, third)
    assert max(gaps) < await most_gap(page, other)
    assert await page.evaluate("window.c.code") == ""


async def test_a_third_person_who_comes_while_it_is_tried_finds_the_call_at_the_node(
    page: Page, other: Page, third: Page, bridge: Bridge
) -> None:
    await join(page, bridge, "ada direct")
    await join(other, bridge, "ben direct")
    await until(page, "c.room.direct")

    await join(third, bridge, "cat direct")

    for one in (page, other, third):
        await until(one, "window.firstFrameMs && c.others.length === 2 && !c.room.direct")
        await until(one, FORWARDED)
    await assert_seen_and_heard(page, other, third)


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
    assert max(gaps) < await most_gap(page, other)


async def test_a_camera_that_goes_off_and_on_and_another_device_are_seen_directly(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)

    await other.evaluate("window.c.setCamera(false)")
    await until(page, "c.trackOf(c.others[0].id, 'camera').muted")
    await other.evaluate("window.c.setCamera(true)")
    await until(page, "!c.trackOf(c.others[0].id, 'camera').muted")
    await assert_seen_and_heard(page)
    await other.evaluate(
        """async () => {
          const devices = await navigator.mediaDevices.enumerateDevices();
          const cameras = devices.filter(({ kind }) => kind === "videoinput");
          await window.c.useDevice("camera", cameras.at(-1).deviceId);
        }"""
    )

    await assert_seen_and_heard(page)
    assert await page.evaluate(f"(() => {{ const c = window.c; return {DIRECT}; }})()")


async def test_what_was_off_when_it_went_direct_is_seen_and_heard_once_it_is_on(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await join(page, bridge, "ada direct")
    await join(other, bridge, "ben direct", {"microphone": False, "camera": False})
    for one in (page, other):
        await until(one, DIRECT)

    await other.evaluate("Promise.all([window.c.setCamera(true), window.c.setMicrophone(true)])")

    await assert_seen_and_heard(page)
    assert await page.evaluate(f"(() => {{ const c = window.c; return {DIRECT}; }})()")


async def test_a_direct_way_that_dies_is_left_for_the_node_without_a_click(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)
    gaps = await longest(page, other)
    assert max(gaps) < await most_gap(page, other)

    await page.evaluate("window.c.connections.receiving.close()")

    for one in (page, other):
        await until(one, FORWARDED)
    await assert_seen_and_heard(page, other)
    for one in (page, other):
        assert await one.evaluate("window.longest") < DEAD_MS


async def test_a_direct_way_that_is_not_there_costs_nothing(
    page: Page, other: Page, bridge: Bridge
) -> None:
    # No relay is given, so over relays alone no candidate is found.
    await join(page, bridge, "ada relayed")
    await join(other, bridge, "ben relayed")
    for one in (page, other):
        await until(one, "window.firstFrameMs")
        await one.evaluate(WATCH)
    await until(page, "c.room.direct")

    await until(page, "!c.room.direct")

    gaps = await longest(page, other)
    await assert_seen_and_heard(page, other)
    for one in (page, other):
        assert await one.evaluate("window.c.way") == "forwarded"
    assert max(gaps) < await most_gap(page, other)


async def test_media_go_on_while_sockets_are_lost_and_the_node_has_them_until_they_are_back(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)

    await bridge.cut()

    for one in (page, other):
        await until(one, "c.line === 'live'")
        await until(one, DIRECT)
    gaps = await longest(page, other)
    assert max(gaps) < await most_gap(page, other)


async def test_offers_that_collide_change_the_network_and_nothing_else(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)
    code = await page.evaluate("window.c.code")
    before = [await one.evaluate(CREDENTIALS) for one in (page, other)]

    await asyncio.gather(
        *(one.evaluate("dispatchEvent(new Event('online'))") for one in (page, other))
    )

    for one, names in zip((page, other), before, strict=True):
        await until(one, f"({CREDENTIALS})().every((name, i) => name !== {names}[i])")
    gaps = await longest(page, other)
    await assert_seen_and_heard(page, other)
    for one in (page, other):
        assert await one.evaluate(f"(() => {{ const c = window.c; return {DIRECT}; }})()")
    assert await other.evaluate("window.c.code") == code
    assert max(gaps) < await most_gap(page, other)


async def test_a_page_that_is_loaded_again_goes_direct_again(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)
    before = await page.evaluate("window.c.code")

    await other.reload()
    await join(other, bridge, "ben direct")

    for one in (page, other):
        await until(one, DIRECT)
    await assert_seen_and_heard(page, other)
    assert await page.evaluate("window.c.code") not in {before, ""}


async def test_a_room_server_that_dies_does_not_stop_a_direct_call(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)

    await bridge.process.kill()
    await bridge.process.start()

    for one in (page, other):
        await until(one, "c.line === 'live' && c.room.direct && " + DIRECT)
    await assert_seen_and_heard(page, other)
