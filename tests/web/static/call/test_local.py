"""One's own camera and microphone through a call."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

START = """async (wanted) => {
  const { LocalMedia } = await import("/static/call/local.js");
  window.asked = [];
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (constraints) => {
    window.asked.push(constraints);
    return real(constraints);
  };
  window.local = new LocalMedia();
  await window.local.start(wanted);
}"""


async def test_both_devices_take_one_question(page: Page) -> None:
    await page.evaluate(START, {})

    assert await page.evaluate("window.asked.length") == 1
    assert await page.evaluate("window.local.selfView.getVideoTracks().length") == 1
    assert await page.evaluate("window.local.microphone.track.kind") == "audio"


async def test_sound_only_leaves_the_camera_alone(page: Page) -> None:
    await page.evaluate(START, {"camera": False})

    assert await page.evaluate("window.asked[0].video") is False
    assert await page.evaluate("window.local.camera.track") is None


async def test_switching_cameras_closes_the_first_before_the_second_opens(page: Page) -> None:
    await page.evaluate(START, {})
    await page.evaluate("window.first = window.local.camera.track")

    await page.evaluate("window.local.switchCamera()")

    assert await page.evaluate("window.first.readyState") == "ended"
    assert await page.evaluate("window.asked.at(-1).video.facingMode") == "environment"
    assert await page.evaluate("window.local.selfView.getTracks().length") == 1


async def test_switching_a_camera_that_is_off_leaves_it_off(page: Page) -> None:
    await page.evaluate(START, {})
    await page.evaluate("window.local.setCamera(false)")

    await page.evaluate("window.local.switchCamera()")
    assert await page.evaluate("[window.asked.length, window.local.camera.track]") == [1, None]

    await page.evaluate("window.local.setCamera(true)")
    assert await page.evaluate("window.asked.at(-1).video.facingMode") == "environment"
    assert await page.evaluate("window.local.camera.track.enabled") is True


async def test_another_microphone_may_be_chosen_while_muted(page: Page) -> None:
    await page.evaluate(START, {})
    await page.evaluate("window.local.setMicrophone(false)")
    other = await page.evaluate(
        """async () => (await navigator.mediaDevices.enumerateDevices())
          .findLast((device) => device.kind === "audioinput").deviceId"""
    )
    using = "(({ deviceId }) => deviceId)(window.local.microphone.track.getSettings())"

    await page.evaluate("(id) => window.local.useDevice('microphone', id)", other)
    assert await page.evaluate(using) == other
    assert await page.evaluate("window.local.microphone.track.enabled") is False

    await page.evaluate("window.local.setMicrophone(true)")
    assert await page.evaluate(using) == other
    assert await page.evaluate("window.local.microphone.track.enabled") is True


async def test_quick_presses_end_in_the_last_one(page: Page) -> None:
    await page.evaluate(START, {})

    await page.evaluate(
        """() => Promise.all([
          window.local.setCamera(false), window.local.setCamera(true),
          window.local.setCamera(false), window.local.setCamera(true),
          window.local.setCamera(false),
        ])"""
    )

    assert await page.evaluate("[window.local.camera.on, window.local.camera.track]") == [
        False,
        None,
    ]
    assert await page.evaluate("window.local.selfView.getTracks().length") == 0


async def test_an_unplugged_device_gives_way_to_another(page: Page) -> None:
    await page.evaluate(START, {})
    await page.evaluate(
        """() => new Promise((resolve) => {
          const { local } = window;
          window.first = local.camera.track;
          local.addEventListener("change", () => {
            if (local.camera.track && local.camera.track !== window.first) resolve();
          });
          local.useDevice("camera", "gone-device").catch(() => undefined);
        })"""
    )
    await page.evaluate(
        """() => new Promise((resolve) => {
          const { local } = window;
          const gone = local.camera.track;
          local.addEventListener("change", () => {
            if (local.camera.track && local.camera.track !== gone) resolve();
          });
          gone.dispatchEvent(new Event("ended"));
        })"""
    )

    assert await page.evaluate("window.local.camera.track.readyState") == "live"
    assert await page.evaluate("window.local.camera.deviceId") == ""


async def test_a_device_that_opens_after_the_end_is_given_back(page: Page) -> None:
    await page.evaluate(START, {"camera": False, "microphone": False})

    late = await page.evaluate(
        """async () => {
          const { local } = window;
          const real = navigator.mediaDevices.getUserMedia;
          let opened;
          navigator.mediaDevices.getUserMedia = async (constraints) => {
            opened = await real(constraints);
            local.close();
            return opened;
          };
          await local.setCamera(true);
          return [opened.getTracks()[0].readyState, local.camera.track];
        }"""
    )

    assert late == ["ended", None]


async def test_the_meter_moves_with_sound_and_rests_in_silence(page: Page) -> None:
    levels = await page.evaluate(
        """async () => {
          const { levelOf } = await import("/static/call/sound.js");
          const sine = (gain) => Float32Array.from(
            { length: 1024 }, (_, i) => gain * Math.sin(i / 5));
          return [levelOf(new Float32Array(1024)), levelOf(sine(0.0005)), levelOf(sine(0.05)),
            levelOf(sine(1))];
        }"""
    )

    assert levels[0] == levels[1] == 0
    assert 0.3 < levels[2] < 0.7
    assert levels[3] > 0.9


async def test_the_meter_hears_the_microphone(page: Page) -> None:
    await page.evaluate(START, {"camera": False})

    level = await page.evaluate(
        """async () => {
          const { LevelMeter } = await import("/static/call/sound.js");
          const meter = new LevelMeter();
          const heard = new Promise((resolve) => meter.addEventListener("level", (event) => {
            if (event.detail.level > 0.1) resolve(event.detail.level);
          }));
          meter.start(window.local.microphone.track);
          const level = await heard;
          meter.stop();
          return level;
        }"""
    )

    assert level > 0.1


async def test_a_camera_plugged_in_later_is_opened(page: Page) -> None:
    await page.evaluate(
        """() => {
          const { mediaDevices } = navigator;
          const real = mediaDevices.getUserMedia.bind(mediaDevices);
          window.has = false;
          mediaDevices.getUserMedia = async (constraints) => {
            if (constraints.video && !window.has) throw new DOMException("", "NotFoundError");
            return real(constraints);
          };
        }"""
    )
    await page.evaluate(START, {})
    before = await page.evaluate("window.local.camera.failure.code")

    await page.evaluate(
        """() => new Promise((resolve) => {
          window.local.addEventListener("change", () => window.local.camera.track && resolve());
          window.has = true;
          navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
        })"""
    )

    assert before == "none-found"
    assert await page.evaluate("window.local.camera.failure") is None
