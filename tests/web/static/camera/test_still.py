"""A still at the camera's full resolution, whatever the browser has for it."""

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

TAKE = """async ({before, height}) => {
  eval(before);
  const { takeStill } = await import('/static/camera/still.js');
  const video = {width: {ideal: 640}, height: {ideal: height}};
  const stream = await navigator.mediaDevices.getUserMedia({video});
  const [track] = stream.getVideoTracks();
  const blob = await takeStill(track);
  const {width} = await createImageBitmap(blob);
  const wanted = track.getConstraints().width;
  const after = wanted.ideal ?? wanted;
  track.stop();
  return {type: blob.type, width, after};
}"""


async def take(page: Page, before: str = "") -> dict[str, object]:
    found: dict[str, object] = await page.evaluate(TAKE, {"before": before, "height": 480})
    return found


async def test_the_camera_takes_a_photo_where_it_can(page: Page) -> None:
    taken = await take(page)

    assert taken["type"] in {"image/png", "image/jpeg"}
    assert taken["after"] == 640


@pytest.mark.parametrize(
    "before",
    [
        "delete window.ImageCapture",
        "window.ImageCapture.prototype.takePhoto = async () => { throw new Error('no'); }",
        "window.ImageCapture.prototype.takePhoto = async () => new Blob([])",
    ],
    ids=["none", "fails", "empty"],
)
async def test_else_the_best_frame_is_larger_than_the_calls(page: Page, before: str) -> None:
    taken = await take(page, before)

    assert taken["type"] == "image/jpeg"
    assert isinstance(taken["width"], int)
    assert taken["width"] > 640
    assert taken["after"] == 640  # the call goes on as it was


async def test_the_call_goes_on_as_it_was_where_the_light_took_the_places_of_all_wishes(
    page: Page,
) -> None:
    """As in Chromium: what was wanted of the picture is not told any more, and stays."""
    forgets = """
      delete window.ImageCapture;
      const {getConstraints} = MediaStreamTrack.prototype;
      let isFirst = true;
      MediaStreamTrack.prototype.getConstraints = function () {
        if (!isFirst) return getConstraints.call(this);
        isFirst = false;
        return {advanced: [{torch: true}]};
      };
    """

    taken = await take(page, forgets)

    assert isinstance(taken["width"], int)
    assert taken["width"] > 640
    assert taken["after"] == 640


async def test_the_largest_photo_is_asked_for(page: Page) -> None:
    asked = await page.evaluate(
        """async () => {
          window.ImageCapture = class {
            async getPhotoCapabilities() {
              return {imageWidth: {max: 4000}, imageHeight: {max: 3000}};
            }
            async takePhoto(settings) {
              window.asked = settings;
              return new Blob(['photo']);
            }
          };
          const { takeStill } = await import('/static/camera/still.js');
          await takeStill({});
          return window.asked;
        }"""
    )

    assert asked == {"imageWidth": 4000, "imageHeight": 3000}
