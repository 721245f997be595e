"""The scheduler's calendar over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy.dialects.postgresql import Range

from app import scheduling
from app.database import Database
from app.models import BusySource, BusyTime
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


async def test_columns_are_people_and_rows_are_time(desk: httpx2.AsyncClient) -> None:
    page = await desk.get("/schedule", params=MONDAY)

    assert page.status_code == 200
    assert all(name in page.text for name in ("Dr Alex Adams", "Dr Alex Brown"))
    assert page.text.count("data-free") == 24
    assert '<th scope="row" class="app-grid__time">9am</th>' in page.text


async def test_without_a_date_it_is_today(desk: httpx2.AsyncClient) -> None:
    assert "Friday 20 November 2026" in (await desk.get("/schedule")).text


async def test_a_day_without_times_says_what_to_do(desk: httpx2.AsyncClient) -> None:
    page = await desk.get("/schedule", params={"date": "2026-11-22"})

    assert "Nobody has any times on this day" in page.text


@pytest.mark.parametrize("view", ["day", "week"])
async def test_what_began_the_evening_before_says_so(
    desk: httpx2.AsyncClient, clinic: Clinic, view: str
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(
            clinic.service_id,
            clinic.doctor_id,
            at(23, 45, day=22),
            at(0, 15),
            outside_schedule=True,
        )
        await scheduling.book(session, wanted, scheduling.Details(clinic.patient_id), now=NOW)

    page = (await desk.get("/schedule", params={**MONDAY, "view": view})).text

    assert "Booked, 11:45pm the day before to 12:15am" in page


async def test_a_held_time_is_neither_free_nor_named(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        await scheduling.hold(session, wanted, lifetime=at(10) - NOW, now=NOW)

    fragment = await desk.get("/fragments/schedule", params=MONDAY)

    assert "somebody is booking this time" in fragment.text
    assert fragment.text.count("data-free") == 23
    assert "<html" not in fragment.text


@pytest.mark.parametrize("params", [{"date": "yesterday"}, {"date": "0001-01-01"}])
async def test_no_such_day_is_refused_on_a_page(
    desk: httpx2.AsyncClient, params: dict[str, str]
) -> None:
    page = await desk.get("/schedule", params=params)

    assert page.status_code == 422
    assert "<h1>" in page.text


async def test_moving_what_is_not_there_is_not_found(desk: httpx2.AsyncClient) -> None:
    page = await desk.get("/schedule", params={**MONDAY, "moving": str(uuid4())})

    assert page.status_code == 404


async def test_a_week_shows_seven_days_of_one_person(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    params = {**MONDAY, "view": "week", "who": str(clinic.doctor_id), "what": ""}

    page = await desk.get("/schedule", params=params)

    assert page.status_code == 200
    assert page.text.count("data-free") == 5 * 12
    assert "23 to 29 November 2026" in page.text


async def test_a_week_of_everybody_gathers_who_is_free_at_once(desk: httpx2.AsyncClient) -> None:
    page = await desk.get("/schedule", params={**MONDAY, "view": "week"})

    assert page.text.count("2 free") == 5 * 12
    assert page.text.count("data-free") == 5 * 24


async def test_a_month_counts_and_leads_to_days(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        await scheduling.book(session, wanted, scheduling.Details(clinic.patient_id), now=NOW)

    page = await desk.get("/schedule", params={**MONDAY, "view": "month"})

    assert "November 2026" in page.text
    assert "<strong>1</strong> booked" in page.text
    assert "<strong>23</strong> free" in page.text
    assert 'href="/schedule?date=2026-11-23"' in page.text


async def test_blocked_time_is_said_without_why(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        source = BusySource(
            organization_id=clinic.organization_id,
            practitioner_id=clinic.doctor_id,
            kind="file",
            name="Dentist",
        )
        session.add(source)
        await session.flush()
        session.add(
            BusyTime(
                organization_id=clinic.organization_id,
                source_id=source.id,
                practitioner_id=clinic.doctor_id,
                during=Range(at(9), at(10), bounds="[)"),
            )
        )

    page = await desk.get("/fragments/schedule", params=MONDAY)

    assert "9am to 10am, by their own calendar" in page.text
    assert "Dentist" not in page.text
    assert page.text.count("data-free") == 20


async def test_what_is_outside_the_rota_says_so_and_can_be_moved_by_keyboard(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(
            clinic.service_id, clinic.doctor_id, at(18), outside_schedule=True
        )
        await scheduling.book(session, wanted, scheduling.Details(clinic.patient_id), now=NOW)

    page = await desk.get("/fragments/schedule", params=MONDAY)

    assert "Outside the rota" in page.text
    assert "data-move=" in page.text


async def test_a_time_just_taken_is_explained_in_the_view_it_was_chosen_in(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        mine, taken = [
            (
                await scheduling.book(
                    session,
                    scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(hour)),
                    scheduling.Details(patient),
                    now=NOW,
                )
            ).appointment
            for hour, patient in ((9, clinic.patient_id), (10, clinic.second_patient_id))
        ]
        form = {
            "start": taken.start.isoformat(),
            "practitioner_id": str(clinic.doctor_id),
            "service_id": str(clinic.service_id),
            "version": str(mine.version),
            "view": "week",
            "who": str(clinic.doctor_id),
        }

    refused = await desk.post(f"/appointments/{mine.id}/move", data=form)
    moved = await desk.post(
        f"/appointments/{mine.id}/move", data={**form, "start": at(11).isoformat()}
    )

    assert refused.status_code == 409
    assert "The next free times are below" in refused.text
    assert "23 to 29 November 2026" in refused.text
    assert moved.headers["location"].startswith("/schedule?view=week&date=2026-11-23&who=")


async def test_who_has_no_times_is_named_below_the_day(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        closed = scheduling.OneOff(
            kind="closed", day=at(9).date(), practitioner_id=clinic.second_doctor_id
        )
        await scheduling.add_exception(session, closed, now=NOW)

    page = await desk.get("/schedule", params=MONDAY)

    assert "No times on this day: Dr Alex Brown (away all day)." in page.text


async def test_the_day_on_which_the_clocks_change_names_both_zones(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        noon = datetime(2027, 3, 28, 11, tzinfo=UTC)
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, noon, outside_schedule=True)
        await scheduling.book(session, wanted, scheduling.Details(clinic.patient_id), now=NOW)

    page = await desk.get("/schedule", params={"date": "2027-03-28"})

    assert "(GMT, then BST)" in page.text
    assert '<th scope="row" class="app-grid__time">midday</th>' in page.text


async def test_while_one_is_moved_no_other_can_be(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        details = scheduling.Details(clinic.patient_id)
        booked = await scheduling.book(session, wanted, details, now=NOW)

    page = await desk.get("/schedule", params={**MONDAY, "moving": str(booked.appointment.id)})

    assert "Move here" in page.text
    assert "data-move=" not in page.text


async def test_today_says_which_row_is_now(clinic: Clinic, database_url: str) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        await scheduling.book(session, wanted, scheduling.Details(clinic.patient_id), now=NOW)
    app = service(database_url, People(desk=clinic.scheduler), now=at(9, 5))

    async with client(app, "desk") as desk:
        page = await desk.get("/fragments/schedule", params=MONDAY)

    assert 'aria-current="time">9am<' in page.text
    assert page.text.count('aria-current="time"') == 1
