"""The story of the pictures: an ECG beside the call, a photo on request, a hand that points.

Chromium's made-up camera takes photos but has no light and no zoom: those two are made up here, at
the edge of the browser, and everything behind them is the pages' own.
"""

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from app.cli.sample_ecg import sample_ecg
from tests.server import STROKE
from tests.stories.conftest import PHONE, Newcomer, photograph, sign_in
from tests.stories.watching import wait_for_frames

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(600)]

SOON_MS = 15_000
A_PHONE = """
const {getCapabilities, getSettings, applyConstraints} = MediaStreamTrack.prototype;
const now = {torch: false, zoom: 1};
window.__camera = now;
Object.assign(MediaStreamTrack.prototype, {
  getCapabilities() {
    const can = getCapabilities.call(this);
    return this.kind === 'video' ? {...can, torch: true, zoom: {min: 1, max: 8, step: 0.5}} : can;
  },
  getSettings() {
    return this.kind === 'video' ? {...getSettings.call(this), ...now} : getSettings.call(this);
  },
  async applyConstraints({advanced, ...rest} = {}) {
    if (advanced && Object.keys(rest).length > 0) {
      throw new OverconstrainedError('', 'Mixing ImageCapture and non-ImageCapture constraints');
    }
    Object.assign(now, ...(advanced ?? []));
    return applyConstraints.call(this, rest);
  },
});
"""

NOTE_WORDS = """() => {
  const status = document.querySelector('[data-far-status]');
  window.__said = [];
  new MutationObserver(() => window.__said.push(status.textContent))
    .observe(status, {childList: true, characterData: true, subtree: true});
}"""


async def in_a_call(crew: Page, specialist: Page) -> None:
    """The crew asks, the specialist answers, and each sees the other."""
    await sign_in(specialist, "leila.shah")
    await specialist.goto("/on-call")
    await sign_in(crew, "jo.carter")
    await crew.goto("/urgent")
    await crew.get_by_role("radio", name=STROKE).check()
    await crew.get_by_label("Your question").fill("ST segments up in II, III and aVF?")
    await crew.get_by_role("button", name="Ask now").click()
    await crew.wait_for_url("**/urgent/*")
    ring = specialist.get_by_role("dialog")
    await ring.get_by_role("button", name="Answer on video").click()
    await specialist.wait_for_url("**/consultations/*")
    await wait_for_frames(specialist)


def viewer_of(page: Page) -> Locator:
    return page.locator("dialog[data-viewer]")


async def loaded(page: Page) -> None:
    await expect(viewer_of(page).get_by_role("status")).not_to_have_text(
        "Loading…", timeout=SOON_MS
    )


async def natural_size(page: Page) -> list[int]:
    found: list[int] = await page.evaluate(
        "() => { const {naturalWidth, naturalHeight} = document.querySelector('[data-page-image]');"
        " return [naturalWidth, naturalHeight]; }"
    )
    return found


async def test_what_the_crew_has_and_sees_the_specialist_sees(
    people: Newcomer, tmp_path: Path
) -> None:
    crew, specialist = await people(PHONE), await people()
    await crew.add_init_script(A_PHONE)
    ecg = tmp_path / "ecg.pdf"
    ecg.write_bytes(sample_ecg())
    await in_a_call(crew, specialist)

    await an_ecg_opens_beside_the_call(crew, specialist, ecg)
    await both_draw_on_it(crew, specialist)
    await a_photo_is_asked_for_and_taken(crew, specialist)
    await light_and_zoom_are_asked_for_once(crew, specialist)
    await the_specialist_keeps_what_is_on_screen(specialist)
    await crew.get_by_role("button", name="Take a photo").dblclick()  # with gloves
    await expect(specialist.locator(".app-document")).to_have_count(4, timeout=SOON_MS)
    await photograph(crew, "crew-pictures")
    await expect(specialist.locator(".app-document")).to_have_count(4)
    await a_request_outlives_reloads_and_goes_with_who_asked(crew, specialist)


async def an_ecg_opens_beside_the_call(crew: Page, specialist: Page, ecg: Path) -> None:
    await crew.locator("[data-document-file]").set_input_files(ecg)
    await specialist.get_by_role("tab", name="Pictures").click()
    await specialist.get_by_role("button", name="12-lead ECG").click(timeout=SOON_MS)
    await loaded(specialist)

    assert await natural_size(specialist) == [3508, 2481]
    await expect(specialist.locator(".app-tile video")).to_be_visible()
    zoom = viewer_of(specialist).locator("[data-zoom-now]")
    for name, shown in (("1:1", "100 %"), ("200 %", "200 %"), ("Smaller", "160 %")):
        await viewer_of(specialist).get_by_role("button", name=name, exact=True).click()
        await expect(zoom).to_have_text(shown)
    await specialist.locator("[data-pane]").press("1")
    await expect(zoom).to_have_text("100 %")
    await photograph(specialist, "specialist-ecg-1to1")
    await specialist.locator("[data-pane]").press("0")
    await photograph(specialist, "specialist-ecg")


