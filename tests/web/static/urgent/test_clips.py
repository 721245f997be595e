"""A clip filmed without a line: kept at once when it is back, sent once the picture is there."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

DEADLINE_SECONDS = 10.0
PICTURE_FIRST_MS = 10_000
FILMED_MS, PIECE_MS = 4_000, 10_000
REQUEST = "00000000-0000-4000-8000-000000000001"
# The page of a request in a call. Films nothing real; what is sent stays in `sent`.
START = """async (request) => {
  document.body.dataset.request = request;
  document.body.innerHTML = `
    <section data-kept data-person=p1 data-person-name="Jo Carter"></section>
    <div data-stage></div><div data-clip-agreement hidden><input type=checkbox></div>`;
  globalThis.sent = [];
  globalThis.fetch = async (path, { body, headers }) => {
    const { pathname, searchParams } = new URL(path, location.href);
    sent.push({ path: pathname, ...Object.fromEntries(searchParams), octets: body.byteLength,
      entry: headers["Entry-Id"] });
    return new Response("{}", { status: 201, headers: { "x-request-id": "r" } });
  };
  globalThis.MediaRecorder = class {
    static isTypeSupported = () => true;
    start() {}
    stop() {
      this.ondataavailable({ data: new Blob(["a clip"]) });
      this.onstop();
    }
  };
  const { bindClips } = await import("/static/urgent/clips.js");
  const { device } = await import("/static/offline/device.js");
  globalThis.here = await device();
  globalThis.call = Object.assign(new EventTarget(), { step: "hd", phase: "open",
    local: { camera: { track: document.createElement("canvas").captureStream().getTracks()[0] },
      microphone: { track: null } } });
  bindClips(document.body, document.querySelector("[data-stage]"), call);
}"""
SEEN = """async () => {
  await here.outbox.replay();
  return { kept: (await here.outbox.list()).map(({ label }) => label), sent };
}"""
COUNTED = """(count) => new Promise((resolve) => {
  const look = async () => (await here.outbox.list()).length === count && resolve();
  here.outbox.addEventListener("change", look);
  void look();
})"""
# The first one read takes longer than what comes after it.
SLOW_FIRST = """() => {
  const read = Blob.prototype.arrayBuffer;
  let count = 0;
  Blob.prototype.arrayBuffer = async function () {
    const turns = count ? 0 : 50;
    count += 1;
    for (let turn = 0; turn < turns; turn += 1) await navigator.locks.query();
    return read.call(this);
  };
}"""
TIMES = "async () => (await here.outbox.list()).map(({ happenedAt }) => happenedAt)"
END = "() => { call.phase = 'ended'; call.dispatchEvent(new Event('ended')); }"


async def start(page: Page) -> None:
    await page.clock.install(time=0)
    await page.clock.pause_at(1_000)
    await page.evaluate(START, REQUEST)


async def agree(page: Page) -> None:
    await page.get_by_role("checkbox").click()


async def step(page: Page, name: str) -> None:
    await page.evaluate(
        "(name) => { call.step = name; call.dispatchEvent(new Event('step')); }", name
    )


async def lose_line(page: Page) -> None:
    """For as long as a clip takes; it is back when this is done, for a smaller picture."""
    await step(page, "gone")
    await page.clock.run_for(FILMED_MS)
    await step(page, "medium")
    await kept(page, 1)


async def kept(page: Page, count: int) -> None:
    """Until so many things wait on the phone."""
    await asyncio.wait_for(page.evaluate(COUNTED, count), DEADLINE_SECONDS)


async def seen(page: Page) -> Any:
    """What still waits and what was sent, once nothing more is sent now."""
    return await page.evaluate(SEEN)


async def test_it_is_kept_at_once_and_sent_when_the_picture_is_back(page: Page) -> None:
    await start(page)
    await agree(page)

    await lose_line(page)
    before = await seen(page)
    await step(page, "hd")
    await kept(page, 0)
    after = await seen(page)

    assert before == {"kept": ["Clip"], "sent": []}
    (clip,) = after["sent"]
    assert after["kept"] == []
    assert clip["path"] == f"/api/v1/service-requests/{REQUEST}/documents"
    assert (clip["kind"], clip["taken_at"]) == ("clip", "1970-01-01T00:16:40.000Z")
    assert (clip["octets"], clip["entry"]) == (len("a clip"), clip["id"])


async def test_a_picture_that_does_not_come_back_is_not_waited_for(page: Page) -> None:
    await start(page)
    await agree(page)
    await lose_line(page)

    await page.clock.run_for(PICTURE_FIRST_MS - 1)
    before = await seen(page)
    await page.clock.run_for(1)
    await kept(page, 0)

    assert before == {"kept": ["Clip"], "sent": []}
    assert len((await seen(page))["sent"]) == 1


async def test_the_end_of_the_call_is_waited_for_no_longer(page: Page) -> None:
    await start(page)
    await agree(page)
    await lose_line(page)

    await page.evaluate(END)
    await kept(page, 0)

    assert len((await seen(page))["sent"]) == 1


async def test_a_page_that_closes_meanwhile_leaves_it_to_the_next_which_does_not_wait(
    page: Page,
) -> None:
    call = await page.context.new_page()
    await call.goto(page.url)
    await start(call)
    await agree(call)
    await lose_line(call)

    await call.close()
    await page.evaluate(START, REQUEST)
    await page.evaluate("() => here.sendNow()")
    await kept(page, 0)
    after = await seen(page)

    assert [each["kind"] for each in after["sent"]] == ["clip"]


async def test_agreement_taken_back_meanwhile_removes_it(page: Page) -> None:
    await start(page)
    await agree(page)
    await lose_line(page)

    await agree(page)
    await kept(page, 0)
    await page.clock.run_for(PICTURE_FIRST_MS)

    assert await seen(page) == {"kept": [], "sent": []}
    await expect(page.locator("[aria-live]")).to_have_text(
        "Not sent: it has been removed from this phone."
    )


async def test_what_was_filmed_in_pieces_is_kept_in_order(page: Page) -> None:
    await start(page)
    await agree(page)
    await page.evaluate(SLOW_FIRST)

    await step(page, "gone")
    await page.clock.run_for(PIECE_MS + FILMED_MS)
    await step(page, "medium")
    await kept(page, 2)

    times = await page.evaluate(TIMES)
    assert times == ["1970-01-01T00:16:40.000Z", "1970-01-01T00:16:50.000Z"]


async def test_nothing_is_filmed_without_agreement(page: Page) -> None:
    await start(page)

    await step(page, "gone")
    await page.clock.run_for(FILMED_MS)
    await step(page, "medium")
    await page.clock.run_for(PICTURE_FIRST_MS)

    assert await seen(page) == {"kept": [], "sent": []}
