"""What a camera says that it can do, as browsers say it, and using it.

No camera here has a light: tracks are stubs with what phones answer.
"""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

STUB = """(given) => {
  const track = {
    readyState: 'live',
    wanted: {width: {ideal: 1280}, zoom: true},
    getSettings: () => given.now ?? {},
    getConstraints() { return this.wanted; },
    async applyConstraints(wanted) {
      const {advanced, ...picture} = wanted;
      const isMixed = advanced && Object.keys(picture).length > 0;
      if ((given.never_mixed && isMixed) || 'zoom' in picture) throw new OverconstrainedError('');
      this.wanted = wanted;
    },
  };
  if (given.can) track.getCapabilities = () => given.can;
  return track;
}"""


async def camera_of(page: Page, **given: object) -> dict[str, object]:
    found: dict[str, object] = await page.evaluate(
        f"""async (given) => {{
          const {{ cameraOf }} = await import('/static/camera/capabilities.js');
          return cameraOf(({STUB})(given), {{cameras: given.cameras ?? 1, agreed: false}});
        }}""",
        given,
    )
    return found


@pytest.mark.parametrize(
    ("torch", "has"), [(True, True), ([False, True], True), ([False], False), (False, False)]
)
async def test_a_light_in_the_words_of_each_browser(
    bare_page: Page, torch: object, has: bool
) -> None:
    assert (await camera_of(bare_page, can={"torch": torch}))["torch"] is has


async def test_a_zoom_with_its_range_and_place(bare_page: Page) -> None:
    camera = await camera_of(bare_page, can={"zoom": {"min": 1, "max": 8}}, now={"zoom": 2})

    assert camera["zoom"] == {"min": 1, "max": 8, "step": 0.35, "now": 2}


@pytest.mark.parametrize("can", [None, {}, {"zoom": {"min": 1, "max": 1}}])
async def test_a_camera_without_anything_still_takes_stills(bare_page: Page, can: object) -> None:
    camera = await camera_of(bare_page, can=can, cameras=20)

    assert camera == {
        "still": True,
        "torch": False,
        "torch_on": False,
        "zoom": None,
        "cameras": 16,
        "agreed": False,
    }


@pytest.mark.parametrize("never_mixed", [False, True], ids=["elsewhere", "chromium"])
async def test_the_light_stays_on_when_somebody_zooms(bare_page: Page, never_mixed: bool) -> None:
    wanted = await bare_page.evaluate(
        f"""async (given) => {{
          const {{ setTorch, setZoom }} = await import('/static/camera/capabilities.js');
          const track = ({STUB})(given);
          await setTorch(track, true);
          await setZoom(track, 3);
          return track.wanted;
        }}""",
        {"never_mixed": never_mixed},
    )

    picture = {} if never_mixed else {"width": {"ideal": 1280}}
    assert wanted == {**picture, "advanced": [{"torch": True, "zoom": 3}]}
