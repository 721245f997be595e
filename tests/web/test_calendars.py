"""Other calendars: added by address or file, problems in words, overlaps named."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import select

from app import scheduling
from app.database import Database
from app.models import BusySource
from app.scheduling import Details, Wanted
from tests.clinic import NOW, Clinic, at, open_clinic
from tests.routers.service import ACTING, People, client, service
from tests.scheduling.busy.calendars import calendar, event

pytestmark = [pytest.mark.anyio, pytest.mark.database]
FILE = calendar(event("DTSTART:20261123T090000Z\nDURATION:PT1H"))


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def desk(clinic: Clinic, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    doctor = replace(
        clinic.scheduler, roles=frozenset({"clinician"}), practitioner_id=clinic.doctor_id
    )
    people = People(desk=clinic.scheduler, doctor=doctor)
    async with client(service(database_url, people), "desk") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


async def kept(clinic: Clinic) -> list[BusySource]:
    async with clinic.database.transaction(clinic.actor) as session:
        return list(await session.scalars(select(BusySource)))


async def send_file(desk: httpx2.AsyncClient, content: bytes, **fields: str) -> httpx2.Response:
    return await desk.post(
        "/calendars/file",
        data={"file_name": "Hospital", **fields},
        files={"calendar": ("rota.ics", content, "text/calendar")},
    )


async def test_an_empty_page_says_what_to_do(desk: httpx2.AsyncClient) -> None:
    page = await desk.get("/calendars")

    assert page.status_code == 200
    assert "No other calendar is read yet." in page.text
    assert "Whose calendar" in page.text


async def test_a_clinician_adds_their_own_without_choosing(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    desk.headers[ACTING] = "doctor"
    added = await send_file(desk, FILE)
    page = await desk.get("/calendars")

    (source,) = await kept(clinic)
    assert added.status_code == 303
    assert source.practitioner_id == clinic.doctor_id
    assert "Whose calendar" not in page.text
    assert "Hospital" in page.text


async def test_bookings_that_overlap_are_linked(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = Wanted(clinic.service_id, clinic.doctor_id, at(9))
        booked = await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)
    await send_file(desk, FILE, practitioner_id=str(clinic.doctor_id))

    page = await desk.get("/fragments/calendars")

    assert "1 booking is at a time that is taken in another calendar." in page.text
    assert f"/appointments/{booked.appointment.id}" in page.text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"feed_name": "x", "url": "https://10.0.0.1/"}, "url"),
        ({"feed_name": "x", "url": ""}, "url"),
        ({"feed_name": "", "url": "https://8.8.8.8/"}, "feed_name"),
        ({"feed_name": "x", "url": "https://8.8.8.8/", "practitioner_id": ""}, "practitioner_id"),
    ],
)
async def test_what_is_wrong_with_a_feed_is_said_beside_the_field(
    desk: httpx2.AsyncClient, clinic: Clinic, fields: dict[str, str], field: str
) -> None:
    typed = {"practitioner_id": str(clinic.doctor_id), **fields}
    page = await desk.post("/calendars/feed", data={k: v for k, v in typed.items() if v})

    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert await kept(clinic) == []


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\x00"])
async def test_a_file_that_is_no_calendar_is_said_beside_the_field(
    desk: httpx2.AsyncClient, clinic: Clinic, content: bytes
) -> None:
    page = await send_file(desk, content, practitioner_id=str(clinic.doctor_id))

    assert page.status_code == 422
    assert "This is not an iCalendar file (.ics)." in page.text


async def test_a_file_that_is_cut_off_is_said_and_changes_nothing(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    page = await send_file(desk, FILE[:-20], practitioner_id=str(clinic.doctor_id))

    assert page.status_code == 422
    assert "This iCalendar file ends too early" in page.text
    assert 'value="Hospital"' in page.text
    assert await kept(clinic) == []


async def test_a_file_of_nobody_asks_whose_it_is(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    page = await send_file(desk, FILE)

    assert page.status_code == 422
    assert 'href="#file_practitioner_id"' in page.text
    assert await kept(clinic) == []


async def test_a_feed_is_read_again_and_removed(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    typed = {
        "practitioner_id": str(clinic.doctor_id),
        "feed_name": "Rota",
        "url": "https://8.8.8.8/",
    }
    await desk.post("/calendars/feed", data=typed)
    (source,) = await kept(clinic)
    path = f"/calendars/{source.id}"

    again = await desk.post(path, data={"action": "refresh"})
    removed = await desk.post(path, data={"action": "remove"})

    assert [again.status_code, removed.status_code] == [303, 303]
    assert await kept(clinic) == []
