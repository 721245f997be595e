"""Pieces of a page that keep themselves up to date."""

import asyncio
import threading

import pytest
from playwright.async_api import Page

from tests.web.static.site import Answer, Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

DEADLINE_SECONDS = 10.0
PATH = "/fragments/waiting"

START = """async (html) => {
  const { keepLive } = await import("/static/fragment.js");
  document.body.innerHTML = html;
  window.stream = new EventTarget();
  window.updates = 0;
  document.body.addEventListener("fragment:updated", () => (window.updates += 1));
  keepLive(document, window.stream);
  window.happens = (event) => window.stream.dispatchEvent(
    new CustomEvent("event", { detail: { event, id: "1", payload: {} } }));
}"""

SECTION = f'<section data-live-src="{PATH}" data-live-on="encounter.waiting">%s</section>'

UNTIL_UPDATES = """(count) => new Promise((resolve) => {
  const check = () => window.updates >= count && resolve();
  document.body.addEventListener("fragment:updated", check);
  check();
})"""


def html(text: str) -> Answer:
    return 200, "text/html", text


async def updated(page: Page, count: int) -> None:
    await asyncio.wait_for(page.evaluate(UNTIL_UPDATES, count), DEADLINE_SECONDS)


async def happens(page: Page, event: str) -> None:
    await page.evaluate("(event) => window.happens(event)", event)


async def test_an_event_of_its_list_fetches_it_anew(page: Page, site: Site) -> None:
    site.answers[PATH] = lambda: html("<p>Two wait</p>")
    await page.evaluate(START, SECTION % "<p>One waits</p>")

    await happens(page, "encounter.finished")
    await happens(page, "encounter.waiting")
    await updated(page, 1)

    assert await page.inner_text("section") == "Two wait"
    assert site.asked == [PATH]


async def test_events_that_come_together_need_one_fetch(page: Page, site: Site) -> None:
    site.answers[PATH] = lambda: html("<p>Two wait</p>")
    await page.evaluate(START, SECTION % "<p>One waits</p>")

    await page.evaluate("for (let i = 0; i < 20; i += 1) window.happens('encounter.waiting')")
    await updated(page, 1)

    assert site.asked == [PATH]


async def test_a_stale_stream_fetches_it_anew(page: Page, site: Site) -> None:
    site.answers[PATH] = lambda: html("<p>Nobody waits</p>")
    await page.evaluate(START, SECTION % "<p>One waits</p>")

    await page.evaluate("window.stream.dispatchEvent(new Event('stale'))")
    await updated(page, 1)

    assert await page.inner_text("section") == "Nobody waits"


async def test_focus_caret_and_half_typed_text_stay(page: Page, site: Site) -> None:
    form = '<label>Note <input id="note"></label><button id="b{0}">Call {0}</button>'
    site.answers[PATH] = lambda: html(form.format(2) + "<p>New</p>")
    await page.evaluate(START, SECTION % form.format(1))
    await page.focus("#note")
    await page.keyboard.type("half a sent")
    await page.keyboard.press("ArrowLeft")

    await happens(page, "encounter.waiting")
    await updated(page, 1)
    await page.keyboard.type("X")

    assert await page.input_value("#note") == "half a senXt"
    assert await page.inner_text("button") == "Call 2"


async def test_a_row_of_the_same_key_moves_with_its_focus(page: Page, site: Site) -> None:
    rows = '<ul><li data-key="{0}"><button>{0}</button></li><li data-key="{1}">{1}</li></ul>'
    site.answers[PATH] = lambda: html('<ul><li data-key="b">b</li>' + rows.format("a", "c")[4:])
    await page.evaluate(START, SECTION % rows.format("a", "b"))
    await page.focus("button")

    await happens(page, "encounter.waiting")
    await updated(page, 1)

    assert await page.evaluate("document.activeElement.textContent") == "a"
    assert await page.locator("li").all_inner_texts() == ["b", "a", "c"]


async def test_a_row_that_is_put_before_another_keeps_its_focus(page: Page, site: Site) -> None:
    rows = '<ul><li data-key="{0}">{0}</li><li data-key="{1}">{1}</li></ul>'
    last = "<button>b</button>"
    site.answers[PATH] = lambda: html(rows.format("b", "a").replace(">b<", f">{last}<"))
    await page.evaluate(START, SECTION % rows.format("a", "b").replace(">b<", f">{last}<"))
    await page.focus("button")

    await happens(page, "encounter.waiting")
    await updated(page, 1)

    assert await page.locator("li").all_inner_texts() == ["b", "a"]
    assert await page.evaluate("document.activeElement.textContent") == "b"


async def test_blanks_between_elements_make_no_new_ones(page: Page, site: Site) -> None:
    site.answers[PATH] = lambda: html("<ul><li><button>Two</button></li></ul>")
    await page.evaluate(START, SECTION % "\n  <ul>\n <li> <button>One</button></li></ul>\n")
    await page.focus("button")

    await happens(page, "encounter.waiting")
    await updated(page, 1)

    assert await page.evaluate("document.activeElement.textContent") == "Two"


async def test_a_changed_announcement_is_read_out(page: Page, site: Site) -> None:
    site.answers[PATH] = lambda: html('<p data-announcement="2 people are waiting">Two</p>')
    await page.evaluate(START, SECTION % '<p data-announcement="1 person is waiting">One</p>')

    await happens(page, "encounter.waiting")

    region = page.locator("[aria-live=polite]")
    await region.get_by_text("2 people are waiting").wait_for(state="attached")


