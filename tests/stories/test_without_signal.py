"""A crew without a signal: everything arrives once, in order, with its times; the pages say so."""

import pytest
from playwright.async_api import Error, Page, expect

from bench.unplugged.rounds import ground
from tests.server import STROKE
from tests.stories.conftest import DESK, PHONE, Newcomer, photograph, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

KEPT = ".app-kept"
CONTROLLED = """async () => {
  const { serviceWorker: worker } = navigator;
  const taken = new Promise((resolve) => worker.addEventListener("controllerchange", resolve));
  await worker.register("/sw.js", { type: "module" });
  if (!worker.controller) await taken;
}"""
QUESTION = "Weak on the left. Thrombolysis?"


def test_cases_entered_without_a_signal_arrive_once_and_in_order() -> None:
    """`make bench NAME=offline` does it fifty times."""
    with ground(seed=7) as here:
        rounds = [here.round(seed) for seed in (101, 102)]

    assert [each.faults for each in rounds] == [[], []]
    assert sum(each.kills for each in rounds) >= 2


async def leave_coverage(crew: Page) -> None:
    """The worker has what it needs; then nothing answers."""
    await crew.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await expect(crew.locator(KEPT)).to_be_hidden()
    await crew.context.set_offline(True)


@pytest.mark.anyio
async def test_the_pages_open_without_a_signal_and_say_what_they_keep(people: Newcomer) -> None:
    crew = await people(PHONE)
    await sign_in(crew, "jo.carter")
    await leave_coverage(crew)

    await crew.goto("/urgent")
    await expect(crew.locator(KEPT)).to_contain_text("No signal.")
    await photograph(crew, "crew-offline-ask")
    await crew.get_by_role("button", name="Ask now").click()
    await expect(crew.get_by_role("alert")).to_contain_text("Choose a specialty")
    await crew.get_by_role("radio", name=STROKE).check()
    await crew.get_by_label("Your question").fill(QUESTION)
    await crew.get_by_role("button", name="Ask now").click()
    await crew.wait_for_url("**/urgent/*")

    await expect(crew.get_by_role("link", name="0113 496 0222")).to_be_visible()
    await crew.get_by_label("Add a note").fill("Takes apixaban")
    await crew.get_by_role("button", name="Keep this note").click()
    await crew.get_by_role("radio", name="Scale 2").check()
    await expect(crew.locator(KEPT)).to_contain_text("3 things kept on this phone")
    await crew.get_by_text("What is kept").click()
    await expect(crew.locator(KEPT)).to_contain_text("Request for advice, Stroke")
    await photograph(crew, "crew-offline-request")

    await crew.context.set_offline(False)
    await expect(crew.locator(".app-urgent__who")).to_contain_text("Ringing", timeout=30_000)
    await expect(crew.locator(".app-notes")).to_contain_text("Takes apixaban")
    await expect(crew.locator(KEPT)).to_be_hidden()
    await expect(crew.get_by_role("radio", name="Scale 2")).to_be_checked()


@pytest.mark.anyio
async def test_a_specialist_without_a_signal_is_not_shown_a_crews_page(people: Newcomer) -> None:
    shah = await people(DESK)
    await sign_in(shah, "leila.shah")
    await shah.evaluate(CONTROLLED)
    await shah.context.set_offline(True)

    with pytest.raises(Error):
        await shah.goto("/")


@pytest.mark.anyio
async def test_a_request_called_off_before_anybody_heard_of_it_never_rings(
    people: Newcomer,
) -> None:
    crew = await people(PHONE)
    await sign_in(crew, "jo.carter")
    await leave_coverage(crew)
    await crew.goto("/urgent")
    await crew.get_by_role("radio", name="Cardiac").check()
    await crew.get_by_label("Your question").fill("Never mind?")
    await crew.get_by_role("button", name="Ask now").click()
    # The button is pressed as soon as it is seen, before the page's script is ready.
    await crew.wait_for_url("**/urgent/*", wait_until="commit")
    request = crew.url.rsplit("/", 1)[1]

    await crew.get_by_role("button", name="Cancel the request").click()
    await crew.wait_for_url("**/urgent")
    await crew.context.set_offline(False)
    await expect(crew.locator(KEPT)).to_be_hidden(timeout=30_000)

    answer = await crew.request.get(f"/api/v1/service-requests/{request}")
    assert answer.status == 404


@pytest.mark.anyio
async def test_signing_out_asks_before_it_deletes_what_was_not_sent(people: Newcomer) -> None:
    crew = await people(PHONE)
    await sign_in(crew, "jo.carter")
    await crew.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await expect(crew.locator(KEPT)).to_be_hidden()
    await crew.context.route("**/api/v1/service-requests", lambda route: route.abort())
    await crew.get_by_role("radio", name="Trauma").check()
    await crew.get_by_label("Your question").fill("Fell from a roof?")
    await crew.get_by_role("button", name="Ask now").click()
    await crew.wait_for_url("**/urgent/*")
    await crew.goto("/urgent")
    await expect(crew.locator(KEPT)).to_contain_text("1 thing kept on this phone")

    await crew.get_by_role("button", name="Sign out").click()
    dialog = crew.get_by_role("dialog")
    await expect(dialog).to_contain_text("1 thing has not been sent.")
    await photograph(crew, "crew-offline-sign-out")
    await dialog.get_by_role("button", name="Stay signed in").click()
    await expect(crew.locator(KEPT)).to_contain_text("1 thing")
    await crew.get_by_role("button", name="Sign out").click()
    await dialog.get_by_role("button", name="Sign out and delete it").click()

    await crew.wait_for_url("**/sign-in")
    left = await crew.evaluate("indexedDB.databases().then((all) => all.length)")
    assert left == 1
