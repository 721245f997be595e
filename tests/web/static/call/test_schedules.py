"""Whatever is lost, repeated, reordered or cut, the call is whole again: 500 random schedules.

The page's real modules in virtual time; sockets, peer connections and the room are models
(schedules.js, roommodel.js).
"""

from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.web.static.site import Answer, Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

SCHEDULES, AT_ONCE = 500, 50
SCRIPTS = ("schedules.js", "roommodel.js")
PLAY = """async ([first, count]) => {
  const { play } = await import("/tests/schedules.js");
  const stuck = [];
  for (let seed = first; seed < first + count; seed += 1) {
    const wrong = await play(seed);
    if (wrong.length) stuck.push(`${seed}: ${wrong.join(", ")}`);
  }
  return stuck;
}"""


async def test_no_call_gets_stuck_in_500_schedules(page: Page, site: Site) -> None:
    for name in SCRIPTS:
        script = Path(__file__).with_name(name).read_text()
        site.answers[f"/tests/{name}"] = partial(_script, script)
    stuck: list[str] = []
    for first in range(1, SCHEDULES + 1, AT_ONCE):
        stuck += await page.evaluate(PLAY, [first, AT_ONCE])

    assert stuck == []


def _script(source: str) -> Answer:
    return 200, "text/javascript", source
