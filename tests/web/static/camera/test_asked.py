"""What is asked of this device's camera: once, until it is answered or nobody asks any more."""

import pytest
from playwright.async_api import Page

from tests.web.static.camera.calls import FAR, ME, come, open_call, sent

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

LISTEN = """async () => {
  const { AskedRequests } = await import("/static/camera/asked.js");
  Object.assign(window, { heard: [], gone: [], finish: {} });
  window.requests = new AskedRequests(window.call, ({ id, action }, withdrawn) => {
    window.heard.push(`${action} ${id}`);
    withdrawn.addEventListener("abort", () => window.gone.push(id));
    return new Promise((resolve, reject) => {
      window.finish[id] = (result) => (result ? resolve(result) : reject(new Error("no camera")));
    });
  });
}"""
STILL = {"id": "a", "action": "still", "on": None, "zoom": None}
OPEN = {**STILL, "by": FAR, "of": ME, "agreed": False}
DONE = {"outcome": "done", "documentId": "p"}
ANSWER = {"type": "answer_camera", "id": "a", "outcome": "done", "document_id": "p"}


@pytest.fixture
async def asked(reloaded: Page) -> Page:
    await open_call(reloaded)
    await reloaded.evaluate(LISTEN)
    return reloaded


async def ask(page: Page) -> None:
    await come(page, "camera_asked", **STILL, participant_id=FAR)


async def finish(page: Page, result: object) -> None:
    await page.evaluate("([id, result]) => window.finish[id](result)", ["a", result])


async def test_a_request_is_answered_with_what_came_of_it(asked: Page) -> None:
    await ask(asked)
    await finish(asked, DONE)

    assert await asked.evaluate("window.heard") == ["still a"]
    assert await sent(asked) == [ANSWER]


async def test_one_that_throws_has_failed(asked: Page) -> None:
    await ask(asked)
    await finish(asked, None)

    assert await sent(asked) == [{**ANSWER, "outcome": "failed", "document_id": None}]


async def test_a_page_loaded_again_finds_what_is_open(asked: Page) -> None:
    of_another = {**OPEN, "id": "b", "of": FAR, "by": ME}

    await come(asked, "snapshot", requests=[OPEN, of_another])

    assert await asked.evaluate("window.heard") == ["still a"]


async def test_a_request_known_already_is_not_asked_twice(asked: Page) -> None:
    await ask(asked)
    await come(asked, "snapshot", requests=[OPEN])

    assert await asked.evaluate("window.heard") == ["still a"]
    assert await asked.evaluate("window.gone") == []


async def test_one_withdrawn_is_told_so_and_is_not_answered(asked: Page) -> None:
    await ask(asked)
    await come(asked, "camera_withdrawn", id="a")
    await finish(asked, DONE)

    assert await asked.evaluate("window.gone") == ["a"]
    assert await sent(asked) == []


async def test_what_the_room_does_not_know_any_more_is_withdrawn(asked: Page) -> None:
    await ask(asked)
    await come(asked, "snapshot", requests=[])

    assert await asked.evaluate("window.gone") == ["a"]


async def test_an_answer_without_a_line_is_said_when_it_is_back(asked: Page) -> None:
    await ask(asked)
    await asked.evaluate("window.call.live = false")
    await finish(asked, DONE)
    before = await sent(asked)
    await asked.evaluate("window.call.live = true")
    await come(asked, "change")
    await come(asked, "change")

    assert (before, await sent(asked)) == ([], [ANSWER])


async def test_an_answer_that_was_lost_on_its_way_is_said_again(asked: Page) -> None:
    await ask(asked)
    await finish(asked, DONE)
    await come(asked, "snapshot", requests=[OPEN])
    await come(asked, "change")

    assert await asked.evaluate("window.heard") == ["still a"]
    assert await sent(asked) == [ANSWER, ANSWER]


async def test_a_yes_is_said_before_the_answer(asked: Page) -> None:
    await ask(asked)
    await asked.evaluate("window.requests.agree({ id: 'a' })")

    assert await sent(asked) == [{"type": "agree_camera", "id": "a"}]
