"""What a call's page says of how sound and picture travel."""

from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SHOW = """async (states) => {
  const { Way } = await import("/static/stage/way.js");
  document.body.innerHTML = `<div id=stage><details data-quality open>
    <summary><span data-way-name></span></summary><p data-way-words></p>
    <div data-way-check hidden><p data-way-code></p></div></details></div>`;
  const consultation = Object.assign(new EventTarget(), states[0]);
  new Way(document.querySelector("#stage"), consultation);
  for (const state of states.slice(1)) {
    Object.assign(consultation, state);
    consultation.dispatchEvent(new Event("change"));
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  const find = (name) => document.querySelector(`[data-${name}]`);
  return {
    way: find("quality").dataset.way,
    name: find("way-name").textContent,
    words: find("way-words").textContent,
    code: find("way-check").hidden ? null : find("way-code").textContent,
    announced: document.querySelector("[aria-live]")?.textContent ?? "",
  };
}"""
DIRECT = {"phase": "admitted", "way": "direct", "code": "12345 67890"}
FORWARDED = {"phase": "admitted", "way": "forwarded", "code": ""}


async def shown(page: Page, *states: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(SHOW, list(states))
    return found


async def test_a_direct_call_says_so_and_has_a_code(page: Page) -> None:
    found = await shown(page, FORWARDED, DIRECT)

    assert (found["way"], found["name"], found["code"]) == ("direct", ", direct", "12345 67890")
    assert "straight" in found["words"]
    assert found["announced"] == ""


async def test_through_the_service_there_is_no_code(page: Page) -> None:
    found = await shown(page, DIRECT, FORWARDED)

    assert (found["way"], found["name"], found["code"]) == ("forwarded", "", None)
    assert "through this service" in found["words"]
    assert found["announced"] == found["words"]


async def test_whoever_reads_a_code_learns_that_it_is_another(page: Page) -> None:
    found = await shown(page, DIRECT, {**DIRECT, "code": "54321 09876"})

    assert (found["code"], found["announced"]) == ("54321 09876", "The code has changed.")


async def test_a_recorded_call_says_so(page: Page) -> None:
    found = await shown(page, {**FORWARDED, "way": "recorded"})

    assert (found["way"], found["name"], found["code"]) == ("recorded", ", recorded", None)
    assert "records them" in found["words"]


async def test_before_the_call_nothing_is_said(page: Page) -> None:
    found = await shown(page, {**FORWARDED, "phase": "waiting"})

    assert found["words"] == ""
