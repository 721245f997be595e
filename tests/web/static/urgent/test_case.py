"""The crew's case on a phone: large, in steps, saved as typed, spoken, and handed over."""

import re
from itertools import pairwise

import pytest
from playwright.async_api import Browser, Page, expect

from app.config import DEMO_PASSWORD
from tests.browsers import close
from tests.server import RunningServer
from tests.web.staffroom import NOTHING_CUT_OFF, look_at
from tests.web.static.urgent.crew import ask, phone, too_small

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(300)]
LONG_WORD = "W" * 120
NARROWEST = 320
"""A page of 1280 pixels at 400 % (WCAG 2.2 §1.4.10)."""
ZOOMED = 195
"""A phone of 390 pixels at 200 %."""
STEPS = (
    "Patient",
    "What happened",
    "Injuries or findings",
    "Vital signs",
    "Treatment",
    "Situation and request",
    "On the way",
    "Hand over",
)


async def open_step(page: Page, name: str) -> None:
    panel = page.locator("details.app-step", has=page.get_by_role("heading", name=name, exact=True))
    if await panel.get_attribute("open") is None:
        await panel.locator("> summary").click()


async def test_every_step_can_be_done_with_gloves_and_one_thumb(
    browser: Browser, live_server: RunningServer
) -> None:
    async with phone(browser, live_server.url, service_workers="block") as page:
        await ask(page)

        for before, name in pairwise(STEPS):
            await open_step(page, before)
            panel = page.locator("details.app-step[open]", has_text=f"Next: {name}")
            await panel.get_by_role("button", name=f"Next: {name}").click()
            await expect(page.locator("details.app-step summary:focus")).to_contain_text(name)

        for name in STEPS:
            await open_step(page, name)
        await page.get_by_role("button", name="Oxygen", exact=True).click()
        assert await too_small(page) == []
        await look_at(page, "crew-case-steps")
        for width in (NARROWEST, ZOOMED):
            await page.set_viewport_size({"width": width, "height": 640})
            assert await page.evaluate(f"({NOTHING_CUT_OFF})({width})")
            assert await too_small(page) == []
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert await page.evaluate(f"({NOTHING_CUT_OFF})(390)")


async def test_what_one_device_types_the_other_shows_and_neither_loses(
    browser: Browser, live_server: RunningServer
) -> None:
    async with phone(browser, live_server.url) as first, phone(browser, live_server.url) as second:
        address = await ask(first, "Trauma")
        await second.goto(address)
        for page in (first, second):
            await open_step(page, "What happened")
            await open_step(page, "Treatment")

        await expect(first.get_by_role("checkbox", name="Motorcyclist")).to_be_visible()
        await first.get_by_role("checkbox", name="Motorcyclist").check()
        await second.get_by_role("radio", name="Male", exact=True).check()
        await second.get_by_role("textbox", name="What happened, in words").fill("Hit a wall")
        await first.get_by_role("button", name="Tourniquet").dblclick()
        await expect(first.locator("[data-given] [data-field]:not([hidden])")).to_have_count(1)
        await first.get_by_label("Dose or size").fill("left thigh")

        await expect(second.get_by_role("checkbox", name="Motorcyclist")).to_be_checked(
            timeout=15_000
        )
        await expect(first.get_by_role("textbox", name="What happened, in words")).to_have_value(
            "Hit a wall", timeout=15_000
        )
        await expect(second.get_by_label("Dose or size")).to_have_value(
            "left thigh", timeout=15_000
        )
        await first.get_by_role("radio", name="Medical").check()
        await expect(first.get_by_role("checkbox", name="Motorcyclist")).to_be_hidden()
        await first.reload()
        await expect(first.get_by_role("radio", name="Male", exact=True)).to_be_checked()


