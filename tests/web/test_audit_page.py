"""The auditor's search."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import httpx2
import pytest

from app import audit, directory
from app.clock import utc_now
from app.database import Database
from app.identity import Principal
from tests.clinic import Clinic, open_clinic
from tests.routers.service import People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
NHS_NUMBER = "9990000018"


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def desk(clinic: Clinic, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    auditor = Principal(
        kind="staff",
        subject=clinic.scheduler.subject,
        organization_id=clinic.organization_id,
        name="Chris Lang",
        roles=frozenset({"auditor"}),
    )
    people = People(auditor=auditor, scheduler=clinic.scheduler)
    async with client(service(database_url, people), "auditor") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


@pytest.fixture(autouse=True)
async def deeds(clinic: Clinic) -> None:
    """One patient registered by NHS number, one opened, one attempt refused."""
    async with clinic.database.transaction(clinic.actor) as session:
        new = directory.NewPatient(
            nhs_number=NHS_NUMBER,
            given_name="Ada",
            family_name="Quill",
            birth_date=date(1980, 1, 1),
        )
        await directory.register_patient(session, new)
        await directory.read_patient(session, clinic.patient_id)
        audit.record_refusal(session, "GET refused", resource="Patient", resource_id="1")


async def test_the_newest_events_are_shown(desk: httpx2.AsyncClient) -> None:
    page = await desk.get("/audit")

    assert page.status_code == 200
    assert all(words in page.text for words in ("Sam Desk", "Opened a patient", "Kim Young"))
    assert "Refused" in page.text


async def test_one_patients_events_are_found_by_nhs_number(desk: httpx2.AsyncClient) -> None:
    page = await desk.post("/audit", data={"nhs_number": "999 000 0018"})

    assert "Registered a patient" in page.text
    assert "Kim Young" not in page.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "nobody"}, "Nothing was found"),
        ({"nhs_number": "9990000026"}, "Nothing was found"),
        ({"nhs_number": "1"}, "Check the NHS number"),
        ({"date[day]": "31", "date[month]": "2", "date[year]": "2026"}, "Enter a real date"),
    ],
)
async def test_finding_nothing_says_what_to_do(
    desk: httpx2.AsyncClient, fields: dict[str, str], words: str
) -> None:
    assert words in (await desk.post("/audit", data=fields)).text


async def test_a_day_without_deeds_is_empty(desk: httpx2.AsyncClient) -> None:
    day = utc_now().date() - timedelta(days=400)
    fields = {"date[day]": str(day.day), "date[month]": str(day.month), "date[year]": str(day.year)}

    assert "Nothing was found" in (await desk.post("/audit", data=fields)).text


async def test_only_what_was_refused(desk: httpx2.AsyncClient) -> None:
    page = await desk.post("/audit", data={"refused": "yes"})

    assert "GET refused" in page.text
    assert "Opened a patient" not in page.text


async def test_older_events_follow(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        for _ in range(60):
            audit.record(session, "R", "Counted", resource="Test")

    page = await desk.get("/audit")
    before = page.text.split('name="before" value="')[1].split('"')[0]
    before_id = page.text.split('name="before_id" value="')[1].split('"')[0]
    older = await desk.post("/audit", data={"before": before, "before_id": before_id})

    assert "Older events" in page.text
    assert "Registered a patient" in older.text
    assert "Older events" not in older.text


async def test_only_auditors_search(desk: httpx2.AsyncClient) -> None:
    page = await desk.get("/audit", headers={"X-Acting": "scheduler"})

    assert page.status_code == 403
