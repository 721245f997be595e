"""What people see and hear, asked of their own browsers."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from playwright.async_api import Page

RECORD_CONNECTIONS = """
window.__connections = [];
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(...given) { super(...given); window.__connections.push(this); }
};
"""
"""Run before the page's own scripts: pages hold their connections for nobody else."""

_READ = """async () => {
  const total = {frames: 0, height: 0, energy: 0};
  for (const connection of window.__connections) {
    if (connection.connectionState === 'closed') continue;
    for (const stat of (await connection.getStats()).values()) {
      if (stat.type !== 'inbound-rtp') continue;
      total.frames += stat.framesDecoded ?? 0;
      total.height = Math.max(total.height, stat.frameHeight ?? 0);
      total.energy += stat.totalAudioEnergy ?? 0;
    }
  }
  return {...total, at: performance.now()};
}"""
_HAS_FRAMES = f"async (most) => (await ({_READ})()).frames > most"

RATE = 15
"""Frames a second, at least."""
LINES = 720
ONE_STEP_DOWN = 3 / 4
"""All lines must be reached. After that an encoder on a shared, busy machine may take Chromium's
first step down for moments, 540 of 720, as it would in any call."""
BACK_WITHIN_MS = 5_000
LINES_OF_THREE = 180
"""Three browsers on two cores encode and decode nine pictures: they make them smaller."""
WATCHED_SECONDS = 10.0
TRIES = 3


@dataclass(frozen=True, slots=True)
class Received:
    """Counters of everything a page receives. `at` is in milliseconds of the page's own clock."""

    frames: int
    height: int
    energy: float
    at: float


async def received(page: Page) -> Received:
    """What this page has received until now."""
    read = await page.evaluate(_READ)
    return Received(int(read["frames"]), int(read["height"]), read["energy"], read["at"])


async def wait_for_frames(page: Page, *, within_ms: float = 10_000, more_than: int = 0) -> None:
    """Until the page has decoded more frames than that."""
    await page.wait_for_function(_HAS_FRAMES, arg=more_than, timeout=within_ms, polling=50)


async def assert_in_the_call(*pages: Page, lines: int = LINES) -> None:
    """Every page decodes enough frames a second, of so many lines, and hears, for 10 s on end.

    A machine that others share gets some tries: what is wrong with a call is wrong in each."""
    for page in pages:
        await wait_for_lines(page, lines)
    for _ in range(TRIES):
        faults = await _watch(pages, lines)
        if not faults:
            return
    raise AssertionError("; ".join(faults))


async def _watch(pages: Sequence[Page], lines: int) -> list[str]:
    """What was missing on which page, within 10 s."""
    before = [await received(page) for page in pages]
    await asyncio.sleep(WATCHED_SECONDS)
    after = [await received(page) for page in pages]
    return [
        f"{fault} at {page.url}"
        for page, earlier, later in zip(pages, before, after, strict=True)
        for fault in _faults(earlier, later, lines)
    ]


def _faults(earlier: Received, later: Received, lines: int) -> Iterator[str]:
    rate = (later.frames - earlier.frames) / ((later.at - earlier.at) / 1000)
    if rate < RATE:
        yield f"{rate:.1f} frames a second"
    if later.height < lines * ONE_STEP_DOWN:
        yield f"{later.height} lines"
    if later.energy <= earlier.energy:
        yield "silence"


async def wait_for_lines(page: Page, lines: int, *, within_ms: float = 40_000) -> None:
    """Until the picture has as many lines as the camera gives: the encoder begins with fewer."""
    ready = f"async (lines) => (await ({_READ})()).height >= lines"
    await page.wait_for_function(ready, arg=lines, timeout=within_ms, polling=200)


async def assert_back_after_reload(page: Page, *others: Page) -> None:
    """After a reload the page decodes again within 5 s, and so do the others."""
    earlier = [(await received(other)).frames for other in others]
    await page.reload()
    await wait_for_frames(page, within_ms=BACK_WITHIN_MS)
    for other, frames in zip(others, earlier, strict=True):
        await wait_for_frames(other, within_ms=BACK_WITHIN_MS, more_than=frames)
