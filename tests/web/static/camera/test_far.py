"""Who asks a far camera is told how it stands, also after a reload, and never waits for ever."""

import pytest
from playwright.async_api import Page, expect

from tests.web.static.camera.calls import FAR, ME, come, open_call, sent

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

OPEN = """async () => {
  document.body.innerHTML = `<div id="stage"><div data-far-camera hidden>
    <button data-ask-still hidden>Ask for a photo</button>
    <button data-ask-torch hidden><span data-label></span></button>
    <button data-ask-switch hidden></button><button data-keep-frame hidden></button>
    <label data-ask-zoom-row hidden><input type="range" data-ask-zoom></label>
    <p data-far-status></p></div></div>`;
  const { FarCamera } = await import("/static/camera/far.js");
  window.far = new FarCamera(document.getElementById("stage"), window.call, "");
}"""
WAITING = "Asked for a photo. Waiting for their yes…"
TAKING = "They agreed; taking the picture…"
NO_ANSWER = "No answer. Try again, or say it."


@pytest.fixture
async def far(page: Page) -> Page:
    await page.clock.install()
    await open_call(page)
    await page.evaluate(OPEN)
    return page


async def ask(page: Page) -> str:
    """Ask for a photo; the request's id."""
    await page.get_by_role("button", name="Ask for a photo").click()
    return str((await sent(page))[-1]["id"])


def request(request_id: str, **fields: object) -> dict[str, object]:
    asked = {"id": request_id, "by": ME, "of": FAR, "action": "still", "on": None, "zoom": None}
    return {**asked, "agreed": False, **fields}


async def says(page: Page, words: str) -> None:
    await expect(page.locator("[data-far-status]")).to_have_text(words)


async def test_their_yes_is_said_before_the_picture_is_there(far: Page) -> None:
    asked = await ask(far)
    await says(far, WAITING)
    await come(far, "camera_agreed", id=asked, participant_id=FAR)
    await says(far, TAKING)
    await come(far, "camera_answered", id=asked, outcome="done", document_id="p")
    await says(far, "The photo is here.")


async def test_a_double_tap_asks_once_and_keeps_no_picture(far: Page) -> None:
    await far.get_by_role("button", name="Ask for a photo").dblclick()
    await far.locator("[data-keep-frame]").dispatch_event("click", {"detail": 2})

    assert [message["type"] for message in await sent(far)] == ["ask_camera"]
    await says(far, WAITING)


async def test_a_yes_to_what_is_not_waited_for_says_nothing(far: Page) -> None:
    await come(far, "camera_agreed", id="other", participant_id=FAR)

    await says(far, "")


async def test_a_yes_gives_the_picture_its_own_time(far: Page) -> None:
    asked = await ask(far)
    await far.clock.run_for(60_000)
    await come(far, "camera_agreed", id=asked, participant_id=FAR)
    await far.clock.run_for(60_000)
    await says(far, TAKING)
    await far.clock.run_for(10_000)
    await says(far, NO_ANSWER)


@pytest.mark.parametrize(("agreed", "words"), [(False, WAITING), (True, TAKING)])
async def test_a_page_loaded_again_goes_on_waiting_but_not_for_ever(
    far: Page, *, agreed: bool, words: str
) -> None:
    await come(far, "snapshot", requests=[request("before", agreed=agreed)])
    await says(far, words)
    await far.clock.run_for(70_000)

    await says(far, NO_ANSWER)


async def test_a_page_loaded_again_is_told_what_came_of_it(far: Page) -> None:
    await come(far, "snapshot", requests=[request("before")])
    await come(far, "camera_answered", id="before", outcome="declined", document_id=None)
    await says(far, "They said not now.")
    await far.clock.run_for(70_000)

    await says(far, "They said not now.")


async def test_what_the_room_lost_is_waited_for_no_longer(far: Page) -> None:
    await ask(far)
    await come(far, "snapshot", requests=[])

    await says(far, NO_ANSWER)


async def test_what_others_ask_is_not_ours(far: Page) -> None:
    await come(far, "snapshot", requests=[request("theirs", by=FAR, of=ME)])

    await says(far, "")
