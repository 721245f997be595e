"""Booking through the pages: from a gap in the day to the patient's link."""

import re
from collections.abc import AsyncIterator, Mapping
from uuid import UUID

import httpx2
import pytest

from app import directory, scheduling
from app.database import Database
from tests.clinic import NOW, Clinic, at, open_clinic
from tests.routers.service import People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def desk(clinic: Clinic, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    app = service(database_url, People(desk=clinic.scheduler))
    async with client(app, "desk") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


def place(clinic: Clinic) -> dict[str, str]:
    return {
        "practitioner_id": str(clinic.doctor_id),
        "service_id": str(clinic.service_id),
        "start": at(9).isoformat(),
    }


async def post(
    desk: httpx2.AsyncClient, clinic: Clinic, action: str, **fields: str
) -> httpx2.Response:
    data: Mapping[str, str] = {**place(clinic), "action": action, **fields}
    return await desk.post("/schedule/book", data=data)


def birth_date(prefix: str) -> dict[str, str]:
    return {
        f"{prefix}_birth_date[day]": "17",
        f"{prefix}_birth_date[month]": "5",
        f"{prefix}_birth_date[year]": "1980",
    }


async def test_a_gap_in_the_day_leads_to_the_booking_page(desk: httpx2.AsyncClient) -> None:
    day = await desk.get("/schedule", params={"date": "2026-11-23"})
    gap = re.search(r'href="(/schedule/book\?[^"]+)"', day.text)

    assert gap is not None
    page = await desk.get(gap[1].replace("&amp;", "&"))
    assert page.status_code == 200
    assert "Book with Dr Alex Adams" in page.text


async def test_a_known_patient_is_found_and_booked(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    found = await post(desk, clinic, "find", search_family_name="Young", **birth_date("search"))
    booked = await post(
        desk, clinic, "book", patient_id=str(clinic.patient_id), reason="A long cough"
    )
    day = await desk.get("/fragments/schedule", params={"date": "2026-11-23"})

    assert "1 patient found" in found.text
    assert booked.status_code == 201
    assert re.search(r'value="http://127\.0\.0\.1:8000/join#[a-z2-7]{32}"', booked.text)
    assert "Kim Young" in day.text


async def test_a_new_patient_is_added_and_chosen(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    added = await post(
        desk, clinic, "add", given_name="Ada", family_name="Quill", **birth_date("new")
    )

    assert added.status_code == 200
    assert "Ada Quill" in added.text
    assert 'name="reason"' in added.text


@pytest.mark.parametrize(
    ("action", "fields", "words"),
    [
        ("find", {"search_nhs_number": "943 476 5918"}, "Check the NHS number"),
        ("find", {}, "Enter an NHS number, or a last name"),
        ("find", {"search_birth_date[day]": "31"}, "Enter a real date of birth"),
        ("add", {"family_name": "Quill"}, "Enter a first name"),
        ("add", {"given_name": "Kim", "family_name": "Young", **birth_date("new")}, "registered"),
        ("choose", {}, "Choose a patient first"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field(
    desk: httpx2.AsyncClient,
    clinic: Clinic,
    action: str,
    fields: dict[str, str],
    words: str,
) -> None:
    page = await post(desk, clinic, action, **fields)

    assert page.status_code in {409, 422}
    assert "nhsuk-error-summary" in page.text
    assert words in page.text


async def test_a_taken_time_is_explained_with_the_next_free_ones(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        details = scheduling.Details(clinic.second_patient_id)
        await scheduling.book(session, wanted, details, now=NOW)

    page = await post(desk, clinic, "book", patient_id=str(clinic.patient_id))

    assert page.status_code == 409
    assert "That time has just been taken" in page.text
    assert "23 Nov 2026 9:15am, Dr Alex Adams" in page.text


async def book(clinic: Clinic, hour: int, patient_id: UUID, doctor_id: UUID) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, doctor_id, at(hour))
        await scheduling.book(session, wanted, scheduling.Details(patient_id), now=NOW)


async def test_a_patient_with_another_appointment_is_offered_times_without_one(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await book(clinic, 9, clinic.patient_id, clinic.second_doctor_id)

    page = await post(desk, clinic, "book", patient_id=str(clinic.patient_id))

    assert page.status_code == 409
    assert "Kim Young has another appointment at that time" in page.text
    assert "23 Nov 2026 9:15am, Dr Alex Adams" in page.text
    assert "23 Nov 2026 9am, Dr Alex" not in page.text


async def test_where_a_colleague_is_busy_times_are_offered_when_all_can(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await book(clinic, 9, clinic.second_patient_id, clinic.second_doctor_id)

    page = await post(
        desk,
        clinic,
        "book",
        patient_id=str(clinic.patient_id),
        with_ids=str(clinic.second_doctor_id),
        reason="A long cough",
    )

    assert page.status_code == 409
    assert "Not everybody is free at that time" in page.text
    assert "23 Nov 2026 9:15am, Dr Alex Adams" in page.text
    assert "Alex Brown</button>" not in page.text
    assert page.text.count(f'value="{clinic.second_doctor_id}"') > 1
    assert page.text.count('value="A long cough"') > 1


@pytest.mark.parametrize("action", ["find", "book"])
async def test_a_time_outside_of_every_rota_is_explained_at_once(
    desk: httpx2.AsyncClient, clinic: Clinic, action: str
) -> None:
    page = await post(
        desk,
        clinic,
        action,
        start=at(14).isoformat(),
        patient_id=str(clinic.patient_id),
        search_family_name="Young",
        **birth_date("search"),
    )

    assert page.status_code == 409
    assert "That time cannot be booked" in page.text
    assert "24 Nov 2026 9am, Dr Alex" in page.text
    assert "Find the patient" not in page.text


async def test_a_time_that_is_over_leads_to_the_next(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    page = await desk.get(
        "/schedule/book", params={**place(clinic), "start": at(7, day=20).isoformat()}
    )

    assert page.status_code == 409
    assert "That time is over" in page.text


async def test_a_room_is_booked_along(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        room = await directory.add_location(session, directory.NewLocation(name="Room 4"))

    page = await post(desk, clinic, "choose", patient_id=str(clinic.patient_id))
    first = await post(
        desk, clinic, "book", patient_id=str(clinic.patient_id), with_ids=str(room.id)
    )
    second = await post(
        desk,
        clinic,
        "book",
        practitioner_id=str(clinic.second_doctor_id),
        patient_id=str(clinic.second_patient_id),
        with_ids=str(room.id),
    )

    assert "Room 4" in page.text
    assert first.status_code == 201
    assert "Not everybody is free at that time" in second.text


async def test_a_group_says_how_many_places_are_left(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        schedule = await scheduling.find_schedule(session, clinic.schedule_id)
        schedule.capacity, schedule.channel = 3, "telephone"
    before = await post(desk, clinic, "choose", patient_id=str(clinic.patient_id))
    booked = await post(desk, clinic, "book", patient_id=str(clinic.patient_id))
    after = await post(desk, clinic, "choose", patient_id=str(clinic.second_patient_id))

    assert booked.status_code == 201
    assert "By telephone. A group: <strong>3 of 3 places left" in before.text
    assert "2 of 3 places left" in after.text


@pytest.mark.parametrize(
    ("soonest", "got"),
    [("anybody", "9am with Dr Alex Brown"), ("same", "9:15am with Dr Alex Adams")],
)
async def test_when_the_first_free_time_is_just_taken_the_next_is_booked(
    desk: httpx2.AsyncClient, clinic: Clinic, soonest: str, got: str
) -> None:
    await book(clinic, 9, clinic.second_patient_id, clinic.doctor_id)

    booked = await post(desk, clinic, "book", patient_id=str(clinic.patient_id), soonest=soonest)

    assert booked.status_code == 201
    assert got in booked.text
    assert "Somebody else was faster" in booked.text


async def test_another_organisations_patient_is_not_there(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    other = await open_clinic(clinic.database, "A81002")

    page = await post(desk, clinic, "choose", patient_id=str(other.patient_id))

    assert page.status_code == 404
