"""What a browser is told of the rate to begin with."""

from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

HINT = """async ([sdp, bps]) => {
  const { withStartBitrate } = await import("/static/call/startbitrate.js");
  return withStartBitrate(sdp, bps);
}"""
SDP = (
    "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\n"
    "a=fmtp:97 apt=96\r\na=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1\r\n"
)


async def test_every_codec_of_a_picture_has_it_and_nothing_else_changes(page: Page) -> None:
    hinted: Any = await page.evaluate(HINT, [SDP, 1_500_000])

    assert hinted == SDP.replace(
        "VP8/90000\r\n", "VP8/90000\r\na=fmtp:96 x-google-start-bitrate=1500\r\n"
    ).replace("packetization-mode=1", "packetization-mode=1;x-google-start-bitrate=1500")


async def test_the_browsers_own_description_can_still_be_read(page: Page) -> None:
    taken = await page.evaluate(
        """async () => {
          const { withStartBitrate } = await import("/static/call/startbitrate.js");
          const [one, other] = [new RTCPeerConnection(), new RTCPeerConnection()];
          for (const kind of ["audio", "video"]) one.addTransceiver(kind);
          await one.setLocalDescription();
          const { type, sdp } = one.localDescription;
          await other.setRemoteDescription({ type, sdp: withStartBitrate(sdp, 2_000_000) });
          return other.getTransceivers().length;
        }"""
    )

    assert taken == 2
