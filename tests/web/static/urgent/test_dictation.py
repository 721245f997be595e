"""Speaking into a field, with a recogniser of our own at the edge: Chromium here has no service."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.server import RunningServer
from tests.web.staffroom import violations
from tests.web.static.urgent.crew import ask, phone, too_small

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(300)]
IN_A_CALL = """async () => {
  const path = [...document.querySelectorAll('link[rel=modulepreload]')]
    .map((each) => each.href).find((href) => href.endsWith('/call/ongoing.js'));
  (await import(path)).ongoing.add({});
}"""


async def say(page: Page, words: str, *, final: bool) -> None:
    await page.evaluate("([words, final]) => recogniser.say(words, final)", [words, final])


async def test_what_is_said_goes_in_at_the_cursor_and_is_saved(
    browser: Browser, live_server: RunningServer
) -> None:
    async with phone(browser, live_server.url, service_workers="block") as page:
        await ask(page)
        await expect(page.get_by_text("stays on this device")).to_be_visible()
        field = page.get_by_label("About the patient, in words", exact=True)
        await field.fill("Lives with daughter")
        microphone = page.get_by_role("button", name="Speak: About the patient")
        heard = page.locator('[data-heard="field-age_words"]')

        await microphone.click()
        await expect(microphone).to_have_attribute("aria-pressed", "true")
        await say(page, "usually well", final=False)
        await expect(heard).to_have_text("usually well")
        assert await violations(page) == []
        await say(page, "usually walks alone", final=True)
        await microphone.click()

        await expect(field).to_have_value("Lives with daughter usually walks alone")
        await expect(microphone).to_have_attribute("aria-pressed", "false")
        saved = page.locator('[data-field="age_words"] [data-saved]')
        await expect(saved).to_have_text("Saved", timeout=10_000)
        assert await page.evaluate("recogniser.processLocally") is True
        assert await too_small(page) == []


async def test_a_browser_whose_maker_listens_says_so_and_failures_are_words(
    browser: Browser, live_server: RunningServer
) -> None:
    async with phone(browser, live_server.url, service_workers="block") as page:
        await page.add_init_script("globalThis.heardBy = 'downloadable';")
        await ask(page)
        await expect(page.get_by_text("The maker of this browser may hear")).to_be_visible()
        microphone = page.get_by_role("button", name="Speak: About the patient")
        heard = page.locator('[data-heard="field-age_words"]')

        await microphone.click()
        await page.evaluate("recogniser.fail('network')")

        await expect(heard).to_have_text("Dictation needs a better line. Please type.")
        await expect(microphone).to_have_attribute("aria-pressed", "false")


async def test_in_a_call_the_first_press_warns(
    browser: Browser, live_server: RunningServer
) -> None:
    async with phone(browser, live_server.url, service_workers="block") as page:
        await ask(page)
        microphone = page.get_by_role("button", name="Speak: About the patient")
        await expect(microphone).to_be_visible()
        await page.evaluate(IN_A_CALL)

        await microphone.click()
        heard = page.locator('[data-heard="field-age_words"]')
        await expect(heard).to_contain_text("the others hear you dictate")
        assert await page.evaluate("globalThis.recogniser") is None
        await microphone.click()

        await expect(microphone).to_have_attribute("aria-pressed", "true")


async def test_what_finds_no_room_is_said_and_not_lost_in_silence(
    browser: Browser, live_server: RunningServer
) -> None:
    async with phone(browser, live_server.url, service_workers="block") as page:
        await ask(page)
        field = page.get_by_label("About the patient, in words", exact=True)
        await field.fill("x" * 990)
        await page.get_by_role("button", name="Speak: About the patient").click()

        await say(page, "takes apixaban", final=True)

        heard = page.locator('[data-heard="field-age_words"]')
        await expect(heard).to_have_text("This field is full. Not written: xaban")
        assert (await field.input_value()).endswith("x takes api")
