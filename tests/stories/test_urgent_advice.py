"""The second story: a crew asks, it rings at the specialist, and both are on video."""

import pytest
from playwright.async_api import Page, expect

from tests.server import STROKE
from tests.stories.conftest import PHONE, Newcomer, photograph, sign_in
from tests.stories.watching import (
    assert_back_after_reload,
    assert_in_the_call,
    wait_for_frames,
)
from tests.web.static.urgent.crew import too_small

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(600)]

QUESTION = "Sudden left-sided weakness 40 minutes ago. Thrombolysis?"
ADVICE = "Pre-alert the stroke team. Straight to CT."
VITALS = {
    "Breathing rate": "22",
    "Oxygen saturation": "93",
    "Systolic blood pressure": "182",
    "Pulse": "104",
    "Temperature": "37.2",
}


async def ask(crew: Page) -> None:
    await crew.goto("/urgent")
    await photograph(crew, "crew-ask")
    assert await too_small(crew) == []
    await crew.get_by_role("radio", name=STROKE).check()
    await crew.get_by_label("Your question").fill(QUESTION)
    await crew.get_by_role("button", name="Ask now").click()
    await crew.wait_for_url("**/urgent/*")


async def enter_the_case(crew: Page) -> None:
    """Vital signs and ATMIST, saved as they are entered."""
    for label, value in VITALS.items():
        field = crew.get_by_role("spinbutton", name=label, exact=False).first
        await field.fill(value)
        await field.blur()
    await crew.get_by_label("Air or oxygen").select_option("air")
    await crew.get_by_label("Consciousness").select_option("A")
    await crew.get_by_role("spinbutton", name="Age in years").fill("71")
    await crew.get_by_role("radio", name="Female").check()
    await crew.get_by_role("heading", name="On the way").click()
    await crew.get_by_role("spinbutton", name="Minutes to hospital").fill("14")
    # The chart gives 2 for 22 breaths, 2 for 93 % and 1 for a pulse of 104.
    await expect(crew.locator(".app-score__total")).to_contain_text("NEWS2 5", timeout=20_000)


async def decline(crew: Page, first: Page) -> None:
    """It rings here, large enough for thumbs, and is declined."""
    ring = first.get_by_role("dialog")
    await expect(ring.get_by_text(QUESTION)).to_be_visible(timeout=5_000)
    await expect(crew.locator(".app-urgent__who", has_text="Ringing Dr Leila Shah")).to_be_visible()
    await photograph(first, "specialist-ring")
    await first.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert await too_small(first, within=".app-ring") == []
    await photograph(crew, "crew-ringing")
    assert await too_small(crew) == []
    await ring.get_by_text("Decline", exact=True).click()
    await ring.locator("[data-key=decline] button").first.click()
    await expect(ring).to_be_hidden(timeout=5_000)


@pytest.mark.alone
async def test_a_crew_is_on_video_with_whoever_answers(people: Newcomer) -> None:
    crew, first, second = await people(PHONE), await people(), await people()
    await sign_in(first, "leila.shah")
    await sign_in(second, "tom.evans")
    await first.goto("/on-call")
    await photograph(first, "specialist-on-call")
    await sign_in(crew, "jo.carter")

    await ask(crew)
    await decline(crew, first)
    await answer(crew, second)
    await assert_in_the_call(crew, second)
    await photograph(crew, "crew-call")
    assert await too_small(crew) == []
    await photograph(second, "specialist-call")

    await assert_back_after_reload(crew, second)
    await assert_back_after_reload(second, crew)

    await enter_the_case(crew)
    await second.get_by_role("tab", name="Observations").click()
    await expect(
        second.get_by_role("tabpanel", name="Observations").get_by_text("104", exact=True)
    ).to_be_visible(timeout=10_000)
    await photograph(crew, "crew-case")
    await close_with_advice(second)
    await expect(crew.get_by_text(ADVICE)).to_be_visible(timeout=10_000)
    await photograph(crew, "crew-closed")


async def answer(crew: Page, specialist: Page) -> None:
    """It rings here now, with the facts of the case."""
    ring = specialist.get_by_role("dialog")
    await expect(ring.get_by_text("Vale Ambulance Service VA214")).to_be_visible(timeout=5_000)
    await expect(crew.locator(".app-urgent__who", has_text="Ringing Dr Tom Evans")).to_be_visible(
        timeout=5_000
    )
    await ring.get_by_role("button", name="Answer on video").click()
    await specialist.wait_for_url("**/consultations/*")


async def close_with_advice(specialist: Page) -> None:
    await specialist.get_by_role("button", name="Finish", exact=True).click()
    await specialist.get_by_role("radio", name="hospital", exact=False).check()
    await specialist.get_by_label("What you agreed").fill(ADVICE)
    await specialist.get_by_role("button", name="Finish for everyone").click()


async def test_a_crew_that_leaves_the_call_is_in_it_again_only_when_it_wants(
    people: Newcomer,
) -> None:
    crew, first = await people(PHONE), await people()
    await sign_in(first, "leila.shah")
    await sign_in(crew, "jo.carter")
    await ask(crew)
    await first.get_by_role("button", name="Answer on video", exact=True).click()
    await wait_for_frames(crew)

    await crew.get_by_role("button", name="Leave the call").click()
    await crew.get_by_role("button", name="Leave", exact=True).click()
    await expect(crew.locator("[data-left]")).to_contain_text("You left the consultation.")
    await crew.reload()
    await expect(crew.locator("[data-left]")).to_contain_text("You left the consultation.")
    await expect(crew.locator("[data-call]")).to_be_hidden()
    assert await too_small(crew) == []
    await photograph(crew, "crew-left-call")

    await crew.get_by_role("button", name="Join the call here").click()
    await wait_for_frames(crew)
    second = await crew.context.new_page()
    await second.goto(crew.url)
    await wait_for_frames(second)
    await expect(crew.locator("[data-left]")).to_contain_text("The call goes on there.")
    await expect(crew.get_by_role("button", name="Join the call here")).to_be_visible()

    await second.close()
    await first.wait_for_url("**/consultations/*")
    await close_with_advice(first)
    await expect(crew.get_by_role("button", name="Join the call here")).to_be_hidden()


async def test_nobody_answers_and_a_number_is_shown(people: Newcomer) -> None:
    crew = await people(PHONE)
    await sign_in(crew, "jo.carter")
    await crew.goto("/urgent")

    await crew.get_by_role("radio", name="Cardiac").check()
    await crew.get_by_label("Your question").fill("Chest pain, ST elevation?")
    await crew.get_by_role("button", name="Ask now").click()

    await expect(crew.get_by_role("link", name="0113 496 0222")).to_be_visible(timeout=5_000)
    await photograph(crew, "crew-unanswered")
    await crew.get_by_role("button", name="Cancel the request").click()
    await crew.wait_for_url("**/urgent")
