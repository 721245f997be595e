"""The first story: booked over the API, joined from the link, seen by the GP, on record."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4, uuid5

import httpx2
import pytest
from playwright.async_api import Page, expect

from app.cli.demo import world
from tests.server import RunningServer, running_server
from tests.stories.conftest import PHONE, Newcomer, confirm_birth_date, photograph, sign_in
from tests.stories.watching import (
    LINES_OF_THREE,
    assert_back_after_reload,
    assert_in_the_call,
    wait_for_frames,
)

pytestmark = [pytest.mark.anyio, pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.alone]

NHS_NUMBER, BIRTH_DATE = "9990000042", ("9", "1", "1974")
SUMMARY = "Rest, and ring again on Monday if it is no better."


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One of its own: on the shared one, others may have booked the half hour from now."""
    with running_server(tmp_path_factory.mktemp("appointment")) as server:
        yield server


class Scheduler:
    """A scheduler's system: client credentials, then plain HTTP."""

    def __init__(self, client: httpx2.AsyncClient, server: RunningServer) -> None:
        self.client = client
        self.server = server

    async def sign_in(self) -> None:
        answer = await self.client.post(
            "/api/v1/token",
            data={"grant_type": "client_credentials"},
            auth=(world.CLIENT_ID, world.CLIENT_SECRET),
        )
        token = answer.json()["access_token"]
        self.client.headers["Authorization"] = f"Bearer {token}"

    async def book(self) -> str:
        """Books the patient with Dr Hughes minutes from now; gives the patient's link."""
        found = await self.client.post("/api/v1/patients/search", json={"nhs_number": NHS_NUMBER})
        patient = found.json()["items"][0]
        start = await self._free_start()
        booked = await self.client.post(
            "/api/v1/appointments",
            headers={"Idempotency-Key": uuid4().hex},
            json={
                "service_id": str(uuid5(world.NAMESPACE, world.CONSULTATION)),
                "practitioner_id": str(world.PEOPLE[1].id),
                "patient_id": patient["id"],
                "start": start.isoformat(),
                "end": (start + timedelta(minutes=5)).isoformat(),
                "outside_schedule": True,
                "reason": "Cough for three weeks",
            },
        )
        assert booked.status_code == 201, booked.text
        link: str = booked.json()["join_url"]
        return link

    async def _free_start(self) -> datetime:
        """Within the half hour in which the waiting room is open, and between the others."""
        listed = await self.client.get("/api/v1/appointments", params={"limit": 100})
        taken = [
            (datetime.fromisoformat(each["start"]), datetime.fromisoformat(each["end"]))
            for each in listed.json()["items"]
            if each["status"] in {"booked", "arrived", "pending", "fulfilled"}
            and each["practitioner_id"] == str(world.PEOPLE[1].id)
        ]
        soon = self.server.now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        starts = (soon + timedelta(minutes=step) for step in range(30))
        return next(
            start
            for start in starts
            if not any(start < end and begin < start + timedelta(minutes=5) for begin, end in taken)
        )


async def go_to_the_waiting_room(patient: Page, link: str) -> None:
    await confirm_birth_date(patient, link, BIRTH_DATE)
    await photograph(patient, "patient-appointment")
    await patient.get_by_role("button", name="Get ready to join").click()
    await photograph(patient, "patient-where")
    await patient.get_by_label("Postcode or address").fill("LS1 4AP")
    await patient.get_by_role("button", name="Continue").click()
    async with patient.expect_response("**/line-checks") as keeping:
        await expect(patient.get_by_text("Good for video")).to_be_visible(timeout=20_000)
    assert (await keeping.value).status == 204
    await expect(patient.get_by_text("Your camera works")).to_be_visible()
    await expect(patient.get_by_text("We can hear you")).to_be_visible()
    await photograph(patient, "patient-ready")
    await patient.get_by_role("button", name="Go to the waiting room").click()
    await expect(patient.locator(".app-waiting__place", has_text="next")).to_be_visible(
        timeout=10_000
    )
    await photograph(patient, "patient-waiting")


async def let_in(clinician: Page) -> None:
    await clinician.get_by_role("button", name="Let", exact=False).first.click()