async def test_whoever_signs_in_again_is_back_at_the_request_with_all_that_was_typed(
    browser: Browser, live_server: RunningServer
) -> None:
    async with phone(browser, live_server.url) as page:
        address = await ask(page, "Trauma")
        await page.context.clear_cookies()
        field = page.get_by_label("About the patient, in words", exact=True)

        await field.fill("Lives alone")
        await page.get_by_role("button", name="Sign in again").click()
        await page.get_by_label("User name").fill("jo.carter")
        await page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()

        await page.wait_for_url(address)
        await expect(field).to_have_value("Lives alone")


async def test_the_team_that_takes_over_opens_the_handover_by_its_link(
    browser: Browser, live_server: RunningServer
) -> None:
    async with phone(browser, live_server.url) as crew:
        await ask(crew, question=f"{LONG_WORD}?")
        await type_situation(crew, "Weak left arm")
        await open_step(crew, "Hand over")
        await crew.get_by_role("button", name="Open the handover page").click()
        await crew.wait_for_url("**/handover")
        await expect(crew.get_by_text("Weak left arm")).to_be_visible()
        link = await make_link(crew)
        assert await too_small(crew) == []
        await look_at(crew, "crew-handover")

        await open_link(browser, link)

        links = crew.locator("[data-links]")
        await expect(links).to_contain_text("by Sam Lee, nurse", timeout=10_000)
        await links.get_by_role("button", name="Withdraw").click()
        await expect(links).to_contain_text("Withdrawn", timeout=10_000)


async def type_situation(crew: Page, words: str) -> None:
    await open_step(crew, "Situation and request")
    await crew.get_by_role("textbox", name="Situation: what").fill(words)
    saved = crew.locator('[data-field="situation"] [data-saved]')
    await expect(saved).to_have_text("Saved", timeout=10_000)


async def make_link(crew: Page) -> str:
    await crew.get_by_label("Team or ward").fill("Resus")
    await crew.get_by_label("Their e-mail address").fill("resus@example.org")
    await crew.get_by_role("button", name="Make a link").click()
    made = crew.get_by_label("Send them this link")
    await expect(made).to_have_value(re.compile("/handover#.{40,}"), timeout=10_000)
    return await made.input_value()


async def open_link(browser: Browser, link: str) -> None:
    """As the team that takes over: a wrong address first, then the right one, then on paper."""
    context = await browser.new_context()
    nurse = await context.new_page()
    await nurse.goto(link)
    assert "#" not in nurse.url
    await nurse.get_by_label("E-mail address").fill("me@example.org")
    await nurse.get_by_label("Your name").fill("Sam Lee, nurse")
    await nurse.get_by_role("button", name="Open").dblclick()
    await expect(nurse.get_by_role("alert")).to_contain_text("You can try 2 more times")
    await look_at(nurse, "handover-door")
    await nurse.get_by_label("E-mail address").fill("resus@example.org")
    await nurse.get_by_role("button", name="Open").click()
    await expect(nurse.get_by_text("Weak left arm")).to_be_visible()
    await look_at(nurse, "handover-by-link")
    async with nurse.expect_download() as download:
        await nurse.get_by_role("button", name="Download as PDF").click()
    assert (await download.value).suggested_filename == "handover.pdf"
    await close(context)


NOTHING_IS_KEPT = """() => {
  IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError"); };
}"""


async def test_what_a_full_phone_cannot_keep_is_said_until_it_is_sent(
    browser: Browser, live_server: RunningServer
) -> None:
    async with phone(browser, live_server.url, service_workers="block") as page:
        await ask(page)
        saved = page.locator('[data-field="age_words"] [data-saved]')
        await page.evaluate(NOTHING_IS_KEPT)
        await page.context.set_offline(True)

        await page.get_by_label("About the patient, in words", exact=True).fill("On a full phone")

        await expect(saved).to_contain_text("this phone cannot keep it. Stay on this page")
        await page.context.set_offline(False)
        await expect(saved).to_have_text("Saved", timeout=10_000)
