"""A practitioner's page for their own feed."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest

from app.database import Database
from tests.clinic import Clinic, open_clinic
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def page(clinic: Clinic, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    doctor = replace(
        clinic.scheduler, roles=frozenset({"clinician"}), practitioner_id=clinic.doctor_id
    )
    patient = replace(doctor, kind="patient", roles=frozenset())
    people = People(doctor=doctor, patient=patient)
    async with client(service(database_url, people), "doctor") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


async def test_an_address_is_made_and_shown_once(page: httpx2.AsyncClient) -> None:
    before = await page.get("/calendar-feed")
    made = await page.post("/calendar-feed")
    after = await page.get("/calendar-feed")

    address = made.text.split('readonly value="')[1].split('"')[0]
    assert "Make an address" in before.text
    assert (await page.get(address[address.index("/calendar/") :])).status_code == 200
    assert address not in after.text
    assert "Make a new address" in after.text


async def test_an_ended_feed_can_be_ended_again(page: httpx2.AsyncClient) -> None:
    await page.post("/calendar-feed")

    first, second = await page.post("/calendar-feed/end"), await page.post("/calendar-feed/end")

    assert (first.status_code, second.status_code) == (303, 303)
    assert "Make an address" in (await page.get("/calendar-feed")).text


async def test_patients_have_none(page: httpx2.AsyncClient) -> None:
    assert (await page.get("/calendar-feed", headers={ACTING: "patient"})).status_code == 403
