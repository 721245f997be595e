"""Which layers of the camera's picture are sent."""

from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

BPS = """async (needed) => {
  const { bpsOf } = await import("/static/call/layers.js");
  return bpsOf(needed);
}"""
ENCODINGS = """async ([step, needed]) => {
  const { begin, encodingOf } = await import("/static/call/ladder.js");
  const { encodingsOf } = await import("/static/call/layers.js");
  const encoding = encodingOf({ ...begin(0), step });
  return encodingsOf(encoding, needed, (lines) => 720 / lines);
}"""


async def encodings(page: Page, step: str, needed: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await page.evaluate(ENCODINGS, [step, needed])
    return found


LINES_OF_USE = """async (lines) => {
  const { linesOfUse } = await import("/static/call/layers.js");
  return linesOfUse(lines);
}"""


@pytest.mark.parametrize(
    ("shown", "of_use"),
    [(0, 180), (180, 180), (225, 180), (226, 360), (450, 360), (451, None), (2_160, None)],
)
async def test_of_a_small_picture_a_small_layer_will_do(
    bare_page: Page, shown: int, of_use: int | None
) -> None:
    assert await bare_page.evaluate(LINES_OF_USE, shown) == of_use


@pytest.mark.parametrize(
    ("needed", "bps"), [([], 0), (["q"], 150_000), (["q", "h"], 650_000), (["f"], 2_500_000)]
)
async def test_what_is_needed_takes_no_more_than_its_layers(
    bare_page: Page, needed: list[str], bps: int
) -> None:
    assert await bare_page.evaluate(BPS, needed) == bps


@pytest.mark.parametrize(
    ("step", "needed", "sent"),
    [
        ("hd", ["f"], ["f"]),
        ("hd", ["q", "f"], ["q", "f"]),
        ("hd", ["q"], ["q"]),
        ("medium", ["f"], ["h"]),
        ("medium", ["q", "h", "f"], ["q", "h"]),
        ("small", ["h", "f"], ["q"]),
        ("stills", ["q", "f"], []),
        ("sound", ["f"], []),
        ("hd", ["unheard-of"], ["f"]),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else value,
)
async def test_only_what_is_needed_and_nothing_above_the_ladders_step(
    bare_page: Page, step: str, needed: list[str], sent: list[str]
) -> None:
    found = await encodings(bare_page, step, needed)

    assert [encoding["rid"] for encoding in found] == ["q", "h", "f"]
    assert [encoding["rid"] for encoding in found if encoding["active"]] == sent


async def test_the_top_layer_is_as_the_ladder_says_and_those_below_leave_it_room(
    bare_page: Page,
) -> None:
    low, middle, top = await encodings(bare_page, "hd", ["q", "h", "f"])
    assert (low["maxBitrate"], middle["maxBitrate"], top["maxBitrate"]) == (
        150_000,
        500_000,
        2_500_000,
    )
    assert (low["scaleResolutionDownBy"], top["scaleResolutionDownBy"]) == (4, 1)

    low, middle, _ = await encodings(bare_page, "medium", ["q", "f"])
    assert (low["maxBitrate"], middle["maxBitrate"]) == (150_000, 800_000)


async def test_a_trial_on_a_small_picture_may_probe_up_to_the_most(bare_page: Page) -> None:
    found = await bare_page.evaluate("""async () => {
      const { begin, encodingOf } = await import("/static/call/ladder.js");
      const { encodingsOf } = await import("/static/call/layers.js");
      const trial = { phase: "feel", since: 0, fromBps: 1 };
      const encoding = encodingOf({ ...begin(0), step: "small", trial });
      return encodingsOf(encoding, ["f"], (lines) => 720 / lines);
    }""")

    assert (found[0]["active"], found[0]["maxBitrate"]) == (True, 2_500_000)


OFFERED = """async (how) => {
  const { Publisher } = await import("/static/call/publisher.js");
  const publisher = new Publisher({ send: () => true, ...how });
  publisher.start();
  await new Promise((resolve) =>
    publisher.pc.addEventListener("signalingstatechange", resolve, { once: true }));
  const { sdp } = publisher.pc.localDescription;
  publisher.close();
  return /a=simulcast:send ~?q;~?h;~?f/.test(sdp);
}"""


async def test_layers_are_offered_where_they_are_asked_for_and_not_otherwise(
    bare_page: Page,
) -> None:
    assert await bare_page.evaluate(OFFERED, {"layers": True})
    assert not await bare_page.evaluate(OFFERED, {})
