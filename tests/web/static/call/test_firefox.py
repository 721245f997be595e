"""Chromium and Debian's Firefox in one call, each way: chapters between which it goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browsers import SharedChromium
from tests.web.static.bidi import Evaluates, Tab, firefox
from tests.web.static.call.bridge import Bridge, RoomProcess, bridged
from tests.web.static.call.room import ufrag
from tests.web.static.call.test_call import (
    DEADLINE_SECONDS,
    EVERYONES_FRAMES,
    SECOND,
    assert_seen_and_heard,
    join,
    until,
)
from tests.web.static.call.test_recovery import MOST_SECONDS, OFFER, WATCH
from tests.web.static.site import serving

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.alone]

SENDERS = pytest.mark.parametrize("sender", ["chromium", "firefox"])
SILENT = 1e-6
"""Joules a second, as totalAudioEnergy counts (webrtc-stats): the fake microphones give 1e-3."""

SECONDS_OF_REST = 10
SECOND_CAMERA = """() => {
  const { mediaDevices } = navigator;
  const real = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (wanted) => {
    if (wanted.video?.deviceId?.exact !== "red") return real(wanted);
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const context = canvas.getContext("2d");
    context.fillStyle = "rgb(255, 0, 0)";
    setInterval(() => context.fillRect(0, 0, 640, 480), 40);
    return canvas.captureStream(25);
  };
}"""
WATCH_COLOUR = """() => {
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  window.isRed = () => {
    context.drawImage(window.element, 0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return red > 180 && green < 80 && blue < 80;
  };
}"""
LEGS = """() => {
  window.before = { ...window.c.connections };
  window.track = window.c.local.camera.track;
}"""
SAME_LEGS = """() => window.before.publishing === window.c.connections.publishing
  && window.before.receiving === window.c.connections.receiving"""
NEXT_FRAME = """() =>
  new Promise((resolve) => window.element.requestVideoFrameCallback(() => resolve(true)))"""
VOICES = """async () => {
  const energies = async () => {
    const found = [];
    (await window.c.connections.receiving.getStats()).forEach((stat) => {
      if (stat.type === "inbound-rtp" && stat.kind === "audio") {
        found.push([stat.ssrc, stat.totalAudioEnergy ?? 0]);
      }
    });
    return new Map(found);
  };
  const before = await energies();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const now = [...(await energies())];
  return now.filter(([ssrc, energy]) => energy > (before.get(ssrc) ?? 0)).length;
}"""


@dataclass
class Call:
    """Two people in a room: Ada in Chromium, Ben in Firefox."""

    bridge: Bridge
    chromium: Page
    firefox: Tab
    site_url: str

    @property
    def both(self) -> tuple[Evaluates, Evaluates]:
        return self.chromium, self.firefox

    def sides(self, sender: str) -> tuple[Evaluates, Evaluates]:
        """Who sends, and who sees it."""
        return self.both if sender == "chromium" else (self.firefox, self.chromium)

    async def on_both(self, expression: str) -> list[Any]:
        return await asyncio.gather(*(one.evaluate(expression) for one in self.both))

    async def assert_whole(self) -> None:
        """Each decodes the other's picture and hears the other's sound."""
        await assert_seen_and_heard(*self.both)


@pytest.fixture(scope="module")
async def call(
    chromium: SharedChromium, room_process: Callable[[], Awaitable[RoomProcess]]
) -> AsyncIterator[Call]:
    errors: list[str] = []
    async with bridged(await room_process()) as bridge, firefox() as fox:
        with serving() as site:
            browser = await chromium.browser()
            page, tab = await browser.new_page(), await fox.open(site.url)
            page.on("pageerror", lambda error: errors.append(str(error)))
            await page.goto(site.url)
            made = Call(bridge, page, tab, site.url)
            await asyncio.gather(join(page, bridge, "ada"), join(tab, bridge, "ben"))
            await asyncio.gather(*(until(one, "window.firstFrameMs") for one in made.both))
            yield made
            await asyncio.gather(page.close(), tab.close())
    assert errors == tab.errors == []


async def test_firefox_shows_the_picture_and_plays_its_sound_after_a_touch(call: Call) -> None:
    """Its own rule for pages that nobody has touched. (One that records with a real microphone may
    play at once; a made-up one does not count.)"""
    tab = call.firefox
    await until(tab, "c.isBlocked && window.element.muted && !window.element.paused")
    await tab.evaluate(NEXT_FRAME)
    await tab.evaluate("() => addEventListener('click', () => window.c.unblock(), { once: true })")

    await tab.touch()

    await until(tab, "!c.isBlocked && !window.element.muted && !window.element.paused")


async def test_both_see_and_hear_each_other(call: Call) -> None:
    await call.assert_whole()


async def without_pictures(page: Evaluates) -> dict[str, float]:
    """A second without new pictures: what was on its way is shown before."""
    for _ in range(SECONDS_OF_REST):
        seen: dict[str, float] = await page.evaluate(SECOND)
        if seen["fps"] <= 1:
            break
    return seen


@SENDERS
async def test_a_camera_that_is_off_is_given_back_and_nothing_of_it_comes(
    call: Call, sender: str
) -> None:
    one, other = call.sides(sender)
    await one.evaluate(LEGS)

    await one.evaluate("window.c.setCamera(false)")
    await until(other, "c.trackOf(c.others[0].id, 'camera').muted")
    off = await without_pictures(other)
    given_back = await one.evaluate("window.track.readyState")
    await one.evaluate("window.c.setCamera(true)")
    await until(other, "!c.trackOf(c.others[0].id, 'camera').muted")

    assert given_back == "ended"
    assert off["fps"] <= 1
    assert off["heard"] > 0
    await call.assert_whole()


@SENDERS
async def test_a_microphone_that_is_off_is_not_heard(call: Call, sender: str) -> None:
    one, other = call.sides(sender)

    await one.evaluate("window.c.setMicrophone(false)")
    await until(other, "c.trackOf(c.others[0].id, 'microphone').muted")
    await other.evaluate(SECOND)
    off = await other.evaluate(SECOND)
    await one.evaluate("window.c.setMicrophone(true)")
    await until(other, "!c.trackOf(c.others[0].id, 'microphone').muted")

    assert off["heard"] < SILENT
    assert off["fps"] >= 15
    await call.assert_whole()


@SENDERS
async def test_another_camera_takes_the_place_of_the_first_without_a_new_offer(
    call: Call, sender: str
) -> None:
    """The second camera is a canvas: neither browser makes up more than one."""
    one, other = call.sides(sender)
    await asyncio.gather(one.evaluate(SECOND_CAMERA), other.evaluate(WATCH_COLOUR))
    await one.evaluate(LEGS)
    before = await one.evaluate(OFFER)

    await one.evaluate("window.c.useDevice('camera', 'red')")
    await until(other, "window.isRed()")
    assert await one.evaluate("window.track.readyState") == "ended"
    await one.evaluate("window.c.useDevice('camera', '')")
    await until(other, "!window.isRed()")

    assert await one.evaluate(OFFER) == before
    assert await one.evaluate(SAME_LEGS)
    await call.assert_whole()


async def test_a_third_person_is_seen_by_both_and_goes(call: Call, browser: Browser) -> None:
    third = await browser.new_page()
    await third.goto(call.site_url)
    await join(third, call.bridge, "cyd")

    everyone: tuple[Evaluates, ...] = (*call.both, third)
    await asyncio.gather(*(until(one, "c.others.length === 2") for one in everyone))
    async with asyncio.timeout(DEADLINE_SECONDS):
        seen = await asyncio.gather(*(one.evaluate(EVERYONES_FRAMES, 2) for one in everyone))
    heard = await asyncio.gather(*(one.evaluate(VOICES) for one in everyone))
    await third.evaluate("window.c.leave()")
    await third.close()

    assert seen == [[True, True]] * 3
    assert heard == [2, 2, 2]
    await asyncio.gather(*(until(one, "c.others.length === 1") for one in call.both))
    await call.assert_whole()


async def test_lost_sockets_come_back_and_media_do_not_notice(call: Call) -> None:
    await call.on_both(LEGS)
    await call.on_both(WATCH)
    call.bridge.faults.dropped, call.bridge.faults.drops_on_resume = "before", 2

    await call.bridge.cut()
    await asyncio.gather(*(until(one, "c.line !== 'live'") for one in call.both))
    await call.assert_whole()

    alive = "c.line === 'live' && c.others.length === 1 && c.others[0].connected"
    await asyncio.gather(*(until(one, alive) for one in call.both))
    assert call.bridge.faults.drops_on_resume == 0
    assert await call.on_both(SAME_LEGS) == [True, True]
    assert max(await call.on_both("window.longest")) < MOST_SECONDS * 1_000


@SENDERS
async def test_a_changed_network_is_followed_by_an_ice_restart(call: Call, sender: str) -> None:
    """What a browser says of it (`online`); that packets go on meanwhile is part of it."""
    one, other = call.sides(sender)
    await call.on_both(LEGS)
    before = ufrag(await one.evaluate(OFFER))
    await other.evaluate(WATCH)

    await one.evaluate("dispatchEvent(new Event('online'))")
    await until(one, f"!c.connections.publishing.localDescription.sdp.includes('{before}')")
    await call.assert_whole()

    assert await call.on_both(SAME_LEGS) == [True, True]
    assert await other.evaluate("window.longest") < MOST_SECONDS * 1_000


async def test_a_dead_path_is_left_for_another_by_both(call: Call) -> None:
    """The network that went without a word: nothing passes any more to or from either of them."""
    await call.on_both(LEGS)
    await call.on_both(WATCH)

    await call.bridge.process.order(do="kill_paths")

    for leg in ("receiving", "publishing"):
        changed = f"c.connections.{leg} !== window.before.{leg} && c.mediaState === 'connected'"
        await asyncio.gather(*(until(one, changed) for one in call.both))
    await call.assert_whole()
    assert max(await call.on_both("window.longest")) < MOST_SECONDS * 1_000
    assert await call.on_both("window.c.line") == ["live", "live"]


async def test_a_line_that_is_gone_is_noticed_and_left_no_smaller_when_it_is_back(
    call: Call,
) -> None:
    """Each counts in its own way what comes, and Firefox climbs without an estimate of the line."""
    call.bridge.process.freeze()
    try:
        await asyncio.gather(*(until(one, "c.step === 'gone'") for one in call.both))
    finally:
        call.bridge.process.thaw()

    back = "c.step === 'hd' && c.mediaState === 'connected' && c.line === 'live'"
    await asyncio.gather(*(until(one, back) for one in call.both))
    await call.assert_whole()
