"""The clinician's day: honest states, who waits on top."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import select

from app import encounters, scheduling
from app.database import Database
from app.identity import Principal
from app.models import Appointment, Encounter, EncounterParticipant, Schedule
from tests.clinic import NOW, Clinic, at, open_clinic
from tests.routers.service import People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
LATER = at(9, 7)


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


async def book(clinic: Clinic) -> UUID:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        details = scheduling.Details(clinic.patient_id, "A long cough")
        booking = await scheduling.book(session, wanted, details, now=NOW)
        found = await session.scalar(
            select(Encounter.id).where(Encounter.appointment_id == booking.appointment.id)
        )
        assert found is not None
        return found


async def come(clinic: Clinic, encounter_id: UUID) -> None:
    """The patient enters the waiting room at 9 o'clock."""
    async with clinic.database.transaction(clinic.actor) as session:
        seat = await session.scalar(
            select(EncounterParticipant.id).where(
                EncounterParticipant.encounter_id == encounter_id,
                EncounterParticipant.role == "patient",
            )
        )
        assert seat is not None
        await encounters.record_attendance(session, encounter_id, seat, "waiting", at=at(9))


async def look(
    clinic: Clinic, database_url: str, path: str, *, now: datetime = LATER
) -> httpx2.Response:
    doctor = Principal(
        kind="staff",
        subject=uuid4(),
        organization_id=clinic.organization_id,
        name="Dr Alex Adams",
        roles=frozenset({"clinician"}),
        practitioner_id=clinic.doctor_id,
    )
    async with client(service(database_url, People(doctor=doctor), now), "doctor") as opened:
        return await opened.get(path, headers={"Accept": "text/html"})


async def test_an_empty_day_says_what_will_come(clinic: Clinic, database_url: str) -> None:
    page = await look(clinic, database_url, "/today")

    assert "Monday 23 November 2026" in page.text
    assert "Nobody is booked with you today" in page.text


async def test_who_is_booked_is_listed(clinic: Clinic, database_url: str) -> None:
    encounter_id = await book(clinic)

    page = await look(clinic, database_url, "/today")

    assert all(words in page.text for words in ("9am", "Kim Young, 46", "A long cough"))
    assert "Not arrived" in page.text
    assert f"/consultations/{encounter_id}" in page.text
    assert "Waiting for you" not in page.text


async def test_who_waits_is_on_top_with_the_wait(clinic: Clinic, database_url: str) -> None:
    await come(clinic, await book(clinic))

    fragment = await look(clinic, database_url, "/fragments/today")

    assert "Waiting for you" in fragment.text
    assert f'data-since="{at(9).isoformat()}">7 min' in fragment.text
    assert 'data-announcement="1 person is waiting"' in fragment.text
    assert LATER - at(9) == timedelta(minutes=7)


async def test_who_asks_to_be_rung_says_on_which_number(clinic: Clinic, database_url: str) -> None:
    encounter_id = await book(clinic)
    async with clinic.database.transaction(clinic.actor) as session:
        encounter = await session.get_one(Encounter, encounter_id)
        appointment = await session.get_one(Appointment, encounter.appointment_id)
        appointment.call_back_phone = "07700 900999"

    page = await look(clinic, database_url, "/fragments/today")

    assert "Asks to be rung" in page.text
    assert 'href="tel:07700900999"' in page.text


async def test_who_comes_just_after_midnight_is_listed_with_the_day(
    clinic: Clinic, database_url: str
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        midnight = at(0, day=24)
        wanted = scheduling.Wanted(
            clinic.service_id, clinic.doctor_id, midnight, outside_schedule=True
        )
        await scheduling.book(session, wanted, scheduling.Details(clinic.patient_id), now=NOW)

    page = await look(clinic, database_url, "/today", now=at(23, 45))

    assert "Monday 23 November 2026" in page.text
    assert ">midnight, Tue<" in page.text


async def test_who_did_not_come_is_not_of_the_group(clinic: Clinic, database_url: str) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Schedule, clinic.schedule_id)).capacity = 3
    for patient_id in (clinic.patient_id, clinic.second_patient_id):
        async with clinic.database.transaction(clinic.actor) as session:
            wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
            booking = await scheduling.book(
                session, wanted, scheduling.Details(patient_id), now=NOW
            )
    both = await look(clinic, database_url, "/fragments/today")

    missing = booking.appointment
    async with clinic.database.transaction(clinic.actor) as session:
        await scheduling.mark(session, missing.id, "noshow", version=missing.version, now=at(9, 30))
    one = await look(clinic, database_url, "/fragments/today")

    assert both.text.count("Group of 2") == 2
    assert one.text.count("Group of") == one.text.count("Group of 1") == 1
