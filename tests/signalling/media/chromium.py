"""Chromium pages whose peer connections are answered by a media node in the test's own process."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from playwright.async_api import Browser, Page

from app.signalling.media import MediaNode, Publisher, Subscriber
from app.signalling.peers import PeerEvent
from tests.browsers import close

ARGUMENTS = [
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
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
]
ORIGIN = "http://localhost:1/"
"""Never reached: the page is served from here. localhost, because cameras need a secure context."""

DEADLINE_SECONDS = 30

SCRIPT = """<!doctype html><title>call</title><body><script>
async function negotiate() {
  await pc.setLocalDescription();
  await pc.setRemoteDescription({type: 'answer', sdp: await answer(pc.localDescription.sdp)});
}
function choose(transceiver, kind, {first = [], without = []}) {
  const rank = codec => (first.includes(codec.mimeType) ? 0 : 1);
  const known = RTCRtpReceiver.getCapabilities(kind).codecs;
  const left = known.filter(codec => !without.includes(codec.mimeType));
  transceiver.setCodecPreferences(left.sort((one, other) => rank(one) - rank(other)));
}
async function publish(first) {
  const stream = await navigator.mediaDevices.getUserMedia(
    {audio: true, video: {width: 1280, height: 720, frameRate: 30}});
  window.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  for (const track of stream.getTracks())
    choose(
      pc.addTransceiver(track, {direction: 'sendonly', streams: [stream]}), track.kind, {first});
  await negotiate();
}
async function subscribe(lines, without) {
  const began = performance.now();
  window.pc = new RTCPeerConnection({bundlePolicy: 'max-bundle'});
  for (const kind of lines)
    choose(pc.addTransceiver(kind, {direction: 'recvonly'}), kind, {without});
  const video = document.createElement('video');
  video.autoplay = true;
  video.srcObject = new MediaStream(pc.getReceivers().map(receiver => receiver.track));
  document.body.append(video);
  const frame = new Promise(resolve => video.requestVideoFrameCallback(resolve));
  await negotiate();
  await frame;
  return performance.now() - began;
}
async function restart() {
  pc.restartIce();
  await negotiate();
}
function watchGaps() {
  const video = document.querySelector('video');
  let last = performance.now();
  window.longest = 0;
  const seen = now => {
    window.longest = Math.max(window.longest, now - last);
    last = now;
    video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
}
async function figures(type) {
  const found = {};
  for (const entry of (await pc.getStats()).values())
    if (entry.type === type) found[entry.kind] = entry;
  return found;
}
async function send_in(mimeType) {
  const sender = pc.getSenders().find(({track}) => track.kind === 'video');
  const parameters = sender.getParameters();
  parameters.encodings[0].codec = parameters.codecs.find(codec => codec.mimeType === mimeType);
  await sender.setParameters(parameters);
}
async function codec(type, kind) {
  const found = await pc.getStats();
  for (const entry of found.values())
    if (entry.type === type && entry.kind === kind) return found.get(entry.codecId)?.mimeType;
}
</script>"""


@dataclass
class Heard:
    """A listener that remembers."""

    up: asyncio.Event = field(default_factory=asyncio.Event)
    down: asyncio.Event = field(default_factory=asyncio.Event)
    flows: asyncio.Event = field(default_factory=asyncio.Event)
    reasons: list[str] = field(default_factory=list)
    events: list[PeerEvent] = field(default_factory=list)

    def connected(self) -> None:
        self.up.set()

    def took_over(self) -> None:
        self.flows.set()

    def closed(self, reason: str) -> None:
        self.reasons.append(reason)
        self.down.set()

    def happened(self, event: PeerEvent) -> None:
        self.events.append(event)


@dataclass
class Figures:
    """What getStats says of one received stream, summed over its kind."""

    frames: int
    width: int
    audio_energy: float
    packets: int


class Viewer:
    """A page with a subscribing connection."""

    def __init__(self, page: Page, subscriber: Subscriber, heard: Heard) -> None:
        self.page = page
        self.subscriber = subscriber
        self.heard = heard

    async def figures(self) -> Figures:
        found = await self.page.evaluate("figures('inbound-rtp')")
        video, audio = found.get("video", {}), found.get("audio", {})
        return Figures(
            frames=video.get("framesDecoded", 0),
            width=video.get("frameWidth", 0),
            audio_energy=audio.get("totalAudioEnergy", 0.0),
            packets=video.get("packetsReceived", 0),
        )

    async def frames_beyond(self, frames: int) -> None:
        """Waits until more than that many frames were decoded."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (await self.figures()).frames <= frames:
                await self.page.evaluate("new Promise(requestAnimationFrame)")


class Call:
    """One node and the pages around it."""

    def __init__(self, browser: Browser, node: MediaNode) -> None:
        self._browser = browser
        self.node = node
        self.errors: list[str] = []
        self.amend: Callable[[str], str] = str
        self._pages: list[Page] = []

    async def page(self) -> Page:
        context = await self._browser.new_context()
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.route(
            ORIGIN + "**", lambda route: route.fulfill(body=SCRIPT, content_type="text/html")
        )
        await page.goto(ORIGIN)
        self._pages.append(page)
        return page

    async def publish(
        self, name: str, *, codecs: tuple[str, ...] = ()
    ) -> tuple[Page, Publisher, Heard]:
        """A page that sends tracks `NAME-audio` and `NAME-video`, and offers these codecs first;
        pictures that not everybody decodes are sent when it is told to (`send_in`)."""
        heard = Heard()
        publisher = self.node.publisher(listener=heard)
        tracks = {"0": f"{name}-audio", "1": f"{name}-video"}
        page = await self.page()
        await page.expose_function(
            "answer", lambda sdp: self.amend(publisher.answer(sdp, tracks, switches=True))
        )
        await page.evaluate("first => publish(first)", list(codecs))
        async with asyncio.timeout(DEADLINE_SECONDS):
            await heard.up.wait()
        return page, publisher, heard

    async def watch(
        self, tracks: Mapping[str, str], lines: tuple[str, ...], *, without: tuple[str, ...] = ()
    ) -> Viewer:
        """A page that has decoded a first frame of these tracks (mid → track id), and does not
        take these codecs."""
        heard = Heard()
        subscriber = self.node.subscriber(listener=heard)

        def answer(sdp: str) -> str:
            answered = subscriber.answer(sdp)
            subscriber.select(tracks)
            return self.amend(answered)

        page = await self.page()
        await page.expose_function("answer", answer)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await page.evaluate(
                "([lines, without]) => subscribe(lines, without)", [list(lines), list(without)]
            )
        return Viewer(page, subscriber, heard)

    async def close(self) -> None:
        for page in self._pages:
            await close(page.context)
