"""The crew's steppers: saved on their own, once each, and asked about where a slip is likelier."""

from typing import Any

import pytest
from playwright.async_api import Page, Request, expect

from tests.web.static.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

START = """async () => {
  document.body.innerHTML = `<div class="app-stepper" data-vital="heart-rate" data-label="Pulse"
      data-likely-low="25" data-likely-high="220">
    <button type="button" data-step="-1">down</button>
    <input type="number" min="0" max="300" step="1" data-start="75">
    <button type="button" data-step="1">up</button>
    <span data-ask hidden role="alert"><strong data-ask-words></strong>
      <button type="button" data-ask-yes>Yes</button>
      <button type="button" data-ask-no>No</button></span>
    <span data-saved></span></div>`;
  const { bindVitals } = await import("/static/urgent/vitals.js");
  bindVitals(document, "/base");
}"""


async def bound(page: Page, site: Site) -> list[dict[str, Any]]:
    """A stepper; what is sent for it."""
    sent: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.post_data_json or {})

    page.on("request", note)
    site.answers["/base/observations"] = lambda: (201, "application/json", "{}")
    await page.evaluate(START)
    return sent


async def enter(page: Page, value: str) -> None:
    await page.locator("input").fill(value)
    await page.locator("input").dispatch_event("change")


async def test_a_usual_value_is_saved_with_an_id_of_its_own(page: Page, site: Site) -> None:
    sent = await bound(page, site)

    await page.get_by_text("up").click()

    await expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert [(each["code"], each["value"], each["confirmed"]) for each in sent] == [
        ("heart-rate", 75, False)
    ]
    assert len(sent[0]["id"]) == 36


async def test_an_unusual_value_is_asked_about_and_kept_when_confirmed(
    page: Page, site: Site
) -> None:
    sent = await bound(page, site)

    await enter(page, "24")

    await expect(page.locator("[data-ask-words]")).to_have_text(
        "Pulse 24 is unusual. Is that right?"
    )
    assert sent == []
    await page.get_by_text("Yes").click()
    await expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert (sent[0]["value"], sent[0]["confirmed"]) == (24, True)


async def test_a_slip_is_corrected_before_it_is_sent(page: Page, site: Site) -> None:
    sent = await bound(page, site)
    await enter(page, "7")
    await page.get_by_text("No", exact=True).click()

    await expect(page.locator("input")).to_be_focused()
    await enter(page, "70")

    await expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert [each["value"] for each in sent] == [70]
