"""What a patient reads where an offer is not to be had."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]


@pytest.mark.parametrize(
    ("state", "waits", "title", "what"),
    [
        ("lapsed", True, "This time has gone", "You are still on the waiting list"),
        ("lapsed", False, "This time has gone", "You are not on the waiting list"),
        ("declined", True, "You said no to this time", "You are still on the waiting list"),
        ("declined", False, "You said no to this time", "You are not on the waiting list"),
        ("withdrawn", True, "We took this offer back", "You are still on the waiting list"),
        ("withdrawn", False, "We took this offer back", "You are not on the waiting list"),
        ("accepted", False, "You have this appointment already", "Look for its link"),
    ],
)
async def test_an_offer_that_is_over_says_what_became_of_it(
    bare_page: Page, state: str, waits: bool, title: str, what: str
) -> None:
    said = await bare_page.evaluate(
        """async (problem) => {
          const { refusalWords } = await import("/static/visit/offer-words.js");
          return refusalWords(410, problem);
        }""",
        {"state": state, "waits": waits},
    )

    assert said[0] == title
    assert what in said[1]
