"""The consultation in Chromium, before anybody comes: the record beside an open call."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.server import RunningServer
from tests.web.staffroom import be_signed_in, look_at, window

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(300)]
_NAMED = re.compile("(?:^|&)id=([0-9a-f-]{36})")


@pytest.fixture
async def consultation(browser: Browser, live_server: RunningServer) -> AsyncIterator[Page]:
    """Dr Hughes opens the last consultation of his day."""
    async with window(browser, live_server.url) as page:
        await be_signed_in(page, "ben.hughes")
        await page.goto("/today")
        await page.locator("#day a").last.click()
        await expect(page.locator("[data-notice]")).to_contain_text("Nobody else is here")
        yield page


async def test_every_tab_reads_well(consultation: Page) -> None:
    await look_at(consultation, "consultation")
    # At a phone's width they stand below one another, and have been looked at.
    for tab in ("Notes", "Observations", "Messages"):
        await consultation.get_by_role("tab", name=tab).click()
        await look_at(consultation, f"consultation-{tab.lower()}", widths={1280: 800})


@pytest.mark.parametrize(("button", "name"), [("Invite someone", "invite"), ("Finish", "finish")])
async def test_every_dialog_reads_well(consultation: Page, button: str, name: str) -> None:
    await consultation.get_by_role("button", name=button, exact=True).click()

    await look_at(consultation, f"consultation-{name}")


async def test_a_screen_is_shared_and_stopped_with_one_button(consultation: Page) -> None:
    await consultation.set_viewport_size({"width": 1280, "height": 800})
    await consultation.get_by_role("button", name="Share screen").click()
    stop = consultation.get_by_role("button", name="Stop sharing")
    await expect(stop).to_be_visible()
    await expect(
        consultation.get_by_text("Everyone in the call sees what you share.")
    ).to_have_count(1)
    await look_at(consultation, "consultation-sharing", widths={1280: 800})

    await stop.click()

    await expect(consultation.get_by_role("button", name="Share screen")).to_be_visible()
    await expect(consultation.get_by_text("You share nothing any more.")).to_have_count(1)


async def test_a_note_saves_itself_and_a_reload_returns_to_it(consultation: Page) -> None:
    await consultation.set_viewport_size({"width": 1280, "height": 800})
    await consultation.get_by_role("tab", name="Notes").click()
    await consultation.get_by_label("Your notes").fill("Dry cough for 3 weeks.")

    await expect(consultation.locator("[data-saved]")).to_contain_text("Saved at")
    await consultation.reload(wait_until="domcontentloaded")

    await expect(consultation.get_by_label("Your notes")).to_have_value("Dry cough for 3 weeks.")
    await expect(consultation.get_by_label("Your notes")).to_be_visible()


async def test_what_could_not_be_saved_is_said_and_saved_later(consultation: Page) -> None:
    await consultation.set_viewport_size({"width": 1280, "height": 800})
    await consultation.get_by_role("tab", name="Notes").click()
    await consultation.context.set_offline(True)
    await consultation.get_by_label("Your notes").fill("Written in a tunnel.")
    saved = consultation.locator("[data-saved]")

    await expect(saved).to_contain_text("Not saved yet")
    await consultation.context.set_offline(False)

    await expect(saved).to_contain_text("Saved at")


async def test_a_measurement_is_listed_and_a_slip_is_explained(consultation: Page) -> None:
    await consultation.set_viewport_size({"width": 1280, "height": 800})
    await consultation.get_by_role("tab", name="Observations").click()
    await consultation.get_by_label("What was measured").select_option("Pulse")
    await consultation.get_by_label("Value").fill("880")
    await consultation.get_by_role("button", name="Add").click()
    await expect(consultation.get_by_role("alert")).to_contain_text("Pulse must be from 0 to 300")

    await consultation.get_by_label("Value").fill("88")
    await consultation.keyboard.press("Enter")

    await expect(consultation.get_by_role("cell", name="88 beats a minute")).to_be_visible()


async def test_a_coded_sign_offers_its_choices(consultation: Page) -> None:
    await consultation.set_viewport_size({"width": 1280, "height": 800})
    await consultation.get_by_role("tab", name="Observations").click()
    await consultation.get_by_label("What was measured").select_option("Consciousness")
    await consultation.get_by_label("Consciousness").select_option("New confusion")
    await consultation.get_by_role("button", name="Add").click()

    await expect(consultation.get_by_role("cell", name="New confusion", exact=True)).to_be_visible()


async def test_a_third_person_gets_a_link(consultation: Page) -> None:
    await consultation.get_by_role("button", name="Invite someone").click()
    await consultation.get_by_label("Their name").fill("Ana Silva")
    await consultation.get_by_role("button", name="Make a link").click()

    await expect(consultation.get_by_label("Send them this link")).to_be_focused()
    link = await consultation.get_by_label("Send them this link").input_value()
    assert "/join#" in link


async def lose_the_first_answer(page: Page, path: str) -> list[str]:
    """What is posted there reaches the server, whose first answer is lost. The ids that came."""
    sent: list[str] = []

    async def route_of(route: Route) -> None:
        if route.request.method != "POST":
            await route.fallback()
            return
        named = _NAMED.search(route.request.post_data or "")
        sent.append(named[1] if named else "")
        answer = await route.fetch()
        await (route.abort() if len(sent) == 1 else route.fulfill(response=answer))

    await page.route(f"**{path}", route_of)
    return sent


async def test_a_guest_asked_for_again_after_a_lost_answer_has_one_seat(
    consultation: Page,
) -> None:
    sent = await lose_the_first_answer(consultation, "/links")
    await consultation.get_by_role("button", name="Invite someone").click()
    await consultation.get_by_label("Their name").fill("Ana Silva")
    make = consultation.get_by_role("button", name="Make a link")

    await make.click()
    await expect(consultation.get_by_role("alert").filter(visible=True)).to_be_visible()
    await make.click()
    await expect(consultation.get_by_label("Send them this link")).to_be_focused()

    assert len(sent) == 2
    assert sent[0] == sent[1] != ""


async def test_a_reading_sent_again_after_a_lost_answer_is_one(consultation: Page) -> None:
    sent = await lose_the_first_answer(consultation, "/observations")
    await consultation.get_by_role("tab", name="Observations").click()
    await consultation.get_by_label("What was measured").select_option("Temperature")
    await consultation.get_by_label("Value").fill("38.7")
    add = consultation.get_by_role("button", name="Add", exact=True)

    await add.click()
    await expect(consultation.get_by_role("alert").filter(visible=True)).to_be_visible()
    await add.click()
    await expect(consultation.get_by_label("Value")).to_have_value("")
    await consultation.get_by_label("Value").fill("38.8")
    await add.click()
    await expect(consultation.get_by_label("Value")).to_have_value("")

    assert len(sent) == 3
    assert sent[0] == sent[1] != ""
    assert sent[2] not in {sent[0], ""}
    await expect(consultation.get_by_role("row").filter(has_text="38.7")).to_have_count(1)


async def test_what_has_not_begun_cannot_be_finished_and_says_so(consultation: Page) -> None:
    await consultation.get_by_role("button", name="Finish", exact=True).click()
    finish = consultation.get_by_role("button", name="Finish for everyone")
    await finish.click()
    await expect(consultation.get_by_role("alert")).to_have_text("Choose an outcome.")

    await consultation.get_by_label("Advice given").check()
    await finish.click()

    await expect(consultation.get_by_role("alert")).not_to_have_text("Choose an outcome.")
    await expect(consultation.get_by_role("dialog")).to_be_visible()
