"""A screen that is shown beside the camera: offered when it is, gone when it is not."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page

from tests.web.static.call.bridge import Bridge
from tests.web.static.call.test_call import DEADLINE_SECONDS, join, until
from tests.web.static.call.test_direct import DIRECT, directly

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SCREEN = "c.trackOf(c.others[0]?.id, 'screen')"
SHOWN = """() => {
  window.screenElement = document.createElement("video");
  document.body.append(window.screenElement);
  window.c.attach(window.screenElement, window.c.others[0].id, "screen");
  return new Promise((resolve) => window.screenElement.requestVideoFrameCallback(
    () => resolve([window.screenElement.videoWidth, window.screenElement.videoHeight])));
}"""
NEXT = """() => new Promise((resolve) =>
  ELEMENT.requestVideoFrameCallback(() => resolve(true)))"""
REPLACED = """c.connections.publishing !== window.before
  && c.connections.publishing?.connectionState === 'connected'"""
REFUSE = """() => {
  navigator.mediaDevices.getDisplayMedia = () =>
    Promise.reject(new DOMException("no", "NotAllowedError"));
}"""


async def in_time(page: Page, script: str) -> Any:
    return await asyncio.wait_for(page.evaluate(script), DEADLINE_SECONDS)


async def call_of_two(page: Page, other: Page, bridge: Bridge) -> None:
    await join(page, bridge, "ada")
    await join(other, bridge, "ben")
    await until(other, "window.firstFrameMs && c.others.length === 1")
    await until(page, "window.firstFrameMs && c.others.length === 1")


async def test_a_screen_is_seen_beside_the_camera_until_it_is_stopped_and_again(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await call_of_two(page, other, bridge)

    for _ in range(2):
        assert await in_time(page, "() => window.c.local.screen.start()") is True
        await until(other, SCREEN)
        width, height = await in_time(other, SHOWN)
        assert width >= 300
        assert height >= 200
        await in_time(other, NEXT.replace("ELEMENT", "window.element"))

        await page.evaluate("() => window.c.local.screen.stop()")
        await until(other, f"!{SCREEN}")
        await in_time(other, NEXT.replace("ELEMENT", "window.element"))


async def test_a_window_that_is_closed_is_shown_no_more(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await call_of_two(page, other, bridge)
    await in_time(page, "() => window.c.local.screen.start()")
    await until(other, SCREEN)

    await page.evaluate("() => window.c.local.screen.picture.dispatchEvent(new Event('ended'))")

    await until(other, f"!{SCREEN}")
    assert await page.evaluate("() => window.c.local.screen.picture") is None


async def test_whoever_says_no_shows_nothing(page: Page, other: Page, bridge: Bridge) -> None:
    await call_of_two(page, other, bridge)
    await page.evaluate(REFUSE)

    assert await in_time(page, "() => window.c.local.screen.start()") is False

    assert await other.evaluate(f"() => {{ const c = window.c; return {SCREEN} ?? null; }}") is None


async def test_a_screen_goes_on_over_new_connections(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await call_of_two(page, other, bridge)
    await in_time(page, "() => window.c.local.screen.start()")
    await until(other, SCREEN)
    await in_time(other, SHOWN)

    await page.evaluate("() => (window.before = window.c.connections.publishing).close()")
    await page.evaluate("() => dispatchEvent(new Event('online'))")

    await until(page, REPLACED)
    await in_time(other, NEXT.replace("ELEMENT", "window.screenElement"))


@pytest.mark.alone
async def test_in_a_direct_call_it_comes_directly(page: Page, other: Page, bridge: Bridge) -> None:
    await directly(page, other, bridge)

    await in_time(page, "() => window.c.local.screen.start()")

    await until(other, SCREEN)
    await in_time(other, SHOWN)
    for one in (page, other):
        await until(one, DIRECT)
    await page.evaluate("() => window.c.local.screen.stop()")
    await until(other, f"!{SCREEN}")


async def test_who_ends_the_call_shows_nothing_any_more(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await call_of_two(page, other, bridge)
    await in_time(page, "() => window.c.local.screen.start()")
    await page.evaluate("() => (window.shown = window.c.local.screen.picture)")

    await page.evaluate("() => window.c.leave()")

    assert await page.evaluate("() => window.shown.readyState") == "ended"
    assert await page.evaluate("() => window.c.local.screen.start()") is False
