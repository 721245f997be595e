"""What is told beside a page's own work: a little later where it cannot be now, then not at all."""

import pytest
from playwright.async_api import Page

from tests.web.static.site import Site

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

REPORT = """async () => {
  const { report } = await import("/static/report.js");
  const told = [];
  await report("/told", (agoMs) => { told.push(agoMs); return { agoMs }; });
  return told;
}"""


AT_ONCE = "() => { const wait = setTimeout; window.setTimeout = (act) => wait(act, 0); }"
"""Waits pass at once."""


@pytest.mark.parametrize(
    ("answers", "tries"),
    [((204,), 1), ((422,), 1), ((429,), 1), ((503, 204), 2), ((500, 502, 503, 503), 4)],
    ids=["heard", "refused", "too-often", "later", "never"],
)
async def test_it_is_told_until_it_is_heard_four_times_at_most(
    page: Page, site: Site, answers: tuple[int, ...], tries: int
) -> None:
    await page.evaluate(AT_ONCE)
    left = [*answers]
    site.answers["/told"] = lambda: (left.pop(0), "text/plain", "")

    told = await page.evaluate(REPORT)

    assert len(told) == tries
    assert told == sorted(told)
    assert left == []


async def test_no_signal_is_no_error_of_the_page(page: Page) -> None:
    await page.evaluate(AT_ONCE)
    await page.route("**/told", lambda route: route.abort())

    assert len(await page.evaluate(REPORT)) == 4
