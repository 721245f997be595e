"""Whether a connection lives, by its statistics."""

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

OVERDUE = """async ([kind, looks]) => {
  const { felt, noPulse, overdueMs } = await import("/static/call/pulse.js");
  let pulse = noPulse(0);
  let atMs = 0;
  for (const [at, came, sent] of looks) {
    atMs = at;
    pulse = felt(pulse, [
      { type: "transport", bytesReceived: came },
      { type: "outbound-rtp", packetsSent: sent },
    ], at);
  }
  return overdueMs(pulse, kind, atMs);
}"""

Look = tuple[int, int, int]
"""At a time in ms: octets that have come, packets that have been sent."""


def looks(*, until: int, silent_from: int, sends: bool) -> list[Look]:
    """Every 100 ms: something comes until `silent_from`."""
    return [(at, min(at, silent_from - 1), at if sends else 0) for at in range(0, until + 1, 100)]


async def overdue(page: Page, kind: str, seen: Sequence[Look]) -> Any:
    return await page.evaluate(OVERDUE, [kind, list(seen)])


@pytest.mark.parametrize("kind", ["publish", "subscribe"])
async def test_a_second_of_silence_is_a_second(bare_page: Page, kind: str) -> None:
    seen = looks(until=3_000, silent_from=2_001, sends=True)

    assert await overdue(bare_page, kind, seen) == 1_000


async def test_a_line_that_lives_is_never_overdue(bare_page: Page) -> None:
    seen = looks(until=3_000, silent_from=9_000, sends=True)

    assert await overdue(bare_page, "subscribe", seen) == 0


async def test_a_line_that_sends_nothing_may_be_quiet(bare_page: Page) -> None:
    five, seven = (looks(until=at, silent_from=1_001, sends=False) for at in (6_000, 7_000))

    assert await overdue(bare_page, "publish", five) == 0
    assert await overdue(bare_page, "publish", seven) == 1_000


SECOND = """async () => {
  const { felt, noPulse, overdueMs } = await import("/static/call/pulse.js");
  const came = (octets) => [{ type: "transport", bytesReceived: octets }];
  const heard = (pulse, fromMs, untilMs) => {
    for (let at = fromMs; at <= untilMs; at += 100) pulse = felt(pulse, came(at + 1 - fromMs), at);
    return pulse;
  };
  const first = heard(noPulse(0), 0, 2_000);
  const after = (pulse) => overdueMs(heard(pulse, 3_000, 3_100), "subscribe", 4_100);
  return [after(noPulse(3_000)), after(noPulse(3_000, first))];
}"""


async def test_a_connection_that_dies_at_once_is_missed_if_the_one_before_was(
    bare_page: Page,
) -> None:
    assert await bare_page.evaluate(SECOND) == [0, 1_000]


async def test_a_page_that_slept_hardly_blames_the_line(bare_page: Page) -> None:
    seen = [*looks(until=2_000, silent_from=1_901, sends=True), (9_000, 1_900, 2_100)]

    assert await overdue(bare_page, "subscribe", seen) == 400


async def test_a_page_that_may_look_once_a_second_notices_too(bare_page: Page) -> None:
    alive: list[Look] = [(at, at, at) for at in range(0, 3_000, 1_000)]
    silent: list[Look] = [(at, 2_000, at) for at in range(3_000, 7_000, 1_000)]

    assert await overdue(bare_page, "subscribe", [*alive, *silent[:3]]) == 900
    assert await overdue(bare_page, "subscribe", [*alive, *silent]) == 1_200


async def test_what_came_only_now_and_then_is_not_missed_soon(bare_page: Page) -> None:
    seldom: list[Look] = [(at, at // 2_500, at) for at in range(0, 10_000, 100)]

    assert await overdue(bare_page, "subscribe", seldom) == 0


async def test_what_never_came_is_not_missed(bare_page: Page) -> None:
    seen: list[Look] = [(at, 0, at) for at in range(0, 5_000, 100)]

    assert await overdue(bare_page, "subscribe", seen) == 0


async def test_a_forgotten_pair_of_candidates_is_neither_life_nor_death(bare_page: Page) -> None:
    seen = looks(until=1_000, silent_from=9_000, sends=True)
    fewer: list[Look] = [(1_100, 10, 1_100), (1_200, 10, 1_200), (1_300, 20, 1_300)]

    assert await overdue(bare_page, "subscribe", [*seen, *fewer[:2]]) == 200
    assert await overdue(bare_page, "subscribe", [*seen, *fewer]) == 0
