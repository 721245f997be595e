"""A picture in what not every browser decodes, while all who watch do (docs/decisions/0033)."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.browsers import close
from tests.web.static.call.bridge import Bridge
from tests.web.static.call.test_call import DEADLINE_SECONDS, JOIN, join, until
from tests.web.static.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

PREFERRING = JOIN.replace("who, wanted])", "who, wanted, codec])").replace(
    "url, token }", "url, token, codec }"
)
LACKING = """() => {
  const add = RTCPeerConnection.prototype.addTransceiver;
  RTCPeerConnection.prototype.addTransceiver = function (kind, how) {
    const transceiver = add.call(this, kind, how);
    if (kind === "video") {
      const { codecs } = RTCRtpReceiver.getCapabilities("video");
      transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => !/VP9|AV1/.test(mimeType)));
    }
    return transceiver;
  };
}"""
CODEC = """async ([side, type]) => {
  const found = await window.c.connections[side].getStats();
  for (const entry of found.values())
    if (entry.type === type && entry.kind === "video" && entry.codecId)
      return found.get(entry.codecId).mimeType;
}"""
ANOTHER_FRAME = "() => new Promise((seen) => window.element.requestVideoFrameCallback(seen))"
SENDING, SEEING = ["publishing", "outbound-rtp"], ["receiving", "inbound-rtp"]


@pytest.fixture
async def lacking(browser: Browser, site: Site) -> AsyncIterator[Page]:
    """A page of a browser that decodes VP8 and H.264 alone."""
    context = await browser.new_context()
    opened = await context.new_page()
    await opened.goto(site.url)
    await opened.evaluate(LACKING)
    yield opened
    await close(context)


async def until_codec(page: Page, side: list[str], mime_type: str) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await page.evaluate(CODEC, side) != mime_type:
            await page.evaluate("new Promise(requestAnimationFrame)")


async def sees(page: Page, frames: int = 10) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        for _ in range(frames):
            await page.evaluate(ANOTHER_FRAME)


@pytest.mark.parametrize("codec", ["VP9", "AV1"])
async def test_it_is_sent_while_all_decode_it_and_nobody_is_without_a_picture(
    page: Page, other: Page, lacking: Page, bridge: Bridge, codec: str
) -> None:
    await asyncio.wait_for(
        page.evaluate(PREFERRING, [bridge.url, "ada", {}, codec]), DEADLINE_SECONDS
    )
    await join(other, bridge, "ben")
    await until_codec(page, SENDING, f"video/{codec}")
    await until_codec(other, SEEING, f"video/{codec}")
    await sees(other)

    await join(lacking, bridge, "cy")
    await until(lacking, "window.firstFrameMs")
    await sees(lacking)
    await until_codec(page, SENDING, "video/VP8")
    await until_codec(other, SEEING, "video/VP8")
    await sees(other)

    await lacking.evaluate("window.c.leave()")
    await until_codec(page, SENDING, f"video/{codec}")
    await sees(other)


async def test_without_being_asked_it_is_what_everybody_decodes(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await join(page, bridge, "ada")
    await join(other, bridge, "ben")

    await until(other, "window.firstFrameMs")

    assert await page.evaluate(CODEC, SENDING) == "video/VP8"


async def test_with_the_socket_lost_it_is_what_everybody_decodes(
    page: Page, other: Page, bridge: Bridge
) -> None:
    """Somebody might come of whom nobody could tell."""
    await asyncio.wait_for(
        page.evaluate(PREFERRING, [bridge.url, "ada", {}, "VP9"]), DEADLINE_SECONDS
    )
    await join(other, bridge, "ben")
    await until_codec(page, SENDING, "video/VP9")

    await bridge.cut()

    await until_codec(page, SENDING, "video/VP8")
    await sees(other)


OFFERED = r"""async (how) => {
  const { Publisher } = await import("/static/call/publisher.js");
  const publisher = new Publisher({ send: () => true, ...how });
  publisher.start();
  await new Promise((resolve) =>
    publisher.pc.addEventListener("signalingstatechange", resolve, { once: true }));
  const { sdp } = publisher.pc.localDescription;
  publisher.close();
  return ["audio", "video"].map((kind) => {
    const first = sdp.match(new RegExp(`m=${kind} \\d+ \\S+ (\\d+)`))[1];
    return sdp.match(new RegExp(`a=rtpmap:${first} ([^/]+)`))[1];
  });
}"""


@pytest.mark.parametrize(
    ("how", "first"),
    [
        pytest.param({}, ["opus", "VP8"], id="nothing asked for"),
        pytest.param({"repeats": True}, ["red", "VP8"], id="sound twice"),
        pytest.param({"codec": "VP9"}, ["opus", "VP9"], id="VP9"),
        pytest.param({"codec": "H266"}, ["opus", "VP8"], id="what the browser does not know"),
    ],
)
async def test_what_is_offered_first_is_what_is_asked_for(
    bare_page: Page, how: dict[str, object], first: list[str]
) -> None:
    assert await bare_page.evaluate(OFFERED, how) == first
