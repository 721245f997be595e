"""A viewer's offer tells that it will tell its clock."""

import re

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

OFFERS = """async ({ refuses }) => {
  const { Leg } = await import("/static/call/leg.js");
  const pc = new RTCPeerConnection();
  pc.addTransceiver("audio", { direction: "recvonly" });
  pc.addTransceiver("video", { direction: "recvonly" });
  pc.addTransceiver("video", { direction: "sendonly" });
  const describe = pc.setLocalDescription.bind(pc);
  pc.setLocalDescription = (given) =>
    refuses && given ? Promise.reject(new Error("not taken")) : describe(given);
  const leg = new Leg(pc);
  const said = await leg.offer(({ sdp }) => ({ sdp }));
  return [said, leg.unanswered.message().sdp, pc.localDescription.sdp];
}"""


def sections(sdp: str) -> list[str]:
    return re.split(r"(?=^m=)", sdp, flags=re.MULTILINE)[1:]


async def test_each_repaired_format_of_a_received_picture_has_the_clock(bare_page: Page) -> None:
    said, offered, described = await bare_page.evaluate(OFFERS, {"refuses": False})

    sound, seen, sent = sections(offered)
    repaired = set(re.findall(r"a=rtcp-fb:(\d+) nack\r", seen))
    assert said
    assert offered == described
    assert repaired
    assert set(re.findall(r"a=rtcp-fb:(\d+) rrtr\r", seen)) == repaired
    assert "rrtr" not in sound + sent


async def test_a_browser_that_takes_no_clock_offers_as_it_would(bare_page: Page) -> None:
    said, offered, _ = await bare_page.evaluate(OFFERS, {"refuses": True})

    assert said
    assert "rrtr" not in offered
    assert len(sections(offered)) == 3