async def both_draw_on_it(crew: Page, specialist: Page) -> None:
    """By mouse there and by keys here; whoever points opens it on the other side."""
    await viewer_of(specialist).get_by_role("button", name="Draw").click()
    box = await specialist.locator("[data-sheet]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.35
    await specialist.mouse.move(x, y)
    await expect(viewer_of(crew)).to_be_visible(timeout=SOON_MS)
    await loaded(crew)
    await specialist.mouse.move(x + 5, y + 5)
    await expect(viewer_of(crew).locator("[data-pointer-name]")).to_have_text("Dr Leila Shah")
    await specialist.mouse.down()
    for step in range(10):
        await specialist.mouse.move(x + 8 * step, y + (step % 3) * 6)
    await specialist.mouse.up()
    marks = viewer_of(crew).locator(".app-mark")
    await expect(marks).to_have_count(1, timeout=SOON_MS)
    await expect(viewer_of(crew).get_by_role("status")).to_contain_text("1 mark by Dr Leila Shah")

    await viewer_of(crew).get_by_role("button", name="Draw").click()
    await crew.locator("[data-pane]").press("ArrowLeft")
    await crew.locator("[data-pane]").press("Enter")
    await expect(viewer_of(specialist).locator(".app-mark")).to_have_count(2, timeout=SOON_MS)
    await photograph(crew, "crew-viewer")
    await photograph(specialist, "specialist-marked")

    await viewer_of(specialist).get_by_role("button", name="Undo").click()
    await expect(marks).to_have_count(1, timeout=SOON_MS)
    await viewer_of(crew).get_by_role("button", name="Close").click()
    await viewer_of(specialist).get_by_role("button", name="Close").click()


async def a_photo_is_asked_for_and_taken(crew: Page, specialist: Page) -> None:
    await specialist.get_by_role("button", name="Ask for a photo").click(timeout=SOON_MS)
    question = crew.locator("[data-camera-question]")
    await expect(question).to_contain_text("Dr Leila Shah asks for a close photo.", timeout=SOON_MS)
    await photograph(crew, "crew-question")
    await question.get_by_role("button", name="Not now").click()
    await expect(specialist.locator("[data-far-status]")).to_have_text("They said not now.")

    await specialist.evaluate(NOTE_WORDS)
    await specialist.get_by_role("button", name="Ask for a photo").click()
    await question.get_by_role("button", name="Yes, take it").click()
    await expect(viewer_of(specialist)).to_be_visible(timeout=SOON_MS)
    assert await specialist.evaluate("window.__said") == [
        "Asked for a photo. Waiting for their yes…",
        "They agreed; taking the picture…",
        "The photo is here.",
    ]
    await loaded(specialist)
    await expect(viewer_of(specialist).locator("[data-viewer-about]")).to_contain_text("Jo Carter")
    assert await natural_size(specialist) == [1280, 720]
    await expect(crew.locator("[data-camera-status]")).to_have_text("Photo sent.")
    await photograph(specialist, "specialist-still")
    await viewer_of(specialist).get_by_role("button", name="Close").click()


async def light_and_zoom_are_asked_for_once(crew: Page, specialist: Page) -> None:
    await specialist.get_by_role("button", name="Their light off").click()
    question = crew.locator("[data-camera-question]")
    await expect(question).to_contain_text("light, zoom and cameras", timeout=SOON_MS)
    await question.get_by_role("button", name="Yes, allow").click()
    await expect(specialist.get_by_role("button", name="Their light on")).to_be_visible()
    assert await crew.evaluate("window.__camera.torch") is True

    await specialist.get_by_label("Their zoom").fill("3")
    await expect(crew.locator("[data-camera-status]")).to_have_text("Dr Leila Shah zoomed.")
    assert await crew.evaluate("window.__camera") == {"torch": True, "zoom": 3}
    await photograph(crew, "crew-camera")
    await photograph(specialist, "specialist-camera")

    await crew.get_by_role("button", name="Stop this").click()
    await specialist.get_by_role("button", name="Their light on").click()
    await expect(question).to_be_visible(timeout=SOON_MS)
    await question.get_by_role("button", name="No", exact=True).click()
    await expect(specialist.locator("[data-far-status]")).to_have_text("They said not now.")


async def the_specialist_keeps_what_is_on_screen(specialist: Page) -> None:
    await specialist.get_by_role("button", name="Keep this picture").click()
    await expect(viewer_of(specialist)).to_be_visible(timeout=SOON_MS)
    await expect(viewer_of(specialist).locator("[data-viewer-about]")).to_contain_text(
        "kept from the video"
    )
    await viewer_of(specialist).get_by_role("button", name="Close").click()


async def a_request_outlives_reloads_and_goes_with_who_asked(crew: Page, specialist: Page) -> None:
    waiting = "Asked for a photo. Waiting for their yes…"
    status, question = (
        specialist.locator("[data-far-status]"),
        crew.locator("[data-camera-question]"),
    )
    await specialist.get_by_role("button", name="Ask for a photo").click()
    await expect(question).to_be_visible(timeout=SOON_MS)

    await crew.reload()
    await expect(question).to_contain_text("Dr Leila Shah asks for a close photo.", timeout=SOON_MS)
    await specialist.reload()
    await expect(status).to_have_text(waiting, timeout=SOON_MS)
    await question.get_by_role("button", name="Not now").click()
    await expect(status).to_have_text("They said not now.")

    await specialist.get_by_role("button", name="Ask for a photo").click()
    await expect(question).to_be_visible(timeout=SOON_MS)
    await specialist.get_by_role("button", name="Leave the call").click()
    await specialist.get_by_role("button", name="Leave", exact=True).click()
    await expect(question).to_be_hidden(timeout=SOON_MS)
    await expect(crew.locator("[data-camera-status]")).to_have_text(
        "They do not ask for it any more."
    )
