"""Opening devices, and what is said when that fails."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

FAIL = """([audio, video]) => {
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const name = (constraints.audio && audio) || (constraints.video && video);
    if (name) throw new DOMException("", name);
    const canvas = document.createElement("canvas");
    canvas.getContext("2d");
    const sound = new AudioContext().createMediaStreamDestination().stream;
    return new MediaStream([
      ...(constraints.audio ? sound.getTracks() : []),
      ...(constraints.video ? canvas.captureStream().getTracks() : []),
    ]);
  };
}"""

OPEN = """async () => {
  const { openDevices } = await import("/static/call/devices.js");
  const { audio, video, audioFailure, videoFailure } = await openDevices({});
  return [audio?.kind ?? audioFailure.code, video?.kind ?? videoFailure.code];
}"""


@pytest.mark.parametrize(
    ("audio", "video", "opened"),
    [
        ("", "", ["audio", "video"]),
        ("", "NotFoundError", ["audio", "none-found"]),
        ("", "NotReadableError", ["audio", "in-use"]),
        ("NotAllowedError", "", ["denied", "video"]),
        ("NotAllowedError", "NotAllowedError", ["denied", "denied"]),
        ("SecurityError", "TypeError", ["insecure", "insecure"]),
        ("Surprise", "AbortError", ["unknown", "in-use"]),
    ],
)
async def test_what_works_is_opened_and_the_rest_explained(
    page: Page, audio: str, video: str, opened: list[str]
) -> None:
    await page.evaluate(FAIL, [audio, video])

    assert await page.evaluate(OPEN) == opened


async def test_a_page_without_devices_api_says_that_it_is_not_secure(page: Page) -> None:
    await page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")

    assert await page.evaluate(OPEN) == ["insecure", "insecure"]


AGENTS = {
    "chrome": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36",
    "edge": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0",
    "firefox": "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
    "safari": "Mozilla/5.0 (Macintosh; Intel Mac OS X) Version/18.0 Safari/605.1.15",
    "ios": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) CriOS/140.0 Mobile Safari/604.1",
    "android": "Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/140.0 Mobile Safari/537.36",
    "other": "Lynx/2.9",
}


@pytest.mark.parametrize(
    ("name", "agent", "has_touch"),
    [*((name, agent, False) for name, agent in AGENTS.items()), ("ios", AGENTS["safari"], True)],
)
async def test_the_browser_is_told_and_told_how_to_allow(
    bare_page: Page, name: str, agent: str, has_touch: bool
) -> None:
    told, steps = await bare_page.evaluate(
        """async ([agent, hasTouch]) => {
          const { browserOf, howToAllow } = await import("/static/call/failures.js");
          const browser = browserOf(agent, hasTouch);
          return [browser, howToAllow("camera", browser)];
        }""",
        [agent, has_touch],
    )

    assert told == name
    assert len(steps) >= 2
    assert any("camera" in step for step in steps)


async def test_the_rear_camera_is_asked_for_by_what_it_faces(page: Page) -> None:
    wanted = await page.evaluate(
        """async () => {
          const { constraintsOf } = await import("/static/call/devices.js");
          return [
            constraintsOf({ audio: false, video: true, facing: "environment" }),
            constraintsOf({ audio: true, video: true, cameraId: "c", microphoneId: "m" }),
          ];
        }"""
    )

    assert wanted[0]["audio"] is False
    assert wanted[0]["video"]["facingMode"] == "environment"
    assert wanted[1]["video"]["deviceId"] == {"exact": "c"}
    assert wanted[1]["audio"]["deviceId"] == {"exact": "m"}
    assert "facingMode" not in wanted[1]["video"]


async def test_devices_have_names_before_permission_is_given(page: Page) -> None:
    await page.evaluate(
        """() => {
          const device = (kind, deviceId, label) => ({ kind, deviceId, label });
          navigator.mediaDevices.enumerateDevices = async () => [
            device("videoinput", "1", ""), device("videoinput", "2", ""),
            device("audioinput", "3", "Headset"), device("audiooutput", "4", ""),
          ];
        }"""
    )

    found = await page.evaluate(
        'import("/static/call/devices.js").then(({ listDevices }) => listDevices())'
    )

    assert found == {
        "cameras": [{"id": "1", "name": "Camera"}, {"id": "2", "name": "Camera 2"}],
        "microphones": [{"id": "3", "name": "Headset"}],
        "speakers": [{"id": "4", "name": "Speaker"}],
    }
