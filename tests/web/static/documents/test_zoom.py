"""Where a picture lies in its pane: the whole of it, 1:1, and around a finger."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

PANE = {"width": 800, "height": 600}
PICTURE = {"width": 3200, "height": 1200}
SIZES = {"pane": PANE, "picture": PICTURE}


async def run(page: Page, code: str, **given: object) -> object:
    """`code` with everything that zoom.js gives, and with `given`."""
    return await page.evaluate(
        "async (given) => { const zoom = await import('/static/documents/zoom.js');"
        f" return (({{fitted, scaled, stepped, moved, placeOn, placeIn}}, given) => {code})"
        "(zoom, given); }",
        {"pane": PANE, "picture": PICTURE, "sizes": SIZES, **given},
    )


async def test_what_fits_is_whole_and_in_the_middle(bare_page: Page) -> None:
    view = await run(bare_page, "fitted(given.pane, given.picture)")

    assert view == {"scale": 0.25, "x": 0, "y": 150}


async def test_a_small_picture_is_not_made_larger(bare_page: Page) -> None:
    view = await run(bare_page, "fitted(given.pane, {width: 400, height: 300})")

    assert view == {"scale": 1, "x": 200, "y": 150}


async def test_what_is_under_the_finger_stays_there(bare_page: Page) -> None:
    places = await run(
        bare_page,
        """{
          const view = {scale: 1, x: -800, y: -300};
          const at = {x: 300, y: 200};
          return [view, scaled(view, 2, at, given.sizes)].map((v) => placeOn(v, at, given.picture));
        }""",
    )

    assert isinstance(places, list)
    assert places[0] == pytest.approx(places[1])


@pytest.mark.parametrize(("wanted", "got"), [(100, 8), (0.0001, 0.125), (1, 1)])
async def test_there_is_a_largest_and_a_smallest(
    bare_page: Page, wanted: float, got: float
) -> None:
    scale = await run(
        bare_page,
        "scaled(fitted(given.pane, given.picture), given.wanted, {x: 0, y: 0}, given.sizes).scale",
        wanted=wanted,
    )

    assert scale == got


async def test_no_edge_comes_further_in_than_it_must(bare_page: Page) -> None:
    view = await run(bare_page, "moved({scale: 1, x: 0, y: 0}, {x: 50, y: -5000}, given.sizes)")

    assert view == {"scale": 1, "x": 0, "y": -600}


async def test_a_place_goes_to_the_pane_and_back(bare_page: Page) -> None:
    place = await run(
        bare_page,
        """{
          const view = {scale: 0.5, x: -100, y: 0};
          return placeOn(view, placeIn(view, {x: 0.3, y: 0.7}, given.picture), given.picture);
        }""",
    )

    assert place == pytest.approx({"x": 0.3, "y": 0.7})
