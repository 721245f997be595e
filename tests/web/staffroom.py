"""Windows of the live server for tests of staff's pages, and how a page is looked at."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from app.config import DEMO_PASSWORD
from tests.browsers import close

WIDTHS = {390: 844, 1280: 800}
SCREENSHOTS = os.environ.get("OPENCONSULT_SCREENSHOTS")
"""Where pictures of the pages are kept, for whoever wants to look at them."""
AXE = Path("app/web/assets/axe.min.js")
# The header folds its navigation a moment after the window has become narrow.
NOTHING_CUT_OFF = "(width) => document.documentElement.scrollWidth <= width"
SETTLED_MS = 5_000
# Of what a page does well axe keeps one place each: all of them take as long as the looking.
VIOLATIONS = """async (values) => {
  const { violations } = await axe.run({ runOnly: values, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}"""
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@asynccontextmanager
async def window(browser: Browser, url: str) -> AsyncIterator[Page]:
    """A window with cookies of its own. A script error fails the test."""
    context = await browser.new_context(base_url=url)
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await close(context)
    assert errors == []


async def sign_in(page: Page, username: str) -> None:
    """Through the form, as people do."""
    await page.goto("/sign-in")
    await page.get_by_label("User name").fill(username)
    await page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url(lambda url: not url.endswith("/sign-in"))


async def be_signed_in(page: Page, username: str) -> None:
    """Without the form's own pages: for tests of what comes after them."""
    answer = await page.request.post(
        "/sign-in",
        form={"username": username, "password": DEMO_PASSWORD},
        headers={"Sec-Fetch-Site": "same-origin"},
        max_redirects=0,
    )
    assert answer.status == 303


async def leave_nothing_ringing(page: Page) -> None:
    """Cancel what this crew asked and nobody answered: others share the server."""
    requests = "/api/v1/service-requests"
    found = await page.request.get(f"{requests}?state=ringing&state=unanswered")
    for each in (await found.json())["items"] if found.ok else []:
        same_site = {"Sec-Fetch-Site": "same-origin"}
        await page.request.post(f"{requests}/{each['id']}/cancel", headers=same_site)


async def look_at(page: Page, name: str, widths: Mapping[int, int] = WIDTHS) -> None:
    """At both widths: one h1, nothing cut off, nothing that axe objects to."""
    for width, height in widths.items():
        await page.set_viewport_size({"width": width, "height": height})
        await expect(page.locator("h1:visible")).to_have_count(1)
        await page.wait_for_function(NOTHING_CUT_OFF, arg=width, timeout=SETTLED_MS)
        found = await violations(page)
        assert found == [], f"{name}: {found}"
        await keep_a_picture(page, f"{name}-{width}", full_page=True)


async def keep_a_picture(page: Page, name: str, *, full_page: bool = False) -> None:
    """Where somebody asked for pictures."""
    if SCREENSHOTS:
        await page.screenshot(path=Path(SCREENSHOTS, f"{name}.png"), full_page=full_page)


async def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 A and AA, each with where and why."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text("utf-8"))
    found: list[str] = await page.evaluate(VIOLATIONS, STANDARD)
    return found
