"""The connection test: its verdicts, and one over a real room server."""

import asyncio

import pytest
from playwright.async_api import Page

from tests.web.static.call.bridge import Bridge
from tests.web.static.scripted import ScriptedServer

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

CHECK = """async ([url, who, deadlineMs]) => {
  const { checkLine } = await import("/static/call/linecheck.js");
  return checkLine({ url, deadlineMs, token: async () => ({ token: who }) });
}"""

JOIN = """async ([url, who]) => {
  const { Consultation } = await import("/static/call/consultation.js");
  window.most = 0;
  const token = async () => ({ token: who });
  window.c = new Consultation({ encounterId: "e", url, token });
  window.c.addEventListener("change", () => {
    window.most = Math.max(window.most, window.c.participants.length);
  });
  await window.c.join({ camera: false, microphone: false });
}"""

IS_IN = "() => window.c.participants.some(({ id }) => id === window.c.me)"

VERDICT = """async (reading) => {
  const { lineCheckOf } = await import("/static/call/linecheck.js");
  const { verdict, words } = lineCheckOf(reading);
  return [verdict, words];
}"""

GOOD = {"fps": 20, "kilobitsPerSecond": 600, "loss": 0.0, "roundTripMs": 40, "receives": True}
SLOW = {"fps": 4, "kilobitsPerSecond": 80}


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        ({}, "video", "Good for video"),
        ({"fps": 4}, "video", "Good for video"),
        ({"kilobitsPerSecond": 80}, "video", "Good for video"),
        (SLOW, "sound", "Sound only will work best"),
        ({"loss": 0.2}, "sound", "Sound only will work best"),
        ({"roundTripMs": 1_500}, "sound", "Sound only will work best"),
        ({"roundTripMs": None}, "video", "Good for video"),
        (
            {"fps": 0, "kilobitsPerSecond": 0, "receives": False},
            "blocked",
            "This network blocks calls: try mobile data",
        ),
    ],
)
async def test_what_came_through_decides(
    bare_page: Page, change: dict[str, object], verdict: str, words: str
) -> None:
    assert await bare_page.evaluate(VERDICT, GOOD | change) == [verdict, words]


@pytest.mark.alone
async def test_a_good_line_to_a_real_node_is_good_for_video(page: Page, bridge: Bridge) -> None:
    check = await asyncio.wait_for(page.evaluate(CHECK, [bridge.url, "ann waiting"]), 30)

    assert check["words"] == "Good for video", check
    assert check["reading"]["height"] > 0
    assert check["reading"]["kilobitsPerSecondSent"] > 0
    assert (check["ways"]["way"], check["ways"]["answered"]["udp"]) == ("udp", True)


async def test_one_in_the_call_shows_the_others_no_test_picture(
    page: Page, other: Page, bridge: Bridge
) -> None:
    for who, one in (("ada", other), ("ben", page)):
        await one.evaluate(JOIN, [bridge.url, who])
        await one.wait_for_function(IS_IN)
    await page.reload()

    check = await asyncio.wait_for(page.evaluate(CHECK, [bridge.url, "ben"]), 30)
    picture = await other.evaluate(
        """() => window.c.tracks.filter(({ participant_id, source, muted }) =>
          participant_id !== window.c.me && source === "camera" && !muted).length"""
    )

    assert check["verdict"] == "in-call"
    assert picture == 0


@pytest.mark.alone
async def test_one_let_in_before_can_test_the_line_too(page: Page, bridge: Bridge) -> None:
    check = await asyncio.wait_for(page.evaluate(CHECK, [bridge.url, "ann"]), 30)

    assert check["verdict"] == "video"


async def test_nobody_is_announced_as_waiting_by_a_check(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await other.evaluate(JOIN, [bridge.url, "ada"])

    await asyncio.wait_for(page.evaluate(CHECK, [bridge.url, "ann waiting"]), 30)

    assert await other.evaluate("window.most") == 1


async def test_a_network_that_lets_no_media_through_blocks_calls(
    page: Page, bridge: Bridge
) -> None:
    await page.evaluate(
        """() => {
          const real = RTCPeerConnection.prototype.setRemoteDescription;
          RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
            return real.call(this, { type, sdp: sdp.replace(/a=candidate.*\\r\\n/g, "") });
          };
        }"""
    )

    check = await asyncio.wait_for(page.evaluate(CHECK, [bridge.url, "ann waiting", 2_000]), 30)

    assert (check["verdict"], check["reading"], check["ways"]["way"]) == ("blocked", None, "")


@pytest.mark.alone
async def test_a_network_without_udp_is_told_apart_from_one_with(
    page: Page, bridge: Bridge
) -> None:
    await page.evaluate(
        """() => {
          const real = RTCPeerConnection.prototype.setRemoteDescription;
          const deaf = (sdp) => sdp.replace(/(a=candidate:\\S+ 1 udp \\d+ \\S+) \\d+/gi, "$1 9");
          RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
            return real.call(this, { type, sdp: deaf(sdp) });
          };
        }"""
    )

    check = await asyncio.wait_for(page.evaluate(CHECK, [bridge.url, "ann waiting"]), 30)

    assert check["verdict"] == "video", check
    assert check["ways"] == {
        "way": "tcp",
        "answered": {"udp": False, "tcp": True, "relay": None},
    }


async def test_no_answer_at_all_is_not_called_a_blocked_network(
    page: Page, server: ScriptedServer
) -> None:
    check = await asyncio.wait_for(page.evaluate(CHECK, [server.url, "ann", 1_000]), 30)

    assert check["verdict"] == "no-line"
