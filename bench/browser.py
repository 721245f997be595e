"""Chromium with a fake camera, and the clock that runs from a click to the first picture."""

import contextlib
import shutil
from collections.abc import Iterator

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream=fps=30",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
)

# Runs before a page's own scripts. The click's time survives the change of page; a picture is
# remote when a connection receives its track. Times are milliseconds since the epoch.
STOPWATCH = """
(() => {
  let seen;
  window.firstPicture = new Promise((resolve) => { seen = resolve; });
  const connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      connections.push(this);
    }
  };
  const isRemote = (track) =>
    connections.some((each) => each.getReceivers().some((receiver) => receiver.track === track));
  const now = (time) => performance.timeOrigin + time;
  addEventListener("click", (event) => {
    sessionStorage.setItem("clickedAt", String(now(event.timeStamp)));
  }, { capture: true });
  const watched = new WeakSet();
  const watch = (video) => {
    if (!(video instanceof HTMLVideoElement) || watched.has(video)) return;
    watched.add(video);
    const look = (time) => {
      if (isRemote(video.srcObject?.getVideoTracks?.()[0])) seen(now(time));
      else video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  };
  for (const kind of ["loadstart", "loadedmetadata"]) {
    addEventListener(kind, (event) => watch(event.target), { capture: true });
  }
})();
"""
# When the page's own scripts have run and what they made is on the screen.
USABLE = """
window.usable = new Promise((resolve) => {
  addEventListener("DOMContentLoaded", () => {
    requestAnimationFrame(() => requestAnimationFrame((time) => {
      resolve(performance.timeOrigin + time);
    }));
  });
});
"""
WAIT_MS = 30_000


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def somebody(browser: Browser, script: str = "") -> Iterator[Page]:
    """A person with a browser of their own, camera allowed, stopwatch and `script` in place."""
    context: BrowserContext = browser.new_context(
        permissions=["camera", "microphone"], ignore_https_errors=True
    )
    context.add_init_script(STOPWATCH + USABLE + script)
    try:
        yield context.new_page()
    finally:
        context.close()


def click_to_picture_ms(page: Page) -> float:
    """From the last click to the first remote picture, in milliseconds. Waits for it."""
    return _since_click(page, "firstPicture")


def click_to_usable_ms(page: Page) -> float:
    """From the last click to the page it led to being ready for use, in milliseconds."""
    return _since_click(page, "usable")


def _since_click(page: Page, promise: str) -> float:
    """Asked with a promise: the pages' content security policy lets nothing be polled."""
    took: float = page.evaluate(
        """async ([promise, most]) => {
          const late = new Promise((_, refuse) => setTimeout(refuse, most, new Error(promise)));
          const at = await Promise.race([window[promise], late]);
          return at - Number(sessionStorage.getItem("clickedAt"));
        }""",
        [promise, WAIT_MS],
    )
    return took
