"""Where arrow keys go over the free times of a calendar."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

# Column, start and height on the page: two columns with a gap between, the second fuller.
PLACES = [
    {"column": 0, "start": 0, "wall": 0},
    {"column": 2, "start": 0, "wall": 0},
    {"column": 2, "start": 15, "wall": 40},
    {"column": 0, "start": 30, "wall": 80},
]


@pytest.mark.parametrize(
    ("current", "key", "expected"),
    [
        (0, "ArrowDown", 3),
        (3, "ArrowUp", 0),
        (3, "ArrowDown", 3),
        (0, "ArrowRight", 1),
        (3, "ArrowRight", 2),
        (2, "ArrowLeft", 0),
        (0, "ArrowLeft", 0),
        (2, "ArrowRight", 2),
    ],
)
async def test_an_arrow_goes_to_the_nearest_free_time_that_way(
    page: Page, current: int, key: str, expected: int
) -> None:
    found = await page.evaluate(
        """async ([places, current, key]) => {
          const { neighbour } = await import("/static/schedule/neighbour.js");
          return neighbour(places, current, key);
        }""",
        [PLACES, current, key],
    )

    assert found == expected
