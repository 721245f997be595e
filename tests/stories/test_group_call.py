"""Two patients of a group and their nurse meet in one call: each sees and hears the others, and
nobody learns another patient's full name."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.async_api import Error, Page, Response, expect

from tests.server import RunningServer, running_server
from tests.stories.conftest import PHONE, Newcomer, confirm_birth_date, photograph, sign_in
from tests.stories.watching import wait_for_frames

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(600)]

LINKS = """async () => {
  const listed = await (await fetch("/api/v1/appointments?limit=100")).json();
  const links = {};
  for (const each of listed.items.filter(({ group }) => group)) {
    const patient = await (await fetch(`/api/v1/patients/${each.patient_id}`)).json();
    const answer = await fetch(`/api/v1/appointments/${each.id}/link`, {
      method: "POST", headers: { "If-Match": `"${each.version}"`, "Idempotency-Key": each.id },
    });
    links[patient.family_name] = (await answer.json()).join_url;
  }
  return links;
}"""
_SENDS_SMALL_LAYERS_ALONE = """async () => {
  const sending = [];
  for (const connection of window.__connections) {
    if (connection.connectionState !== 'connected') continue;
    for (const stat of (await connection.getStats()).values()) {
      if (stat.type !== 'outbound-rtp' || stat.kind !== 'video') continue;
      if (stat.active) sending.push(stat.rid);
    }
  }
  return sending.length > 0 && !sending.includes('f') && sending.every(Boolean);
}"""
_PICTURES = """(most) => [...document.querySelectorAll("[data-pictures] video")]
  .filter((video) => video.videoWidth > 0).length >= most"""


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One of its own: the group is minutes from now."""
    with running_server(tmp_path_factory.mktemp("group")) as server:
        yield server


def overheard(page: Page) -> list[str]:
    """Everything this page receives from here on: pages, answers, messages of its sockets."""
    words: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived",
            lambda frame: words.append(
                frame if isinstance(frame, str) else frame.decode(errors="replace")
            ),
        ),
    )

    async def keep(response: Response) -> None:
        kind = response.headers.get("content-type", "")
        if response.ok and ("html" in kind or "json" in kind):
            with suppress(Error):  # the page has gone on; what it shows in the end is read below
                words.append(await response.text())

    page.on("response", keep)
    return words


async def come(page: Page, link: str, born: tuple[str, str, str], name: str | None) -> None:
    """From the link to the waiting room, told of the group on the way."""
    await confirm_birth_date(page, link, born)
    await expect(page.get_by_text("This is a group call.")).to_be_visible()
    await page.get_by_role("button", name="Get ready to join").click()
    await page.get_by_label("Postcode or address").fill("LS1 4AP")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("heading", name="This is a group call")).to_be_visible()
    await expect(page.get_by_text("The others will see and hear you")).to_be_visible()
    if name:
        await page.get_by_label("Name that the others see").fill(name)
    await photograph(page, "group-told")
    await page.get_by_label("I agree to take part in this group call").check()
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Go to the waiting room").click()
    await expect(page.get_by_text("You are in the waiting room")).to_be_visible()


async def test_a_group_meets_in_one_call(people: Newcomer) -> None:
    desk = await people()
    await sign_in(desk, "sam.reed")
    links = await desk.evaluate(LINKS)
    await desk.close()
    joan, samuel, nurse = await people(PHONE), await people(PHONE), await people()
    to_joan, to_samuel = overheard(joan), overheard(samuel)
    await come(joan, links["Ashworth"], ("14", "3", "1958"), None)
    await come(samuel, links["Adjei"], ("2", "7", "1963"), "Sam A")
    await sign_in(nurse, "nina.walsh")
    await photograph(nurse, "group-today")
    row = nurse.locator("#waiting", has_text="Joan Ashworth")
    await row.get_by_role("link", name="Start the consultation with Mrs Joan Ashworth").click()

    await nurse.get_by_role("button", name="Let everyone in").click()

    for page in (joan, samuel, nurse):
        await page.wait_for_function(_PICTURES, arg=2, timeout=40_000)
        await wait_for_frames(page, within_ms=20_000)
    await expect(nurse.locator("figcaption", has_text="Mrs Joan Ashworth")).to_be_visible()
    await expect(nurse.locator("figcaption", has_text="Mr Samuel Adjei")).to_be_visible()
    await expect(joan.locator("figcaption", has_text="Sam A, patient")).to_be_visible()
    await expect(samuel.locator("figcaption", has_text="Joan, patient")).to_be_visible()
    # Of a picture in a tile nobody needs all lines, and so its sender does not send them.
    await joan.wait_for_function(_SENDS_SMALL_LAYERS_ALONE, timeout=40_000)
    await photograph(joan, "group-patient")
    await photograph(nurse, "group-clinician")

    await nurse.get_by_role("link", name="Samuel Adjei").click()
    await nurse.wait_for_function(_PICTURES, arg=2, timeout=40_000)
    await expect(nurse.locator("h1", has_text="Samuel Adjei")).to_be_visible()

    assert any("Sam A" in said for said in to_joan)
    assert not any("Adjei" in said or "Samuel" in said for said in to_joan)
    assert any('"Joan"' in said for said in to_samuel)
    assert not any("Ashworth" in said for said in to_samuel)
    assert "Adjei" not in await joan.content()
