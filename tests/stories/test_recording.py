"""A call is recorded: everybody is asked, sees the sign, can stop it, and the GP plays it."""

import re
from collections.abc import Iterator

import httpx2
import pytest
from playwright.async_api import Page, expect

from tests.server import RunningServer, running_server
from tests.stories.conftest import PHONE, Newcomer, confirm_birth_date, photograph, sign_in
from tests.stories.test_pictures import in_a_call
from tests.stories.test_video_appointment import BIRTH_DATE, Scheduler, let_in
from tests.stories.watching import wait_for_frames

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(600)]

PREPARED_MS = 60_000
"""Films are made every quarter of a minute, behind everything else."""

_PLAYED = """async (video) => {
  video.muted = true;
  await video.play();
  const from = video.currentTime;
  await new Promise((done) => setTimeout(done, 2000));
  return {seconds: video.currentTime - from, width: video.videoWidth, length: video.duration};
}"""


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One of its own: on the shared one, others may have booked the half hour from now."""
    with running_server(tmp_path_factory.mktemp("recording")) as server:
        yield server


async def meet(server: RunningServer, patient: Page, clinician: Page) -> None:
    """Both are in the call and see each other."""
    async with httpx2.AsyncClient(base_url=server.url) as client:
        scheduler = Scheduler(client, server)
        await scheduler.sign_in()
        link = await scheduler.book()
    await sign_in(clinician, "ben.hughes")
    await confirm_birth_date(patient, link, BIRTH_DATE)
    await patient.get_by_role("button", name="Get ready to join").click()
    await patient.get_by_label("Postcode or address").fill("LS1 4AP")
    await patient.get_by_role("button", name="Continue").click()
    await patient.get_by_role("button", name="Go to the waiting room").click()
    row = clinician.locator("#waiting", has_text="Peter Lindqvist")
    await row.get_by_role("link", name="Start").click()
    await let_in(clinician)
    await wait_for_frames(patient, within_ms=20_000)
    await wait_for_frames(clinician, within_ms=20_000)


async def ask(clinician: Page) -> None:
    await clinician.get_by_role("button", name="Record").click()
    await expect(clinician.get_by_role("dialog", name="Record this call?")).to_be_visible()
    await photograph(clinician, "recording-ask")
    await clinician.get_by_role("button", name="Yes, ask everyone").click()


async def test_a_call_is_recorded_while_everybody_agrees(
    live_server: RunningServer, people: Newcomer
) -> None:
    patient, clinician = await people(PHONE), await people()
    await meet(live_server, patient, clinician)
    signs = [
        page.locator("strong", has_text="Recording this call") for page in (patient, clinician)
    ]

    await ask(clinician)
    await expect(patient.get_by_text("May this call be recorded?")).to_be_visible()
    for sign in signs:
        await expect(sign).to_be_hidden()
    await photograph(patient, "recording-question")
    await photograph(clinician, "recording-waiting")

    await answer_by_keyboard(patient)
    for sign in signs:
        await expect(sign).to_be_visible()
    await photograph(patient, "recording-patient")
    await photograph(clinician, "recording-clinician")

    await clinician.wait_for_timeout(3_000)
    await patient.get_by_role("button", name="Stop recording me").click()
    for sign in signs:
        await expect(sign).to_be_hidden()
    await expect(
        clinician.locator("[data-recording-note]", has_text="Somebody took back their yes")
    ).to_be_visible()
    await expect(
        patient.locator("[data-recording-note]", has_text="You took back your yes")
    ).to_be_visible()
    await photograph(clinician, "recording-withdrawn")

    await plays(clinician)


async def answer_by_keyboard(patient: Page) -> None:
    await patient.get_by_role("button", name="Yes, record").focus()
    await patient.keyboard.press("Enter")


async def plays(clinician: Page) -> None:
    """What was recorded until then, from the consultation's own page."""
    await clinician.get_by_role("tab", name="Pictures").click()
    link = clinician.get_by_role("link", name=re.compile("Recording of"))
    await expect(link).to_be_visible(timeout=PREPARED_MS)
    url = await link.get_attribute("href")
    await clinician.goto(f"{url}")
    videos = clinician.locator("video")
    await expect(videos).to_have_count(2)
    for place in range(2):
        shown = await videos.nth(place).evaluate(_PLAYED)
        assert shown["seconds"] > 1.0
        assert shown["width"] > 0
        assert shown["length"] > 3
    await expect(clinician.get_by_text("Said yes, and took it back")).to_be_visible()
    await photograph(clinician, "recording-played")


async def test_a_no_leaves_the_call_as_it_is(live_server: RunningServer, people: Newcomer) -> None:
    patient, clinician = await people(PHONE), await people()
    await meet(live_server, patient, clinician)

    await ask(clinician)
    await patient.get_by_role("button", name="No, do not record").click()

    await expect(
        clinician.locator("[data-recording-note]", has_text="Somebody said no.")
    ).to_be_visible()
    await expect(patient.locator("[data-recording-note]", has_text="You said no.")).to_be_visible()
    await expect(patient.get_by_text("May this call be recorded?")).to_be_hidden()
    await wait_for_frames(patient, within_ms=10_000, more_than=30)


async def test_a_crew_is_asked_sees_the_sign_and_stops_it(people: Newcomer) -> None:
    crew, specialist = await people(PHONE), await people()
    await in_a_call(crew, specialist)
    signs = [page.locator("strong", has_text="Recording this call") for page in (crew, specialist)]

    await ask(specialist)
    await expect(crew.get_by_text("May this call be recorded?")).to_be_visible()
    await photograph(crew, "recording-crew-question")
    await crew.get_by_role("button", name="Yes, record").click()
    for sign in signs:
        await expect(sign).to_be_visible()
    await photograph(crew, "recording-crew")

    await crew.get_by_role("button", name="Stop recording me").click()
    for sign in signs:
        await expect(sign).to_be_hidden()
    await expect(
        specialist.locator("[data-recording-note]", has_text="took back their yes")
    ).to_be_visible()
    await expect(crew.get_by_role("link", name=re.compile("Recording of"))).to_be_visible(
        timeout=PREPARED_MS
    )
