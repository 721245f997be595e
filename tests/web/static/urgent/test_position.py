"""A crew's position: only its newest is sent, and "stop" is the last word."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.web.static.site import Answer, Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

START = """async () => {
  document.body.innerHTML = `<section data-position>
    <div data-sharing-off><button data-share>Share</button></div>
    <div data-sharing-on hidden><span data-sharing-words></span>
      <button data-stop-sharing>Stop</button></div>
    <p data-position-status></p></section>`;
  navigator.geolocation.watchPosition = (found) => {
    globalThis.at = (latitude) => found({ coords: { latitude, longitude: -1.5, accuracy: 12 } });
    return 1;
  };
  navigator.geolocation.clearWatch = () => undefined;
  const { bindPosition } = await import("/static/urgent/position.js");
  bindPosition(document.querySelector("[data-position]"), "/base");
}"""
KEPT = """async () => {
  const { Store } = await import("/static/offline/store.js");
  return (await (await Store.open()).counts()).size;
}"""


async def sharing(page: Page, site: Site) -> list[tuple[str, Any]]:
    """A crew that shares its position; what is sent of it."""
    sent: list[tuple[str, Any]] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append((request.url.rpartition("/")[2], json.loads(request.post_data or "{}")))

    page.on("request", note)
    site.answers["/base/positions"] = lambda: (201, "application/json", "{}")
    site.answers["/base/stop-sharing"] = lambda: (200, "application/json", "{}")
    await page.clock.install()
    await page.evaluate(START)
    await page.get_by_text("Share").click()
    return sent


async def test_it_is_said_to_be_shared_when_it_is(page: Page, site: Site) -> None:
    sent = await sharing(page, site)
    words = page.locator("[data-sharing-words]")

    await expect(words).to_have_text("Looking for your position…")
    await page.evaluate("at(53.8)")

    await expect(words).to_have_text("Your position is shared, exact to 12 metres.")
    assert [(name, body["latitude"]) for name, body in sent] == [("positions", 53.8)]


async def test_without_a_signal_nothing_is_kept_and_the_newest_goes_when_it_is_back(
    page: Page, site: Site
) -> None:
    sent = await sharing(page, site)
    answers: list[Answer] = [(503, "application/json", "{}")]
    site.answers["/base/positions"] = lambda: answers[-1]
    words = page.locator("[data-sharing-words]")

    for latitude in (53.8, 53.8001, 53.8002):
        await page.evaluate(f"at({latitude})")
    await expect(words).to_have_text("No signal. Your newest position is sent when it is back.")
    assert await page.evaluate(KEPT) == 0

    answers.append((201, "application/json", "{}"))
    await page.clock.run_for(16_000)
    await expect(words).to_have_text("Your position is shared, exact to 12 metres.")
    assert [body["latitude"] for _, body in sent] == [53.8, 53.8002]


async def test_what_is_refused_for_good_ends_it(page: Page, site: Site) -> None:
    sent = await sharing(page, site)
    refusal = json.dumps({"detail": "The request is over."})
    site.answers["/base/positions"] = lambda: (409, "application/json", refusal)

    await page.evaluate("at(53.8)")

    await expect(page.locator("[data-position-status]")).to_have_text("The request is over.")
    await expect(page.locator("[data-sharing-on]")).to_be_hidden()
    await page.clock.run_for(60_000)
    assert len(sent) == 1


async def test_stop_is_said_again_after_a_position_that_was_under_way(
    page: Page, site: Site
) -> None:
    sent = await sharing(page, site)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    await page.route("**/base/positions", hold)
    async with page.expect_request("**/base/positions"):
        await page.evaluate("at(53.8)")

    async with page.expect_request("**/base/stop-sharing"):
        await page.get_by_text("Stop").click()
    async with page.expect_request("**/base/stop-sharing"):
        await held[0].continue_()

    assert [name for name, _ in sent] == ["positions", "stop-sharing", "stop-sharing"]
