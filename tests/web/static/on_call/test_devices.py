"""Setting a device up to ring: what its browser answers, in words that lead somewhere."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

BOUND = """async (refusal) => {
  const { bindRingDevice } = await import("/static/on-call/devices.js");
  const pushManager = {
    getSubscription: async () => null,
    subscribe: () => refusal === "silence"
      ? new Promise(() => undefined)
      : Promise.reject(new DOMException("Registration failed", refusal)),
  };
  const registration = { pushManager };
  const worker = {
    ready: Promise.resolve(registration),
    register: async () => registration,
    getRegistration: async () => registration,
  };
  Object.defineProperty(navigator, "serviceWorker", { value: worker, configurable: true });
  Notification.requestPermission = async () => "granted";
  document.body.innerHTML = "<div><button></button><p data-ring-device-words></p></div>";
  await bindRingDevice(document.querySelector("div"));
  document.querySelector("button").click();
}"""


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("AbortError", "push service did not take this device"),
        ("silence", "push service did not take this device"),
        ("NotAllowedError", "Notifications are switched off"),
        ("InvalidStateError", "Check your signal"),
    ],
)
async def test_a_browser_that_cannot_subscribe_says_why(
    page: Page, refusal: str, words: str
) -> None:
    await page.clock.install()

    await page.evaluate(BOUND, refusal)
    await page.clock.run_for(21_000)

    await page.get_by_text(words).wait_for()
    assert await page.locator("button").is_enabled()
