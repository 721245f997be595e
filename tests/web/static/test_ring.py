"""The incoming ring over a page."""

import asyncio

import pytest
from playwright.async_api import Page

from tests.web.static.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

DEADLINE_SECONDS = 10.0
PATH = "/fragments/ring"
RINGS = """
<h2 id="ring-title">Stroke advice, Ambulance 412</h2>
<svg class="app-countdown" viewBox="0 0 100 100" role="img" aria-label="Time left to answer"
  data-countdown-from="{start}" data-countdown-until="{end}">
  <circle class="app-countdown__ring" cx="50" cy="50" r="44" pathLength="1"></circle>
  <text class="app-countdown__seconds" x="50" y="50"></text>
</svg>
<p data-when-silent>Select anywhere to hear the ring.</p>
<button autofocus>Answer on video</button>"""

START = """async () => {
  const { ringOverPage } = await import("/static/ring.js");
  document.title = "Today";
  window.stream = new EventTarget();
  window.ring = ringOverPage(window.stream);
  window.titles = new Set();
  new MutationObserver(() => window.titles.add(document.title))
    .observe(document.querySelector("title"), { childList: true });
  window.happens = (event) => window.stream.dispatchEvent(
    new CustomEvent("event", { detail: { event, id: "1", payload: {} } }));
}"""

UNTIL_CHANGE = """(event) => new Promise((resolve) => {
  window.ring.addEventListener("change", () => resolve(window.ring.isRinging), { once: true });
  window.happens(event);
})"""


async def change(page: Page, event: str) -> bool:
    waiting = page.evaluate(UNTIL_CHANGE, event)
    rings: bool = await asyncio.wait_for(waiting, DEADLINE_SECONDS)
    return rings


def ringing(site: Site) -> None:
    start, end = "2026-11-20T12:00:00Z", "2026-11-20T12:00:30Z"
    site.answers[PATH] = lambda: (200, "text/html", RINGS.format(start=start, end=end))


def silent(site: Site) -> None:
    site.answers[PATH] = lambda: (200, "text/html", "")


async def test_a_ringing_request_opens_over_the_page_and_its_end_closes_it(
    page: Page, site: Site
) -> None:
    ringing(site)
    await page.evaluate(START)

    rings = await change(page, "request.ringing")
    name = await page.get_by_role("dialog", name="Stroke advice, Ambulance 412").count()
    silent(site)
    still = await change(page, "request.accepted")

    assert (rings, name, still) == (True, 1, False)
    assert await page.locator("dialog").count() == 0


async def test_who_may_not_be_rung_is_asked_about_once(page: Page, site: Site) -> None:
    site.answers[PATH] = lambda: (403, "text/html", "No")
    await page.clock.install()
    await page.evaluate(START)

    async with page.expect_response(lambda response: response.url.endswith(PATH)):
        await page.evaluate("window.happens('request.ringing')")
    await page.clock.run_for(30_000)

    assert site.asked == [PATH]
    assert not await page.evaluate("window.ring.isRinging")


async def test_a_reading_is_looked_at_only_while_something_rings(page: Page, site: Site) -> None:
    ringing(site)
    await page.evaluate(START)
    await page.evaluate("window.happens('observation.recorded')")
    await change(page, "request.ringing")
    worse = '<p class="app-ring__score">NEWS2 7 up from 5</p>'
    site.answers[PATH] = lambda: (200, "text/html", worse)

    await page.evaluate("window.happens('observation.recorded')")

    await page.get_by_role("dialog").get_by_text("NEWS2 7 up from 5").wait_for()
    assert site.asked == [PATH, PATH]


@pytest.mark.parametrize(("call", "leaves"), [("/", False), ("/consultations/other", True)])
async def test_asked_into_the_call_one_is_in_nobody_is_said_to_leave_it(
    page: Page, site: Site, call: str, leaves: bool
) -> None:
    start, end = "2026-11-20T12:00:00Z", "2026-11-20T12:00:30Z"
    case = f'<div data-ring="1" data-call="{call}">{RINGS.format(start=start, end=end)}</div>'
    site.answers[PATH] = lambda: (200, "text/html", case)
    await page.evaluate(START)
    await page.evaluate("import('/static/call/ongoing.js').then((it) => it.ongoing.add({}))")

    await change(page, "request.ringing")

    assert await page.locator("dialog[data-in-call]").count() == int(leaves)


async def test_escape_does_not_silence_a_request(page: Page, site: Site) -> None:
    ringing(site)
    await page.evaluate(START)
    await change(page, "request.ringing")

    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")

    assert await page.get_by_role("dialog", name="Stroke advice, Ambulance 412").is_visible()


async def test_someone_typing_does_not_answer_by_accident(page: Page, site: Site) -> None:
    ringing(site)
    await page.evaluate(START)
    await change(page, "request.ringing")
    await page.evaluate(
        """() => {
          document.querySelector("dialog button").onclick = () => (window.answered = true);
        }"""
    )

    await page.keyboard.press("Enter")
    await page.keyboard.press("Space")
    by_accident = await page.evaluate("window.answered === true")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    assert not by_accident
    assert await page.evaluate("window.answered === true")


async def test_the_title_flashes_without_a_name_and_is_given_back(page: Page, site: Site) -> None:
    ringing(site)
    await page.evaluate(START)
    await change(page, "request.ringing")
    silent(site)
    await change(page, "request.declined")

    assert await page.evaluate("[...window.titles]") == ["● Urgent request", "Today"]
    assert await page.title() == "Today"


async def rings_with_18_seconds_left(page: Page, site: Site) -> None:
    """By a clock that stands still."""
    ringing(site)
    await page.clock.install(time="2026-11-20T12:00:10Z")
    await page.clock.pause_at("2026-11-20T12:00:12Z")
    await page.evaluate(START)
    await change(page, "request.ringing")


async def test_the_countdown_shows_the_seconds_left(page: Page, site: Site) -> None:
    await rings_with_18_seconds_left(page, site)

    assert await page.text_content(".app-countdown__seconds") == "18"
    await page.clock.run_for(8_000)
    assert await page.text_content(".app-countdown__seconds") == "10"
    dash = await page.get_attribute(".app-countdown__ring", "stroke-dasharray")
    assert float((dash or "").split()[0]) == pytest.approx(10 / 30, abs=0.01)


async def test_without_a_line_it_does_not_ring_past_its_end(page: Page, site: Site) -> None:
    await rings_with_18_seconds_left(page, site)
    site.answers[PATH] = lambda: (503, "text/html", "Away")

    await page.clock.run_for(18_000)
    at_its_end = await page.evaluate("window.ring.isRinging")
    async with page.expect_response(lambda response: response.url.endswith(PATH)):
        await page.clock.run_for(4_000)
    await page.wait_for_function("!window.ring.isRinging")

    assert at_its_end
    assert await page.locator("dialog").count() == 0


async def test_it_sounds(page: Page, site: Site) -> None:
    ringing(site)
    await page.evaluate(
        """() => {
          window.notes = 0;
          const real = OscillatorNode.prototype.start;
          OscillatorNode.prototype.start = function (when) {
            window.notes += 1;
            return real.call(this, when);
          };
        }"""
    )
    await page.evaluate(START)
    await change(page, "request.ringing")

    sounded = await asyncio.wait_for(
        page.evaluate(
            """() => new Promise((resolve) => {
              const check = () => window.notes >= 4 ? resolve(window.notes)
                : setTimeout(check, 20);
              check();
            })"""
        ),
        DEADLINE_SECONDS,
    )

    assert sounded >= 4