async def test_a_failing_fetch_keeps_what_was_there_and_tries_again(page: Page, site: Site) -> None:
    answers = [(500, "text/html", "Broken"), html("<p>Two wait</p>")]
    site.answers[PATH] = lambda: answers[min(len(site.asked) - 1, 1)]
    await page.clock.install()
    await page.evaluate(START, SECTION % "<p>One waits</p>")
    async with page.expect_response(lambda response: response.url.endswith(PATH)):
        await happens(page, "encounter.waiting")
        await page.clock.run_for(50)
    kept = await page.inner_text("section")

    async with page.expect_response(lambda response: response.url.endswith(PATH)):
        await page.clock.run_for(6_000)
    await updated(page, 1)

    assert kept == "One waits"
    assert await page.inner_text("section") == "Two wait"


async def test_a_slow_fetch_shows_a_skeleton_and_a_quick_one_none(page: Page, site: Site) -> None:
    go = threading.Event()

    def slowly() -> Answer:
        go.wait(DEADLINE_SECONDS)
        return html("<p>Here</p>")

    site.answers[PATH] = slowly
    await page.evaluate(START, SECTION % "")

    await page.locator("section[data-skeleton][aria-busy=true]").wait_for(state="attached")
    go.set()
    await updated(page, 1)

    assert await page.locator("section[data-skeleton]").count() == 0
    assert await page.inner_text("section") == "Here"


async def test_what_is_shown_stays_readable_while_it_is_fetched_anew(
    page: Page, site: Site
) -> None:
    go = threading.Event()

    def slowly() -> Answer:
        go.wait(DEADLINE_SECONDS)
        return html("<p>Two wait</p>")

    site.answers[PATH] = slowly
    await page.clock.install()
    await page.evaluate(START, SECTION % "<p>One waits</p>")
    async with page.expect_request(lambda request: request.url.endswith(PATH)):
        await happens(page, "encounter.waiting")
        await page.clock.run_for(50)
    await page.clock.run_for(1_000)  # longer than a skeleton waits
    dimmed = await page.locator("[data-skeleton]").count()
    go.set()
    await updated(page, 1)

    assert dimmed == 0
    assert await page.inner_text("section") == "Two wait"


@pytest.mark.parametrize(("is_first", "ms"), [(True, 2_500), (False, 0)], ids=["new", "cut"])
async def test_a_new_page_looks_again_later_and_one_that_was_cut_off_at_once(
    page: Page, site: Site, is_first: bool, ms: int
) -> None:
    site.answers[PATH] = lambda: html("<p>Two wait</p>")
    await page.clock.install()
    await page.clock.pause_at("2040-01-01T00:00:00Z")
    await page.evaluate(START, SECTION % "<p>One waits</p>")

    await page.evaluate(
        "(isFirst) => window.stream.dispatchEvent(new CustomEvent('stale', {detail: {isFirst}}))",
        is_first,
    )
    await page.clock.run_for(max(ms - 1, 0))
    before = list(site.asked)
    await page.clock.run_for(100)
    await updated(page, 1)

    assert (before, site.asked) == ([], [PATH])


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_refused_fetch_is_not_repeated(page: Page, site: Site, status: int) -> None:
    site.answers[PATH] = lambda: (status, "text/html", "No")
    await page.clock.install()
    await page.evaluate(START, SECTION % "<p>One waits</p>")

    async with page.expect_response(lambda response: response.url.endswith(PATH)):
        await happens(page, "encounter.waiting")
        await page.clock.run_for(50)
    await page.clock.run_for(60_000)

    assert site.asked == [PATH]
    assert await page.inner_text("section") == "One waits"


async def test_a_fetch_too_many_is_repeated_later(page: Page, site: Site) -> None:
    site.answers[PATH] = lambda: (429, "text/html", "Later")
    await page.clock.install()
    await page.evaluate(START, SECTION % "<p>One waits</p>")

    async with page.expect_response(lambda response: response.url.endswith(PATH)):
        await happens(page, "encounter.waiting")
        await page.clock.run_for(50)
    site.answers[PATH] = lambda: html("<p>Two wait</p>")
    async with page.expect_response(lambda response: response.ok):
        await page.clock.run_for(10_000)
    await updated(page, 1)

    assert await page.inner_text("section") == "Two wait"


@pytest.mark.parametrize("in_call", [True, False])
async def test_one_signed_out_is_led_to_sign_in_unless_in_a_call(
    page: Page, site: Site, in_call: bool
) -> None:
    site.answers["/sign-in"] = lambda: html("Sign in")
    site.answers[PATH] = lambda: (303, "/sign-in", "")
    await page.evaluate(START, SECTION % "<p>One waits</p>")
    await page.evaluate(
        """async (inCall) => {
          const { ongoing } = await import("/static/call/ongoing.js");
          if (inCall) ongoing.add({});
          window.isThisPage = true;
        }""",
        in_call,
    )

    if in_call:
        async with page.expect_response(lambda response: response.url.endswith("/sign-in")):
            await happens(page, "encounter.waiting")
    else:
        async with page.expect_event("load"):
            await happens(page, "encounter.waiting")

    assert await page.evaluate("window.isThisPage === true") == in_call
