"""In which codecs a sender may send."""

import asyncio

import pytest
from playwright.async_api import Page

from app.signalling.media.agreement import agreed
from app.signalling.media.sdp import parse_offer
from tests.signalling.media.chromium import DEADLINE_SECONDS, Call
from tests.signalling.media.test_sdp import CHROMIUM, read

VP9_FIRST = CHROMIUM.replace("SAVPF 96 97 ", "SAVPF 98 99 96 97 ", 1)


def names(sdp: str, *, switches: bool) -> list[list[str]]:
    offer = agreed(parse_offer(sdp), switches=switches)
    return [[each.codec.name for each in media.codecs] for media in offer.media]


def test_who_offers_it_first_and_switches_when_told_may_send_it() -> None:
    assert VP9_FIRST != CHROMIUM

    sound, pictures = names(VP9_FIRST, switches=True)

    assert sound == ["opus", "red"]
    assert pictures == ["VP8", "H264", "VP9", "AV1"]  # so that the first is what all decode


@pytest.mark.parametrize(
    ("sdp", "switches"),
    [
        pytest.param(CHROMIUM, True, id="not offered first"),
        pytest.param(VP9_FIRST, False, id="does not switch"),
        pytest.param(read("chromium-simulcast"), True, id="layers"),
    ],
)
def test_others_send_what_everybody_decodes(sdp: str, switches: bool) -> None:
    assert names(sdp, switches=switches) == [["opus", "red"], ["VP8", "H264"]]


@pytest.mark.anyio
@pytest.mark.parametrize("mime_type", ["video/VP9", "video/AV1"])
async def test_a_viewer_of_one_sender_sees_another_who_sends_the_same(
    call: Call, mime_type: str
) -> None:
    """Numbers of pictures go back or jump from one to the other."""
    for name in ("anne", "ben"):
        page, _, _ = await call.publish(name, codecs=(mime_type,))
        await page.evaluate("send_in", mime_type)
        await _until_codec(page, "outbound-rtp", mime_type)
    viewer = await call.watch({"0": "anne-video"}, ("video",))
    await _until_codec(viewer.page, "inbound-rtp", mime_type)

    for name in ("ben", "anne", "ben"):
        before = (await viewer.figures()).frames
        viewer.subscriber.select({"0": f"{name}-video"})
        await viewer.frames_beyond(before + 20)

    assert await viewer.page.evaluate("codec('inbound-rtp', 'video')") == mime_type


async def _until_codec(page: Page, side: str, mime_type: str) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await page.evaluate("side => codec(side, 'video')", side) != mime_type:
            await page.evaluate("new Promise(requestAnimationFrame)")
