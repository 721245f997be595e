"""Firefox as the tests drive it: what a page gives, and what they are told of its errors."""

import asyncio

import pytest

from tests.web.static.bidi import firefox
from tests.web.static.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

DEADLINE_SECONDS = 10.0
LOSE = "() => { new WebSocket('ws://127.0.0.1:9/'); }"
THROW = """() => {
  setTimeout(() => { throw new TypeError("nobody catches this"); });
  void Promise.reject(new Error("nor this"));
  const script = document.createElement("script");
  script.src = "/broken.js";
  document.head.append(script);
}"""


async def test_a_page_answers_and_its_own_errors_are_told_and_no_others(site: Site) -> None:
    site.answers["/broken.js"] = lambda: (200, "text/javascript", "const broken = ;")
    async with firefox() as browser:
        tab = await browser.open(site.url)

        given = [
            await tab.evaluate("document.title"),
            await tab.evaluate("async ([a, b]) => ({ sum: a + b })", [1, 2]),
            await tab.evaluate("() => undefined"),
        ]
        with pytest.raises(AssertionError, match="on purpose"):
            await tab.evaluate("() => { throw new Error('on purpose'); }")
        await tab.evaluate(LOSE)
        await tab.evaluate(THROW)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while len(tab.errors) < 3:
                await tab.evaluate("new Promise((resolve) => setTimeout(resolve, 50))")

    assert given == ["Test", {"sum": 3}, None]
    assert [error.partition(":")[0] for error in sorted(tab.errors)] == [
        "Error",
        "SyntaxError",
        "TypeError",
    ]