async def test_a_patient_is_seen_by_the_gp(live_server: RunningServer, people: Newcomer) -> None:
    async with httpx2.AsyncClient(base_url=live_server.url) as client:
        scheduler = Scheduler(client, live_server)
        await scheduler.sign_in()
        link = await scheduler.book()
    patient, clinician = await people(PHONE), await people()
    await sign_in(clinician, "ben.hughes")

    await go_to_the_waiting_room(patient, link)
    row = clinician.locator("#waiting", has_text="Peter Lindqvist")
    await expect(row).to_be_visible()  # it came by itself: nothing was reloaded
    await photograph(clinician, "clinician-today")
    await row.get_by_role("link", name="Start").click()
    await let_in(clinician)
    await assert_in_the_call(patient, clinician)
    await photograph(clinician, "clinician-consultation")
    await photograph(patient, "patient-call")

    await assert_back_after_reload(patient, clinician)
    await assert_back_after_reload(clinician, patient)

    patient = await move_to_another_device(patient, link, people)
    guest = await join_as_guest(clinician, people)
    await expect(patient.locator(".app-tile")).to_have_count(2)
    await assert_in_the_call(patient, clinician, guest, lines=LINES_OF_THREE)

    await write_a_note(clinician)
    await finish(clinician)
    await expect(patient.get_by_text(SUMMARY)).to_be_visible(timeout=10_000)
    await expect(guest.get_by_role("heading", name="Your call has ended")).to_be_visible()
    assert SUMMARY not in await guest.content()
    await photograph(patient, "patient-after")
    await assert_on_record(people)
    await assert_support_sees_the_check(people)


async def move_to_another_device(patient: Page, link: str, people: Newcomer) -> Page:
    """The same link, opened elsewhere, goes on there; the first page says so."""
    other = await people(PHONE)
    await confirm_birth_date(other, link, BIRTH_DATE)
    await other.goto("/visit/call")
    await wait_for_frames(other)
    await expect(patient.get_by_text("The call goes on there")).to_be_visible(timeout=10_000)
    return other


async def join_as_guest(clinician: Page, people: Newcomer) -> Page:
    """The third person: invited by link, let in, in the call."""
    await clinician.get_by_role("button", name="Invite someone").click()
    await clinician.get_by_label("Their name").fill("Ines Moreau")
    await clinician.get_by_role("button", name="Make a link").click()
    field = clinician.get_by_label("Send them this link")
    await expect(field).to_have_value(re.compile("/join#"))
    link = await field.input_value()
    await clinician.get_by_role("button", name="Done").click()
    guest = await people(PHONE)
    await guest.goto(link)
    await guest.get_by_label("Your name").fill("Ines Moreau")
    await photograph(guest, "guest-name")
    await guest.get_by_role("button", name="Continue").click()
    await guest.wait_for_url("**/visit")
    await guest.goto("/visit/call")
    await let_in(clinician)
    return guest


async def write_a_note(clinician: Page) -> None:
    await clinician.get_by_role("tab", name="Notes").click()
    await clinician.get_by_label("Your notes").fill("Chest clear. No red flags.")
    await expect(clinician.locator("[data-saved]")).to_contain_text("Saved", timeout=10_000)


async def finish(clinician: Page) -> None:
    await clinician.get_by_role("button", name="Finish", exact=True).click()
    await clinician.get_by_label("Advice", exact=False).first.check()
    await clinician.get_by_label("What you agreed").fill(SUMMARY)
    await photograph(clinician, "clinician-finish")
    await clinician.get_by_role("button", name="Finish for everyone").click()
    await clinician.wait_for_url("**/today")


async def assert_on_record(people: Newcomer) -> None:
    """An auditor finds every step."""
    auditor = await people()
    await sign_in(auditor, "chris.lang")
    await auditor.goto("/audit")
    await photograph(auditor, "auditor")
    answer = await auditor.request.get("/api/v1/audit-events?limit=100")
    done = {event["what"] for event in (await answer.json())["items"]}
    assert {"finish Encounter", "admit participant", "join Encounter"} <= done


async def assert_support_sees_the_check(people: Newcomer) -> None:
    """What the patient's device found out while they got ready."""
    office = await people()
    await sign_in(office, "priya.nair")
    await office.goto("/line-checks")
    check = office.locator(".app-found li").first
    await expect(check).to_contain_text("Patient")
    await expect(check).to_contain_text("Good for video")
    await expect(check).to_contain_text("Sound and picture went by UDP.")
    await photograph(office, "line-checks")
    await check.get_by_role("link", name="all checks of this consultation").click()
    await expect(office.locator(".app-found li")).to_have_count(1)
