"""The line as the statistics of the publishing connection show it."""

from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

READ = """async ([stats, sendsPicture]) => {
  const { readingOf } = await import("/static/call/linereading.js");
  const pulse = { connection: "1", came: 0, atMs: 400 };
  const around = { atMs: 1000, pulse, photoBps: null, hasPicture: true, sendsPicture };
  return readingOf(stats, around);
}"""
PULSE = """async ([before, stats, connection, at]) => {
  const { pulseOf } = await import("/static/call/linereading.js");
  return pulseOf(before, stats, connection, at);
}"""

VIDEO = {"type": "outbound-rtp", "kind": "video", "active": True, "targetBitrate": 600_000}
STATS = [
    {"type": "candidate-pair", "nominated": False, "availableOutgoingBitrate": 1},
    {"type": "candidate-pair", "nominated": True},
    {"type": "candidate-pair", "nominated": True, "availableOutgoingBitrate": 700_000},
    VIDEO,
    {"type": "remote-inbound-rtp", "kind": "video", "fractionLost": 0.1, "roundTripTime": 0.4},
    {"type": "remote-inbound-rtp", "kind": "audio", "fractionLost": 0.02, "roundTripTime": 0.09},
]


async def read(
    page: Page, stats: list[dict[str, Any]], *, sends_picture: bool = True
) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(READ, [stats, sends_picture])
    return found


async def test_while_a_picture_is_sent_its_own_loss_counts(bare_page: Page) -> None:
    reading = await read(bare_page, STATS)

    assert reading == {
        "atMs": 1_000,
        "estimateBps": 700_000,
        "videoBps": 600_000,
        "loss": 0.1,
        "roundTripMs": 90,
        "silentMs": 600,
        "photoBps": None,
        "hasPicture": True,
    }


async def test_while_the_picture_is_paused_the_loss_of_sound_counts(bare_page: Page) -> None:
    paused = [VIDEO | {"active": False} if stat is VIDEO else stat for stat in STATS]

    reading = await read(bare_page, paused)

    assert (reading["videoBps"], reading["loss"]) == (None, 0.02)


async def test_a_target_of_nothing_is_left_out_and_counts_as_nothing(bare_page: Page) -> None:
    """Chromium's; a picture that gets nothing is to give way to photos."""
    nothing: dict[str, Any] = {"type": "outbound-rtp", "kind": "video", "active": True}

    reading = await read(bare_page, [nothing if stat is VIDEO else stat for stat in STATS])

    assert reading["videoBps"] == 0


# Of no stream it is said whether it is active, nor its target; and there is no estimate.
FIREFOX: list[dict[str, Any]] = [
    {"type": "candidate-pair", "nominated": True, "bytesReceived": 9_000, "responsesReceived": 4},
    {"type": "outbound-rtp", "kind": "video", "id": "v"},
    {"type": "remote-inbound-rtp", "kind": "video", "localId": "v", "fractionLost": 0.1},
    {"type": "remote-inbound-rtp", "kind": "audio", "fractionLost": 0.02, "roundTripTime": 0.09},
]


@pytest.mark.parametrize(("sends_picture", "loss"), [(True, 0.1), (False, 0.02)])
async def test_firefox_tells_less_and_the_ladder_knows_what_is_sent(
    bare_page: Page, sends_picture: bool, loss: float
) -> None:
    reading = await read(bare_page, FIREFOX, sends_picture=sends_picture)

    assert (reading["estimateBps"], reading["videoBps"]) == (None, None)
    assert (reading["loss"], reading["roundTripMs"]) == (loss, 90)


async def test_firefoxs_pulse_is_in_its_pairs_of_candidates(bare_page: Page) -> None:
    before = {"connection": "1", "came": 9_003, "atMs": 1_000}

    pulse = await bare_page.evaluate(PULSE, [before, FIREFOX, "1", 2_000])

    assert pulse == {"connection": "1", "came": 9_004, "atMs": 2_000}


async def test_before_the_first_reports_nothing_is_known(bare_page: Page) -> None:
    reading = await read(bare_page, [])

    unknown = ("estimateBps", "videoBps", "loss", "roundTripMs")
    assert [reading[name] for name in unknown] == [None] * 4


@pytest.mark.parametrize(
    ("connection", "octets", "beats"),
    [("1", 101, True), ("1", 100, False), ("2", 5, True), ("2", 0, False)],
    ids=["more came", "nothing came", "a new one hears something", "a new one is silent"],
)
async def test_only_what_comes_is_a_sign_of_life(
    bare_page: Page, connection: str, octets: int, beats: bool
) -> None:
    before = {"connection": "1", "came": 100, "atMs": 1_000}
    stats = [{"type": "transport", "bytesReceived": octets}]

    pulse = await bare_page.evaluate(PULSE, [before, stats, connection, 2_000])

    assert pulse == {
        "connection": connection,
        "came": octets,
        "atMs": 2_000 if beats else 1_000,
    }


async def test_of_layers_the_worst_that_is_sent_counts(bare_page: Page) -> None:
    layers = [
        {**VIDEO, "id": "q", "targetBitrate": 100_000},
        {**VIDEO, "id": "h", "active": False},
        {**VIDEO, "id": "f", "targetBitrate": 500_000},
    ]
    losses = {"q": 0.05, "h": 0.9, "f": 0.01}
    reports = [
        {"type": "remote-inbound-rtp", "kind": "video", "localId": rid, "fractionLost": lost}
        for rid, lost in losses.items()
    ]

    reading = await read(bare_page, [*layers, *reports])

    assert reading["videoBps"] == 600_000
    assert reading["loss"] == 0.05
