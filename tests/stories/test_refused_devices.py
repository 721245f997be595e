"""Someone whose browser says no to the camera joins all the same, and is told what to do."""

import pytest
from playwright.async_api import Page, expect

from tests.stories.conftest import PHONE, Newcomer, photograph, sign_in

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(120)]

REFUSE = """
navigator.mediaDevices.getUserMedia = async (wanted) => {
  throw new DOMException("Permission denied", "NotAllowedError");
};
"""


async def open_own_consultation(clinician: Page) -> None:
    await sign_in(clinician, "amara.okafor")
    await clinician.get_by_role("link", name="Open").first.click()
    await clinician.wait_for_url("**/consultations/*")


async def test_a_refused_camera_keeps_nobody_out(people: Newcomer) -> None:
    clinician = await people(PHONE)
    await clinician.add_init_script(REFUSE)

    await open_own_consultation(clinician)

    trouble = clinician.locator("[data-trouble]")
    await expect(trouble).to_contain_text("does not let this page use your camera")
    await expect(clinician.get_by_text("Nobody else is here yet")).to_be_visible(timeout=10_000)
    await trouble.get_by_role("button", name="What to do").click()
    await expect(clinician.get_by_text("Select the icon at the left end").first).to_be_visible()
    await photograph(clinician, "clinician-no-camera")
