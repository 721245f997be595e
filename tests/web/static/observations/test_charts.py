"""The charts of vital signs: drawn, kept up to date by their end alone, and readable as a table."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, Request, expect

from app.observations.bands import all_bands
from tests.web.static.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SRC = "/api/v1/service-requests/1/trends"
TICK_MS = 200
"""More than the charts gather events for."""
START = """async ([src, bands]) => {
  document.body.innerHTML = `<div class="app-charts" data-charts data-src="${src}" data-record="1"
      data-zone="Europe/London">
    <label><input type="radio" name="span" value="15" checked>15</label>
    <label><input type="radio" name="span" value="60">60</label>
    <p data-charts-state></p><p data-charts-words></p><div data-charts-all></div>
    <details><summary>Show as a table</summary><div data-charts-table></div></details></div>`;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = "/static/observations/observations.css";
  document.head.append(link);
  const place = document.querySelector("[data-charts]");
  place.dataset.bands = bands;
  const { Charts } = await import("/static/observations/charts.js");
  window.stream = new EventTarget();
  new Charts(place).start(window.stream);
  window.happens = (event, payload) => window.stream.dispatchEvent(
    new CustomEvent("event", { detail: { event, id: "1", payload } }));
}"""


def answer(*pulses: float, **more: Any) -> dict[str, Any]:
    """One reading of the pulse a minute, the last just now."""
    now = datetime.now(UTC)
    times = [now - timedelta(minutes=len(pulses) - 1 - n) for n in range(len(pulses))]
    points = [
        {"at": at.isoformat(), "low": value - 2, "high": value + 2, "last": value, "readings": 5}
        for at, value in zip(times, pulses, strict=True)
    ]
    newest = {
        "code": "heart-rate",
        "value": pulses[-1] if pulses else 0,
        "text_value": "",
        "taken_at": now.isoformat(),
        "stale": False,
        "unusual": False,
        "confirmed": False,
        "source": "device",
        "recorded_by_name": "Monitor 7",
    }
    score = {"at": times[0].isoformat() if times else "", "total": 5, "at_least": 5, "refused": ""}
    return {
        "since": (now - timedelta(minutes=15)).isoformat(),
        "until": now.isoformat(),
        "every_seconds": 5,
        "signs": [{"code": "heart-rate", "points": points}] if pulses else [],
        "changes": [],
        "scores": [score] if pulses else [],
        "newest": [newest] if pulses else [],
        "spo2_scale": 1,
        "refused": None,
        **more,
    }


async def shown(page: Page, site: Site, body: dict[str, Any]) -> list[dict[str, list[str]]]:
    """The charts of an answer; the queries of all that is fetched."""
    asked: list[dict[str, list[str]]] = []

    def note(request: Request) -> None:
        if SRC in request.url:
            asked.append(parse_qs(urlsplit(request.url).query))

    page.on("request", note)
    site.answers[SRC] = lambda: (200, "application/json", json.dumps(body))
    await page.evaluate(START, [SRC, json.dumps(all_bands())])
    return asked


async def test_a_chart_shows_newest_course_and_bands(page: Page, site: Site) -> None:
    await shown(page, site, answer(88, 96, 112))

    chart = page.locator(".app-chart", has_text="Pulse")
    await expect(chart.locator(".app-chart__value")).to_have_text("112")
    await expect(chart.locator(".app-chart__words")).to_have_text("a minute, now")
    label = await chart.locator("svg").get_attribute("aria-label")
    assert label is not None
    assert label.startswith("Pulse 112 a minute now, from 88 at ")
    assert label.endswith("Lowest 86, highest 114.")
    assert await chart.locator("rect").count() == 6
    await expect(page.locator(".app-chart", has_text="NEWS2").locator("strong")).to_have_text("5")
    await expect(page.locator(".app-chart", has_text="Temperature")).to_be_hidden()


async def test_an_event_fetches_the_end_alone_and_it_is_replaced(page: Page, site: Site) -> None:
    asked = await shown(page, site, answer(88, 96))
    value = page.locator(".app-chart", has_text="Pulse").locator(".app-chart__value")
    await expect(value).to_have_text("96")
    since = datetime.now(UTC) - timedelta(seconds=5)
    more = answer(120) | {"since": since.isoformat()}
    site.answers[SRC] = lambda: (200, "application/json", json.dumps(more))

    await page.evaluate(
        "(at) => window.happens('observations.streamed', {since: {1: at}})", since.isoformat()
    )

    await expect(value).to_have_text("120")
    assert asked[0] == {"minutes": ["15"]}
    assert datetime.fromisoformat(asked[1]["after"][0]) == since


async def test_what_happens_to_others_fetches_nothing(page: Page, site: Site) -> None:
    asked = await shown(page, site, answer(88))
    await expect(page.locator(".app-chart__value").first).to_be_visible()

    await page.evaluate(
        """() => {
          window.happens("observations.streamed", { since: { 2: "2026-11-20T12:00:00Z" } });
          window.happens("observation.recorded", { request_id: "2" });
          const taken_at = "2026-11-20T12:00:00Z";
          window.happens("observation.recorded", { request_id: "1", taken_at });
        }"""
    )
    await page.wait_for_timeout(TICK_MS)
    async with page.expect_request(lambda request: SRC in request.url):
        await page.evaluate("() => window.stream.dispatchEvent(new Event('stale'))")

    assert [query.get("after") for query in asked] == [None, ["2026-11-20T12:00:00Z"], None]


async def test_no_chart_is_drawn_before_the_first_reading(page: Page, site: Site) -> None:
    await shown(page, site, answer())

    await expect(page.locator("[data-charts-state]")).to_have_text(
        "Nothing has been measured yet. The charts begin with the first reading."
    )
    await expect(page.locator("[data-charts-all]")).to_be_hidden()


async def test_a_failure_is_said_and_heals(page: Page, site: Site) -> None:
    await shown(page, site, answer(88))
    await expect(page.locator(".app-chart__value").first).to_be_visible()
    site.answers[SRC] = lambda: (503, "application/json", "{}")

    await page.evaluate("() => window.stream.dispatchEvent(new Event('stale'))")

    await expect(page.locator("[data-charts-state]")).to_contain_text("Trying again")
    site.answers[SRC] = lambda: (200, "application/json", json.dumps(answer(91)))
    value = page.locator(".app-chart", has_text="Pulse").locator(".app-chart__value")
    await expect(value).to_have_text("91", timeout=10_000)


async def test_where_news2_does_not_hold_there_are_no_bands(page: Page, site: Site) -> None:
    await shown(page, site, answer(88, refused="under-16", scores=[]))

    chart = page.locator(".app-chart", has_text="Pulse")
    await expect(chart.locator("path").first).to_be_attached()
    assert await chart.locator("rect").count() == 0


async def test_the_same_is_there_as_a_table(page: Page, site: Site) -> None:
    await shown(page, site, answer(88, 96, 112))
    await page.locator("summary").click()

    await page.evaluate("() => window.stream.dispatchEvent(new Event('stale'))")

    table = page.locator("[data-charts-table] table")
    await expect(table.locator("tbody tr").first).to_contain_text("112")
    await expect(table.locator("thead")).to_contain_text("Pulse, a minute")


async def test_stale_and_unusual_are_words_beside_the_value(page: Page, site: Site) -> None:
    body = answer(20)
    body["newest"][0] |= {"stale": True, "unusual": True}

    await shown(page, site, body)

    words = page.locator(".app-chart", has_text="Pulse").locator(".app-chart__words")
    await expect(words).to_contain_text("old: take again, unusual: check")
