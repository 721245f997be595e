"""How good the call is, from counters to words."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

QUALITY = """async ([before, now]) => {
  const { qualityOf, readingBetween } = await import("/static/call/quality.js");
  return qualityOf(readingBetween(before, now));
}"""

COUNTERS = """async ([sent, received]) => {
  const { countersOf } = await import("/static/call/quality.js");
  return countersOf(sent, received, 0);
}"""

BEFORE = {
    "atMs": 0,
    "roundTripMs": 80,
    "sendingLoss": 0,
    "bytesReceived": 0,
    "packetsReceived": 0,
    "packetsLost": 0,
    "framesDecoded": 0,
    "freezes": 0,
    "freezeSeconds": 0,
    "bufferSeconds": 0,
    "framesShown": 0,
    "width": 1280,
    "height": 720,
}
GOOD = BEFORE | {
    "atMs": 2_000,
    "packetsReceived": 400,
    "framesDecoded": 60,
    "framesShown": 60,
    "bufferSeconds": 2.4,
}


@pytest.mark.parametrize(
    ("change", "grade", "words"),
    [
        ({}, "good", "2-way delay 80 ms. Good."),
        ({"roundTripMs": None}, "good", "Good."),
        ({"roundTripMs": 450}, "fair", "2-way delay 450 ms. Leave pauses when you speak."),
        ({"roundTripMs": 900}, "poor", "2-way delay 900 ms. Long."),
        ({"freezes": 1, "freezeSeconds": 0.1}, "fair", "Picture stopped for a moment."),
        ({"freezeSeconds": 0.5}, "poor", "Picture is stopping and starting."),
        ({"packetsLost": 20}, "fair", "Sound or picture may break up now and then."),
        ({"packetsLost": 100}, "poor", "Sound and picture are breaking up."),
        ({"sendingLoss": 0.05}, "fair", "The others may see or hear you badly."),
        ({"sendingLoss": 0.2}, "poor", "The others see and hear you badly."),
        ({"framesDecoded": 20}, "fair", "Picture is jerky."),
        (
            {"bufferSeconds": 88},
            "poor",
            "Picture is 1.5 s behind: do not rely on movement.",
        ),
        (
            {"packetsReceived": 0, "framesDecoded": 0, "roundTripMs": None},
            "unknown",
            "Measuring the line…",
        ),
    ],
)
async def test_the_worst_thing_is_said_in_words(
    bare_page: Page, change: dict[str, object], grade: str, words: str
) -> None:
    quality = await bare_page.evaluate(QUALITY, [BEFORE, GOOD | change])

    assert (quality["grade"], quality["words"]) == (grade, words)


async def test_a_connection_built_anew_is_not_taken_for_a_loss(bare_page: Page) -> None:
    quality = await bare_page.evaluate(
        QUALITY, [GOOD | {"packetsLost": 50, "freezes": 9}, GOOD | {"atMs": 4_000}]
    )

    assert quality["reading"]["loss"] == 0
    assert quality["reading"]["freezes"] == 0


async def test_counters_are_summed_over_all_that_arrives(bare_page: Page) -> None:
    def video(height: int) -> dict[str, object]:
        return {
            "type": "inbound-rtp",
            "kind": "video",
            "bytesReceived": 4_000,
            "packetsReceived": 10,
            "packetsLost": 1,
            "framesDecoded": 30,
            "frameWidth": height * 16 // 9,
            "frameHeight": height,
        }

    audio = {
        "type": "inbound-rtp",
        "kind": "audio",
        "bytesReceived": 1_000,
        "packetsReceived": 5,
        "packetsLost": 2,
    }
    pair = {"type": "candidate-pair", "nominated": True, "currentRoundTripTime": 0.05}
    idle = {"type": "candidate-pair", "nominated": False, "currentRoundTripTime": 9}
    report = {"type": "remote-inbound-rtp", "fractionLost": 0.25}
    layers = [{"type": "outbound-rtp", "bytesSent": octets} for octets in (500, 300)]

    counters = await bare_page.evaluate(
        COUNTERS, [[report, *layers], [video(360), video(720), audio, pair, idle]]
    )

    assert counters == {
        "atMs": 0,
        "roundTripMs": 50,
        "sendingLoss": 0.25,
        "bytesReceived": 9_000,
        "bytesSent": 800,
        "packetsReceived": 25,
        "packetsLost": 4,
        "framesDecoded": 60,
        "freezes": 0,
        "freezeSeconds": 0,
        "bufferSeconds": 0,
        "framesShown": 0,
        "width": 1280,
        "height": 720,
    }
