"""How the door of an appointment says a time, on the clinic's clock."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        ("2026-11-20T09:40:00Z", "9:40am"),
        ("2026-11-20T14:00:00Z", "2pm"),
        ("2026-11-20T12:00:00Z", "midday"),
        ("2026-11-20T00:00:00Z", "midnight"),
        ("2026-11-20T00:10:00Z", "12:10am"),
        ("2026-07-20T11:00:00Z", "midday"),
    ],
)
async def test_a_time_is_said_as_the_pages_say_it(page: Page, instant: str, said: str) -> None:
    found = await page.evaluate(
        """async (instant) => {
          const { clock } = await import("/static/visit/door.js");
          return clock(instant, "Europe/London");
        }""",
        instant,
    )

    assert found == said
