"""Who speaks in a direct call: by the same levels and pauses as the node's."""

from typing import Any

import pytest
from playwright.async_api import Page

from app.signalling.media import speaking
from tests.web.static.bidi import Evaluates, firefox
from tests.web.static.call.bridge import Bridge
from tests.web.static.call.test_call import join, until
from tests.web.static.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SPEECH, QUIET = 25, 70
"""In dB below overload."""

DETECT = """async (spans) => {
  const { SpeakingDetector } = await import("/static/call/speaking.js");
  const detector = new SpeakingDetector();
  const changes = [];
  let atMs = 0;
  for (const [level, ms] of spans) {
    for (const end = atMs + ms; atMs < end; atMs += 50) {
      if (level !== null) detector.heard(10 ** (-level / 20), atMs);
      if (detector.changed(atMs)) changes.push([detector.speaking, atMs]);
    }
  }
  return changes;
}"""

# A receiver whose packets are made up, listened to for so long: whether it ever spoke.
HEAR = """async ([packets, ms]) => {
  const { Hearing } = await import("/static/call/speaking.js");
  const began = performance.now();
  const still = { timestamp: began, audioLevel: 0.3 };
  const receiver = {
    getSynchronizationSources: () => ({
      moving: [{ ...still, timestamp: performance.now() }],
      still: [still],
      untold: [{ timestamp: performance.now() }],
      none: [],
    })[packets],
    getStats: async () => new Map([
      ["T", { type: "transport" }], ["I", { type: "inbound-rtp", audioLevel: 0.3 }],
    ]),
  };
  const hearing = new Hearing();
  const told = [];
  hearing.addEventListener("change", () => told.push(hearing.speaking));
  hearing.listenTo(receiver);
  await new Promise((resolve) => setTimeout(resolve, ms));
  hearing.listenTo(null);
  return [...told, hearing.speaking];
}"""

# A microphone that the test speaks into: a tone, as loud as `window.volume` says.
VOICE = """() => {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    if (stream.getAudioTracks().length === 0) return stream;
    const context = new AudioContext();
    const [tone, gain] = [new OscillatorNode(context), new GainNode(context, { gain: 0 })];
    const out = context.createMediaStreamDestination();
    tone.connect(gain).connect(out);
    tone.start();
    window.volume = gain.gain;
    return new MediaStream([...out.stream.getAudioTracks(), ...stream.getVideoTracks()]);
  };
}"""
DIRECT = "c.way === 'direct'"
SPEAKS = "c.others[0]?.speaking"
BY_THE_NODE = "[...window.c.room.participants.values()].map(({ speaking }) => speaking)"


async def detected(page: Page, *spans: tuple[int | None, int]) -> Any:
    """Levels, each for so many milliseconds; None: nothing comes. When it changed its mind."""
    return await page.evaluate(DETECT, list(spans))


async def directly(page: Evaluates, other: Evaluates, bridge: Bridge) -> None:
    """Both in a direct call; the other one has a voice, which is silent at first."""
    await other.evaluate(VOICE)
    await join(page, bridge, "ada direct")
    await join(other, bridge, "ben direct")
    for one in (page, other):
        await until(one, DIRECT)


async def speak(page: Evaluates, volume: float) -> None:
    await page.evaluate("(volume) => { window.volume.value = volume; }", volume)


async def test_the_levels_and_pauses_are_the_nodes(bare_page: Page) -> None:
    here = await bare_page.evaluate(
        "async () => { const m = await import('/static/call/speaking.js');"
        " return [m.LOUD, m.BEGIN_MS / 1000, m.END_MS / 1000]; }"
    )

    assert here == [speaking.LOUD, speaking.BEGIN_SECONDS, speaking.END_SECONDS]


async def test_speech_counts_after_a_moment_and_silence_after_a_pause(bare_page: Page) -> None:
    changes = await detected(bare_page, (SPEECH, 1_000), (QUIET, 2_000))

    assert changes == [[True, 200], [False, 2_200]]


@pytest.mark.parametrize(
    "spans",
    [
        [(SPEECH, 150), (QUIET, 2_000)],  # a cough
        [(SPEECH, 150), (QUIET, 500), (SPEECH, 150), (QUIET, 2_000)],
        [(46, 3_000)],
    ],
)
async def test_what_is_short_or_soft_is_no_speech(
    bare_page: Page, spans: list[tuple[int | None, int]]
) -> None:
    assert await detected(bare_page, *spans) == []


async def test_a_pause_between_sentences_is_not_the_end(bare_page: Page) -> None:
    changes = await detected(bare_page, (SPEECH, 1_000), (QUIET, 900), (SPEECH, 500))

    assert changes == [[True, 200]]


async def test_one_who_stops_sending_falls_silent(bare_page: Page) -> None:
    changes = await detected(bare_page, (SPEECH, 1_000), (None, 2_000))

    assert changes == [[True, 200], [False, 2_200]]


@pytest.mark.parametrize(
    ("packets", "told"),
    [
        ("moving", [True, False]),  # and nobody is heard any more once nobody is listened to
        ("untold", [True, False]),  # their level is not told, but that of what is played
        ("still", [False]),  # the last packet of one who stopped
        ("none", [False]),
    ],
)
async def test_only_what_comes_is_heard(bare_page: Page, packets: str, told: list[bool]) -> None:
    assert await bare_page.evaluate(HEAR, [packets, 700]) == told


async def other_speaks(page: Page, other: Page, bridge: Bridge) -> None:
    """In a direct call, and is heard."""
    await directly(page, other, bridge)
    await speak(other, 0.3)
    await until(page, SPEAKS)


@pytest.mark.alone
async def test_in_a_direct_call_the_page_hears_who_speaks(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await directly(page, other, bridge)
    assert not await page.evaluate("window.c.others[0].speaking")

    await speak(other, 0.3)
    await until(page, SPEAKS)
    by_the_node = await page.evaluate(BY_THE_NODE)
    back = await other.evaluate("window.c.others[0].speaking")
    await speak(other, 0)
    await until(page, f"!{SPEAKS}")

    assert by_the_node == [False, False]
    assert back is False  # Chromium's made-up microphone beeps, which is no speech
    assert await page.evaluate("window.c.way") == "direct"


async def test_a_microphone_that_goes_off_in_mid_sentence_is_not_heard(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await other_speaks(page, other, bridge)

    await other.evaluate("window.c.setMicrophone(false)")

    await until(page, f"!{SPEAKS}")


async def test_when_the_call_goes_back_to_the_node_it_tells_again(
    page: Page, other: Page, bridge: Bridge
) -> None:
    await other_speaks(page, other, bridge)

    await bridge.ask_to_record("ada")

    await until(page, "c.way !== 'direct'")
    await until(page, f"({BY_THE_NODE}).includes(true) && {SPEAKS}")


@pytest.mark.alone
async def test_chromium_and_firefox_hear_each_other_speak(
    page: Page, bridge: Bridge, site: Site
) -> None:
    async with firefox() as fox:
        tab = await fox.open(site.url)
        await directly(tab, page, bridge)
        await until(page, SPEAKS)  # Firefox's made-up microphone hums
        assert not await tab.evaluate("window.c.others[0].speaking")

        await speak(page, 0.3)
        await tab.evaluate("window.c.setMicrophone(false)")

        await until(page, f"!{SPEAKS}")
        await until(tab, SPEAKS)
        assert [await one.evaluate("window.c.way") for one in (page, tab)] == ["direct"] * 2
        assert tab.errors == []
