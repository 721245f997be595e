"""Received tracks in video elements."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

START = """async () => {
  const { Playback } = await import("/static/call/playback.js");
  const track = () => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    setInterval(() => context.fillRect(0, 0, 9, 9), 50);
    return canvas.captureStream(20).getVideoTracks()[0];
  };
  window.track = track;
  window.tracks = { ada: [track()], ben: [track()] };
  window.playback = new Playback((id) => window.tracks[id]);
  window.element = document.createElement("video");
  document.body.append(window.element);
  window.shown = () => window.element.srcObject.getTracks();
}"""


@pytest.fixture
async def playing(reloaded: Page) -> Page:
    await reloaded.evaluate(START)
    return reloaded


async def test_a_new_track_takes_the_place_of_the_old_one(playing: Page) -> None:
    await playing.evaluate("window.playback.attach(window.element, 'ada', 'person')")

    same = await playing.evaluate(
        """() => {
          const stream = window.element.srcObject;
          window.tracks.ada = [window.track()];
          window.playback.refresh();
          return [stream === window.element.srcObject, window.shown()[0] === window.tracks.ada[0],
            window.shown().length];
        }"""
    )

    assert same == [True, True, 1]


async def test_an_element_can_show_somebody_else(playing: Page) -> None:
    shown = await playing.evaluate(
        """() => {
          window.playback.attach(window.element, "ada", "person");
          window.playback.attach(window.element, "ben", "person");
          return window.shown()[0] === window.tracks.ben[0];
        }"""
    )

    assert shown


async def test_refused_sound_waits_for_a_touch(playing: Page) -> None:
    blocked = await playing.evaluate(
        """async () => {
          const real = window.element.play;
          window.element.play = async () => { throw new DOMException("", "NotAllowedError"); };
          const told = new Promise((resolve) =>
            window.playback.addEventListener("blocked", () => resolve(window.playback.isBlocked)));
          window.playback.attach(window.element, "ada", "person");
          const before = await told;
          window.element.play = real;
          await window.playback.unblock();
          return [before, window.playback.isBlocked];
        }"""
    )

    assert blocked == [True, False]


# Safari: sound until the person has touched the page, everything while an iPhone saves power.
REFUSE = """() => {
  window.refuses = "sound";
  const real = window.element.play.bind(window.element);
  window.element.play = async () => {
    if (window.refuses === "all" || (window.refuses === "sound" && !window.element.muted)) {
      throw new DOMException("", "NotAllowedError");
    }
    return real();
  };
  window.state = () => [window.playback.isBlocked, window.element.muted, window.element.paused];
}"""
ATTACH_REFUSED = """async (refuses) => {
  window.refuses = refuses;
  const told = new Promise((resolve) =>
    window.playback.addEventListener("blocked", resolve, { once: true }));
  window.playback.attach(window.element, "ada", "person");
  await told;
  await new Promise((resolve) => setTimeout(resolve, 50));
  return window.state();
}"""
TOUCH = """async () => {
  window.refuses = "";
  await window.playback.unblock();
  return window.state();
}"""


@pytest.mark.parametrize("refuses", ["sound", "all"])
async def test_what_is_refused_is_silent_until_a_touch(playing: Page, refuses: str) -> None:
    await playing.evaluate(REFUSE)

    before = await playing.evaluate(ATTACH_REFUSED, refuses)
    after = await playing.evaluate(TOUCH)

    assert before[:2] == [True, True]
    assert after == [False, False, False]


async def test_while_sound_is_refused_its_picture_is_shown(playing: Page) -> None:
    await playing.evaluate(REFUSE)

    state = await playing.evaluate(ATTACH_REFUSED, "sound")

    assert state == [True, True, False]


async def test_a_picture_that_comes_while_sound_is_refused_gives_no_leave_to_speak(
    playing: Page,
) -> None:
    await playing.evaluate(REFUSE)
    await playing.evaluate(ATTACH_REFUSED, "sound")

    state = await playing.evaluate(
        """async () => {
          window.tracks.ada = [window.track()];
          window.playback.refresh();
          await new Promise((resolve) => setTimeout(resolve, 50));
          return window.state();
        }"""
    )

    assert state == [True, True, False]


async def test_an_element_that_its_page_has_muted_stays_so(playing: Page) -> None:
    muted = await playing.evaluate(
        """async () => {
          window.element.muted = true;
          window.element.play = async () => { throw new DOMException("", "NotAllowedError"); };
          window.playback.attach(window.element, "ada", "person");
          await new Promise((resolve) => setTimeout(resolve, 50));
          await window.playback.unblock();
          return window.element.muted;
        }"""
    )

    assert muted


async def test_what_the_system_paused_goes_on_when_the_page_is_shown_again(playing: Page) -> None:
    paused = await playing.evaluate(
        """async () => {
          window.playback.attach(window.element, "ada", "person");
          await new Promise((resolve) => window.element.addEventListener("playing", resolve));
          window.element.pause();
          const before = window.element.paused;
          document.dispatchEvent(new Event("visibilitychange"));
          await new Promise((resolve) => window.element.addEventListener("playing", resolve));
          return [before, window.element.paused];
        }"""
    )

    assert paused == [True, False]


async def test_an_interrupted_play_is_no_refusal(playing: Page) -> None:
    blocked = await playing.evaluate(
        """async () => {
          window.element.play = async () => { throw new DOMException("", "AbortError"); };
          window.playback.attach(window.element, "ada", "person");
          await new Promise((resolve) => setTimeout(resolve));
          return window.playback.isBlocked;
        }"""
    )

    assert not blocked


async def test_a_speaker_is_set_on_what_plays_now_and_later(playing: Page) -> None:
    speakers = await playing.evaluate(
        """async () => {
          const seen = [];
          HTMLMediaElement.prototype.setSinkId = async (id) => { seen.push(id); };
          window.playback.attach(window.element, "ada", "person");
          await window.playback.useSpeaker("headset");
          window.playback.attach(document.createElement("video"), "ben", "person");
          return seen;
        }"""
    )

    assert speakers == ["headset", "headset"]


async def test_what_is_detached_shows_nothing(playing: Page) -> None:
    gone = await playing.evaluate(
        """() => {
          window.playback.attach(window.element, "ada", "person");
          window.playback.detach(window.element);
          window.playback.refresh();
          return window.element.srcObject;
        }"""
    )

    assert gone is None
