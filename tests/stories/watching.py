"""What two people see and hear, asked of their own browsers."""

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

RECORD_CONNECTIONS = """
window.__connections = [];
const Original = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Original {
  constructor(...given) { super(...given); window.__connections.push(this); }
};
"""
"""Run before the page's own scripts: the pages keep no handle of their connections for others."""

_READ = """async () => {
  const total = {frames: 0, height: 0, width: 0, energy: 0, freezes: 0, senders: 0};
  for (const connection of window.__connections) {
    if (connection.connectionState === 'closed') continue;
    for (const stat of (await connection.getStats()).values()) {
      if (stat.type === 'outbound-rtp') total.senders += 1;
      if (stat.type !== 'inbound-rtp') continue;
      total.frames += stat.framesDecoded ?? 0;
      total.height = Math.max(total.height, stat.frameHeight ?? 0);
      total.width = Math.max(total.width, stat.frameWidth ?? 0);
      total.energy += stat.totalAudioEnergy ?? 0;
      total.freezes += stat.freezeCount ?? 0;
    }
  }
  total.at = performance.now();
  return total;
}"""


@dataclass(frozen=True, slots=True)
class Received:
    """Counters of everything a page receives. `at` is in milliseconds of the page's own clock."""

    frames: int
    height: int
    energy: float
    at: float

    @classmethod
    def by(cls, page: Page) -> "Received":
        """What this page has received until now."""
        read: Mapping[str, float] = page.evaluate(_READ)
        return cls(int(read["frames"]), int(read["height"]), read["energy"], read["at"])


def wait_for_frames(page: Page, *, within_ms: float = 10_000) -> float:
    """Until a new frame has been decoded; gives how long it took, in milliseconds."""
    page.wait_for_function(
        """async () => {
          for (const connection of window.__connections) {
            if (connection.connectionState === 'closed') continue;
            for (const stat of (await connection.getStats()).values()) {
              if (stat.type === 'inbound-rtp' && stat.framesDecoded > 0) return true;
            }
          }
          return false;
        }""",
        timeout=within_ms,
        polling=50,
    )
    return float(page.evaluate("performance.now()"))


def assert_picture_and_sound(*pages: Page, seconds: float = 10.0) -> None:
    """Every page decodes 15 frames a second or better at 720 lines, and hears something."""
    before = [Received.by(page) for page in pages]
    pages[0].wait_for_timeout(seconds * 1000)
    for page, earlier in zip(pages, before, strict=True):
        later = Received.by(page)
        rate = (later.frames - earlier.frames) / ((later.at - earlier.at) / 1000)
        assert rate >= 15, f"{rate:.1f} frames a second at {page.url}"
        assert later.height >= 720, f"{later.height} lines at {page.url}"
        assert later.energy > earlier.energy, f"silence at {page.url}"
