"""A practice lets calls go directly: patient and GP compare a code, until a call is recorded."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.server import RunningServer, running_server
from tests.stories.conftest import PHONE, Newcomer, photograph, sign_in
from tests.stories.test_recording import ask, meet
from tests.stories.watching import wait_for_frames

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.alone]

ALLOW = """async () => {
  const { organization_id: id } = await (await fetch("/api/v1/me")).json();
  const address = `/api/v1/organizations/${id}`;
  const { version } = await (await fetch(address)).json();
  const answer = await fetch(address, {
    method: "PATCH",
    headers: { "Content-Type": "application/json", "If-Match": `W/"${version}"` },
    body: JSON.stringify({ direct_calls: true }),
  });
  return [answer.status, await answer.json()];
}"""


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One of its own: the policy is for all calls of the practice."""
    with running_server(tmp_path_factory.mktemp("direct")) as server:
        yield server


async def code_on(page: Page) -> str:
    sign = page.locator("[data-quality]")
    await expect(sign.locator("summary")).to_contain_text("direct")
    await sign.locator("summary").click()
    code = sign.locator("[data-way-code]")
    await expect(code).to_be_visible()
    return await code.inner_text()


async def test_patient_and_gp_compare_a_code_until_the_call_is_recorded(
    live_server: RunningServer, people: Newcomer
) -> None:
    administrator = await people()
    await sign_in(administrator, "priya.nair")
    status, changed = await administrator.evaluate(ALLOW)
    assert (status, changed["direct_calls"]) == (200, True)
    patient, clinician = await people(PHONE), await people()

    await meet(live_server, patient, clinician)

    codes = [await code_on(page) for page in (patient, clinician)]
    assert codes[0] == codes[1]
    assert [len(group) for group in codes[0].split(" ")] == [5] * 6
    await photograph(patient, "direct-patient")
    await photograph(clinician, "direct-clinician")

    await ask(clinician)
    await patient.get_by_role("button", name="Yes, record").click()
    for page in (patient, clinician):
        sign = page.locator("[data-quality]")
        await expect(sign.locator("summary")).to_contain_text("recorded")
        await expect(sign.locator("[data-way-code]")).to_be_hidden()
        await wait_for_frames(page, within_ms=20_000)
