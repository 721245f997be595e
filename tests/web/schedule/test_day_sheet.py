"""The day on paper, and the way to the first free time."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from app import directory, scheduling
from app.database import Database
from app.models import Schedule
from app.models.paging import After
from tests.clinic import NOW, Clinic, at, open_clinic
from tests.routers.service import People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
MONDAY = {"date": "2026-11-23"}


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def desk(clinic: Clinic, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    app = service(database_url, People(desk=clinic.scheduler))
    async with client(app, "desk") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


async def test_a_sheet_has_what_is_needed_and_no_name_in_its_title(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        details = scheduling.Details(clinic.patient_id, "Asthma check")
        await scheduling.book(session, wanted, details, now=NOW)

    page = (await desk.get("/schedule/day-sheet", params=MONDAY)).text

    assert all(words in page for words in ("Kim Young", "17 May 1980", "Asthma check", "Video"))
    assert "Dr Alex Adams, Monday 23 November 2026" in page
    assert "Dr Alex Brown" not in page
    assert "<title>Day sheet" in page


async def test_everybodys_sheet_names_who_and_where_besides(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        room = await directory.add_location(session, directory.NewLocation(name="Room 1"))
        with_ids = (clinic.second_doctor_id, room.id)
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9), with_ids=with_ids)
        details = scheduling.Details(clinic.patient_id)
        await scheduling.book(session, wanted, details, now=NOW)

    page = (await desk.get("/schedule/day-sheet", params=MONDAY)).text

    assert page.count("Kim Young") == 2
    assert "With Dr Alex Brown, Room 1" in page
    assert "With Dr Alex Adams, Room 1" in page


async def test_a_line_that_began_the_evening_before_says_so(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(
            clinic.service_id,
            clinic.doctor_id,
            at(23, 45),
            at(0, 15, day=24),
            outside_schedule=True,
        )
        await scheduling.book(session, wanted, scheduling.Details(clinic.patient_id), now=NOW)

    evening = (await desk.get("/schedule/day-sheet", params=MONDAY)).text
    morning = (await desk.get("/schedule/day-sheet", params={"date": "2026-11-24"})).text

    assert ">11:45pm to 12:15am<" in evening
    assert ">11:45pm the day before to 12:15am<" in morning


async def test_a_groups_lines_say_that_they_are_one(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        schedule = await session.get_one(Schedule, clinic.schedule_id)
        schedule.capacity = 3
    async with clinic.database.transaction(clinic.actor) as session:
        for patient_id in (clinic.patient_id, clinic.second_patient_id):
            wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
            await scheduling.book(session, wanted, scheduling.Details(patient_id), now=NOW)
        alone = scheduling.Wanted(
            clinic.service_id, clinic.doctor_id, at(20), at(20, 15), outside_schedule=True
        )
        await scheduling.book(session, alone, scheduling.Details(clinic.patient_id), now=NOW)

    page = (await desk.get("/schedule/day-sheet", params=MONDAY)).text

    assert page.count("Group, 2 patients") == 2
    assert page.count("Group,") == 2


async def test_only_who_leads_it_moves_it_on_the_page(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        with_ids = (clinic.second_doctor_id,)
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9), with_ids=with_ids)
        await scheduling.book(session, wanted, scheduling.Details(clinic.patient_id), now=NOW)

    day = (await desk.get("/schedule", params=MONDAY)).text
    week = (await desk.get("/schedule", params=MONDAY | {"view": "week"})).text

    assert day.count("<strong>Kim Young</strong>") == 2
    assert day.count('draggable="true"') == day.count("data-move=") == 1
    assert "Booked, 9am to 9:15am, with Dr Alex Adams" in day
    assert week.count("<strong>Kim Young</strong>") == 1


async def test_a_day_without_bookings_says_so(desk: httpx2.AsyncClient) -> None:
    page = await desk.get("/schedule/day-sheet", params=MONDAY)

    assert "Nobody is booked on this day." in page.text


async def test_the_first_free_time_is_soonest_with_anybody(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    found = await desk.get("/schedule/first", params={"who": "", "what": ""})
    page = await desk.get(found.headers["location"])

    assert found.status_code == 303
    assert "9am to 9:15am, Friday 20 November 2026" in page.text
    assert str(clinic.service_id) in found.headers["location"]


async def test_when_nothing_is_free_that_is_explained(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        for schedule in (await scheduling.list_schedules(session, after=After())).items:
            await scheduling.end_schedule(session, schedule.id, version=1, now=NOW)

    page = await desk.get("/schedule/first")

    assert page.status_code == 409
    assert "Nothing is free in the next 3 months" in page.text
