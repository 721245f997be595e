"""The button for the other camera."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

BIND = """async (cameras) => {
  const { bindFlip } = await import("/static/stage/flip.js");
  const devices = navigator.mediaDevices;
  const listed = (count) => () => Promise.resolve(Array.from({ length: count }, (_, index) =>
    ({ kind: "videoinput", deviceId: `${index}`, label: `Camera ${index}` })));
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  const button = document.createElement("button");
  button.hidden = true;
  const local = new EventTarget();
  const seen = [];
  window.flips = 0;
  for (const [index, count] of cameras.entries()) {
    devices.enumerateDevices = listed(count);
    if (index === 0) bindFlip(button, { local, switchCamera: () => (window.flips += 1) });
    else (index === 1 ? local : devices).dispatchEvent(
      new Event(index === 1 ? "change" : "devicechange"));
    await settled();
    seen.push(!button.hidden);
  }
  button.click();
  return seen;
}"""


async def test_it_is_there_where_there_are_two_cameras(page: Page) -> None:
    """Nobody is asked before the first is open; a second may be plugged in, and out."""
    assert await page.evaluate(BIND, [1, 2, 1]) == [False, True, False]
    assert await page.evaluate("window.flips") == 1


async def test_it_comes_with_a_second_camera_that_is_plugged_in(page: Page) -> None:
    assert await page.evaluate(BIND, [1, 1, 2]) == [False, False, True]
