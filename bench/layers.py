"""What a change of layer costs a viewer, and what ten viewers who join at once cost the sender.

Chromium sends three layers and Chromium watches; the node is in this process. A switch is timed
from the node's command to the first frame of the new size on the screen.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright

from app.signalling.media import MediaNode, Publisher, Subscriber
from app.signalling.media.dtls import Certificate
from bench.browser import FLAGS
from bench.figures import Figure, percentile
from tests.browsers import CHROMIUM
from tests.signalling.media.chromium import Call, Heard
from tests.signalling.media.peer import Peer

SWITCHES = 50
SETTLE_SECONDS = 3.0
BETWEEN_SECONDS = 0.6
"""Longer than the time in which no second keyframe is asked for."""

VIEWERS = 10
TRACKS = {"0": "sound", "1": "picture"}
SWITCH_GOAL_MS = 150
WIDTHS = (320, 640, 1280)

PUBLISH = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia(
    {audio: true, video: {width: 1280, height: 720, frameRate: 30}});
  window.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  pc.addTransceiver(stream.getAudioTracks()[0], {direction: 'sendonly', streams: [stream]});
  pc.addTransceiver(stream.getVideoTracks()[0], {
    direction: 'sendonly',
    streams: [stream],
    sendEncodings: [
      {rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000},
      {rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000},
      {rid: 'f', maxBitrate: 1_500_000},
    ],
  });
  await negotiate();
}"""

# Frames by width, and the time of each by the clock that the node has too.
WATCH = """() => {
  const video = document.querySelector('video');
  window.widths = [];
  window.waits = [];
  const seen = (now, {width}) => {
    window.waits = window.waits.filter(({wanted, done}) => {
      if (wanted === width) done(performance.timeOrigin + performance.now());
      return wanted !== width;
    });
    video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
}"""
UNTIL = """(wanted) => new Promise((done) => window.waits.push({wanted, done}))"""
FREEZES = """async () => {
  for (const stat of (await pc.getStats()).values())
    if (stat.type === 'inbound-rtp' && stat.kind === 'video') return stat.freezeCount;
}"""


def measure() -> list[Figure]:
    """Switches and joins, in one run."""
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    async with _call() as (call, publisher):
        took, freezes = await _switches(call)
        keyframes = await _joins(call.node, publisher)
    return [
        Figure("layer switch, median", percentile(took, 50), "ms", len(took), goal=SWITCH_GOAL_MS),
        Figure("layer switch, p95", percentile(took, 95), "ms", len(took), goal=SWITCH_GOAL_MS),
        Figure("layer switch, worst", max(took), "ms", len(took)),
        Figure(f"freezes in {SWITCHES} switches", freezes, "freezes", 1, goal=0),
        Figure(
            f"keyframes of the busiest layer in the second in which {VIEWERS} viewers join",
            keyframes,
            "keyframes",
            1,
            goal=2,
        ),
    ]


@asynccontextmanager
async def _call() -> AsyncIterator[tuple[Call, Publisher]]:
    node = await MediaNode.open(host="127.0.0.1", port=0)
    async with async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, "--allow-loopback-in-peer-connection"]
        )
        call = Call(browser, node)
        try:
            yield call, await _published(call)
        finally:
            await call.close()
            await browser.close()
            await node.close()


async def _published(call: Call) -> Publisher:
    heard = Heard()
    publisher = call.node.publisher(listener=heard)
    page = await call.page()
    await page.expose_function("answer", lambda sdp: publisher.answer(sdp, TRACKS))
    await page.evaluate(PUBLISH)
    await heard.up.wait()
    await asyncio.sleep(SETTLE_SECONDS)
    return publisher


async def _switches(call: Call) -> tuple[list[float], int]:
    """Milliseconds of each switch, and how often the browser says that the picture froze."""
    viewer = await call.watch({"0": "sound", "1": "picture"}, ("audio", "video"))
    await viewer.page.evaluate(WATCH)
    await asyncio.sleep(SETTLE_SECONDS)
    before = await viewer.page.evaluate(FREEZES)
    took = [
        await _switch(viewer.page, viewer.subscriber, (0, 2, 1)[step % 3])
        for step in range(SWITCHES)
    ]
    after = await viewer.page.evaluate(FREEZES)
    return took, after - before


async def _switch(page: Page, subscriber: Subscriber, layer: int) -> float:
    """From the command to the first frame of that layer, in milliseconds."""
    waiting = asyncio.ensure_future(page.evaluate(UNTIL, WIDTHS[layer]))
    await asyncio.sleep(BETWEEN_SECONDS)
    began = time.time()
    subscriber.prefer({"1": layer})
    shown: float = await waiting
    return shown - began * 1_000


async def _joins(node: MediaNode, publisher: Publisher) -> int:
    """Keyframes of the busiest layer while ten peers join within a second."""
    certificate = Certificate()
    peers = [Peer(certificate) for _ in range(VIEWERS)]
    before = _keyframes(publisher)
    began = time.monotonic()
    for place, peer in enumerate(peers):
        subscriber = node.subscriber(listener=Heard())
        answer = subscriber.answer(peer.offer("recvonly"))
        subscriber.select({"0": "sound", "1": "picture"})
        await peer.connect(answer)
        await asyncio.sleep(max(0.0, began + (place + 1) / VIEWERS - time.monotonic()))
    after = _keyframes(publisher)
    for peer in peers:
        await peer.close()
    return max(later - earlier for earlier, later in zip(before, after, strict=True))


def _keyframes(publisher: Publisher) -> list[int]:
    statistics = publisher.statistics(0.0)
    (picture,) = [track for track in statistics.tracks if track.kind == "video"]
    return [layer.keyframes for layer in picture.layers]
