"""Consultations over a real room server process, with real media between pages."""

import asyncio

import pytest
from playwright.async_api import Page

from tests.web.static.bidi import Evaluates
from tests.web.static.call.bridge import Bridge

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

DEADLINE_SECONDS = 20.0
READINGS = 15
"""Of two seconds each: once short of processor time, an estimate of the line that fell to 50 kb/s
takes half a minute to grow back."""

JOIN = """async ([url, who, wanted]) => {
  const { Consultation } = await import("/static/call/consultation.js");
  const token = async () => ({ token: who });
  const c = new Consultation({ encounterId: "e", url, token });
  window.c = c;
  window.errors = [];
  const element = document.createElement("video");
  document.body.append(element);
  window.element = element;
  const began = performance.now();
  element.requestVideoFrameCallback(() => (window.firstFrameMs = performance.now() - began));
  c.addEventListener("change", () => {
    const other = c.others.find(({ id }) => c.trackOf(id, "camera"));
    if (other) c.attach(element, other.id);
  });
  await c.join(wanted);
}"""

UNTIL = """() => new Promise((resolve) => {
  const check = () => {
    const c = window.c;
    if (CONDITION) resolve(); else setTimeout(check, 20);
  };
  check();
})"""

SECOND = """async () => {
  const { countersNow, readingBetween } = await import("/static/call/quality.js");
  const energy = async () => {
    let total = 0;
    (await window.c.connections.receiving.getStats()).forEach((stat) => {
      if (stat.type === "inbound-rtp" && stat.kind === "audio") total += stat.totalAudioEnergy;
    });
    return total;
  };
  const [before, heard] = [await countersNow(window.c.connections), await energy()];
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const reading = readingBetween(before, await countersNow(window.c.connections));
  return { ...reading, heard: (await energy()) - heard };
}"""


CROWD = """async ([url, names]) => {
  const { Consultation } = await import("/static/call/consultation.js");
  const { LocalMedia } = await import("/static/call/local.js");
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [160, 120];
    const context = canvas.getContext("2d");
    setInterval(() => {
      context.fillStyle = `hsl(${Math.random() * 360} 80% 50%)`;
      context.fillRect(0, 0, 160, 120);
    }, 100);
    return canvas.captureStream(10);
  };
  window.crowd = names.map((name) => new Consultation({
    encounterId: "e", url, local: new LocalMedia(), token: async () => ({ token: name }),
  }));
  await Promise.all(window.crowd.map((c) => c.join({ microphone: false })));
}"""

EVERYONES_FRAMES = """(count) => Promise.all(window.c.others.slice(0, count).map((other) => {
  const element = document.createElement("video");
  document.body.append(element);
  window.c.attach(element, other.id);
  return new Promise((resolve) => element.requestVideoFrameCallback(() => resolve(true)));
}))"""


async def until(page: Evaluates, condition: str) -> None:
    waiting = page.evaluate(UNTIL.replace("CONDITION", condition))
    await asyncio.wait_for(waiting, DEADLINE_SECONDS)


async def join(
    page: Evaluates, bridge: Bridge, who: str, wanted: dict[str, bool] | None = None
) -> None:
    await asyncio.wait_for(page.evaluate(JOIN, [bridge.url, who, wanted or {}]), DEADLINE_SECONDS)


async def assert_seen_and_heard(*pages: Evaluates) -> None:
    """Each in one of some readings: a busy machine takes a while to get going."""
    await asyncio.gather(*(_seen_and_heard(page) for page in pages))


async def _seen_and_heard(page: Evaluates) -> None:
    for _ in range(READINGS):
        reading = await page.evaluate(SECOND)
        if reading["fps"] >= 15 and reading["height"] >= 360 and reading["heard"] > 0:
            return
    raise AssertionError(reading)


@pytest.mark.alone
async def test_two_people_see_and_hear_each_other(page: Page, other: Page, bridge: Bridge) -> None:
    await join(page, bridge, "ada")
    await join(other, bridge, "ben")

    for one in (page, other):
        await until(one, "window.firstFrameMs")
    await assert_seen_and_heard(page, other)


@pytest.mark.alone
async def test_one_who_waits_is_seen_at_once_when_admitted(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await join(page, bridge, "ada")
    await join(other, bridge, "ben waiting")
    await until(page, "c.waiting.length === 1")
    await until(other, "c.mediaState === 'connected'")

    await page.evaluate("window.c.admit(window.c.waiting[0].id)")

    for one in (page, other):
        await until(one, "window.firstFrameMs && c.phase === 'admitted'")
    await assert_seen_and_heard(page, other)


@pytest.mark.alone
async def test_media_go_on_while_sockets_are_lost(page: Page, other: Page, bridge: Bridge) -> None:
    await join(page, bridge, "ada")
    await join(other, bridge, "ben")
    for one in (page, other):
        await until(one, "window.firstFrameMs")

    await bridge.cut()
    await assert_seen_and_heard(page)
    for one in (page, other):
        await until(one, "c.line === 'live' && c.others.length === 1 && c.others[0].connected")
    await assert_seen_and_heard(other)


@pytest.mark.alone
async def test_a_room_server_that_dies_costs_seconds(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await join(page, bridge, "ada")
    await join(other, bridge, "ben")
    for one in (page, other):
        await until(one, "window.firstFrameMs")
        await one.evaluate("window.before = window.c.connections.receiving")

    await bridge.process.kill()
    await bridge.process.start()

    for one in (page, other):
        await until(one, "c.others.length && c.connections.receiving !== window.before")
        await until(one, "c.mediaState === 'connected' && c.line === 'live'")
    await assert_seen_and_heard(page, other)


@pytest.mark.alone
async def test_someone_who_reloads_is_back(page: Page, other: Page, bridge: Bridge) -> None:
    await join(page, bridge, "ada")
    await join(other, bridge, "ben")
    for one in (page, other):
        await until(one, "window.firstFrameMs")

    await other.reload()
    await join(other, bridge, "ben")

    await until(other, "window.firstFrameMs")
    await assert_seen_and_heard(page, other)


@pytest.mark.alone
async def test_a_camera_comes_back_after_it_was_off(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await join(page, bridge, "ada")
    await join(other, bridge, "ben")
    await until(page, "window.firstFrameMs")

    await other.evaluate("window.c.setCamera(false)")
    await until(page, "c.trackOf(c.others[0].id, 'camera').muted")
    await other.evaluate("window.c.setCamera(true)")
    await until(page, "!c.trackOf(c.others[0].id, 'camera').muted")

    await assert_seen_and_heard(page)


async def test_more_people_than_spare_lines_are_all_seen(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await join(page, bridge, "ada")
    await other.evaluate(CROWD, [bridge.url, ["b", "c", "d", "e", "f"]])

    await until(page, "c.others.length === 5")
    frames = await asyncio.wait_for(page.evaluate(EVERYONES_FRAMES, 5), DEADLINE_SECONDS)

    assert frames == [True] * 5


async def test_one_who_leaves_frees_the_lines_for_the_next(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await join(page, bridge, "ada")
    for name in ("b", "c", "d", "e", "f"):
        await other.evaluate(CROWD, [bridge.url, [name]])
        await until(page, "c.others.length === 1")
        frames = await asyncio.wait_for(page.evaluate(EVERYONES_FRAMES, 1), DEADLINE_SECONDS)
        assert frames == [True]
        await other.evaluate("window.crowd[0].leave()")
        await until(page, "c.others.length === 0")

    lines = await page.evaluate("window.c.connections.receiving.getTransceivers().length")
    assert lines == 6
