"""The clinic runs late: patients are told, may ask to be rung, and clinicians see it."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from sqlalchemy import select

from app import encounters
from app.database import Database
from app.identity import Actor
from app.models import EncounterParticipant, Schedule
from tests.clinic import Clinic, at, open_clinic
from tests.web.visit.arrival import Arrival, arrival

pytestmark = [pytest.mark.anyio, pytest.mark.database]
NUMBER = "07700 900 999"


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def late(clinic: Clinic, database_url: str) -> AsyncIterator[Arrival]:
    """They came in time; half an hour later nobody has let them in."""
    async with arrival(clinic, database_url, now=at(9, 30)) as opened:
        await wait(clinic, since=at(9))
        yield opened


async def wait(clinic: Clinic, *, since: datetime) -> None:
    """The patient is in the waiting room."""
    async with clinic.database.transaction(Actor(clinic.organization_id)) as session:
        (seat,) = await session.scalars(
            select(EncounterParticipant).where(EncounterParticipant.role == "patient")
        )
        await encounters.record_attendance(session, seat.encounter_id, seat.id, "waiting", at=since)


async def test_lateness_is_said_with_the_probable_time(late: Arrival) -> None:
    page = (await late.browser.get("/visit")).text

    assert "The clinic is running about 30 minutes late" in page
    assert "at about 9:30am" in page
    assert "Ask to be rung instead" in page


async def test_on_time_nobody_is_offered_to_be_rung(clinic: Clinic, database_url: str) -> None:
    async with arrival(clinic, database_url, now=at(8, 50)) as patient:
        page = (await patient.browser.get("/visit")).text
        form = await patient.browser.get("/visit/call-back")

    assert "running" not in page
    assert "Ask to be rung" not in page
    assert form.status_code == 303


async def test_who_is_rung_anyway_is_not_asked_whether_to_be(
    clinic: Clinic, database_url: str
) -> None:
    async with arrival(clinic, database_url, channel="telephone", now=at(9, 30)) as patient:
        page = (await patient.browser.get("/visit")).text
        form = await patient.browser.get("/visit/call-back")

    assert "You will probably be rung at about" in page
    assert "Ask to be rung" not in page
    assert form.headers["location"] == "/visit"


async def test_one_of_a_group_is_not_asked_whether_to_be_rung(
    clinic: Clinic, database_url: str
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Schedule, clinic.schedule_id)).capacity = 3
    async with arrival(clinic, database_url, now=at(9, 30)) as patient:
        await wait(clinic, since=at(9))
        page = (await patient.browser.get("/visit")).text

    assert "The clinic is running about 30 minutes late" in page
    assert "Ask to be rung" not in page


async def test_who_waits_past_the_time_is_not_told_that_it_is_over(late: Arrival) -> None:
    page = (await late.browser.get("/visit")).text

    assert "is over, or has begun" not in page
    assert "It is too late to move or cancel this appointment here." in page


async def test_their_own_number_is_filled_in(late: Arrival) -> None:
    page = (await late.browser.get("/visit/call-back")).text

    assert 'value="07700 900123"' in page


async def test_a_number_is_kept_and_shown_and_can_be_withdrawn(late: Arrival) -> None:
    asked = await late.browser.post("/visit/call-back", data={"phone": NUMBER})
    page = (await late.browser.get("/visit")).text
    kept = (await late.read()).call_back_phone
    await late.browser.post("/visit/call-back/withdraw")

    assert asked.headers["location"] == "/visit?done=call-back"
    assert f"We will ring you on {NUMBER}" in page
    assert kept == NUMBER
    assert (await late.read()).call_back_phone == ""


async def test_what_is_no_number_is_refused_beside_the_field(late: Arrival) -> None:
    page = await late.browser.post("/visit/call-back", data={"phone": "my sister"})

    assert page.status_code == 422
    assert "Enter a phone number with digits" in page.text


async def test_after_the_consultation_nothing_is_kept(late: Arrival, clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        appointment = await session.get_one(type(late.appointment), late.appointment.id)
        appointment.status = "fulfilled"

    answer = await late.browser.post("/visit/call-back", data={"phone": NUMBER})

    assert answer.headers["location"] == "/visit"


async def test_the_desk_sees_it_in_the_schedule(late: Arrival) -> None:
    await late.browser.post("/visit/call-back", data={"phone": NUMBER})

    page = await late.browser.get(
        "/fragments/schedule", params={"date": "2026-11-23"}, headers={"X-Acting": "desk"}
    )

    assert f"Asks to be rung: {NUMBER}" in page.text
