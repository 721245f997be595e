"""The waiting list by page: joining, asking, answering by phone."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import select

from app import scheduling
from app.database import Database
from app.models import Appointment, WaitingListEntry, WaitingListOffer
from app.scheduling import Details, Wanted, waiting_list
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


def typed(clinic: Clinic, **changes: object) -> dict[str, object]:
    return {
        "patient_id": str(clinic.patient_id),
        "service_id": str(clinic.service_id),
        "priority": "soon",
        "parts_of_day": ["morning"],
        "weekdays": ["1", "2"],
        "notice_minutes": "60",
        "reason": "Cough",
        **changes,
    }


async def entry_of(clinic: Clinic) -> WaitingListEntry:
    async with clinic.database.transaction(clinic.actor) as session:
        return (await session.scalars(select(WaitingListEntry))).one()


async def offer_of(clinic: Clinic) -> WaitingListOffer:
    async with clinic.database.transaction(clinic.actor) as session:
        return (await session.scalars(select(WaitingListOffer))).one()


async def test_an_empty_list_says_what_it_is_for(desk: httpx2.AsyncClient) -> None:
    page = await desk.get("/waiting-list")

    assert "Nobody waits." in page.text
    assert "Nobody is being asked now" in page.text


async def test_a_patient_is_found_and_put_on_the_list(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    found = await desk.post(
        "/waiting-list/find",
        data={
            "search_family_name": "Young",
            "search_birth_date[day]": "17",
            "search_birth_date[month]": "5",
            "search_birth_date[year]": "1980",
        },
    )
    form = await desk.get("/waiting-list/new", params={"patient_id": str(clinic.patient_id)})
    added = await desk.post("/waiting-list/new", data=typed(clinic))
    page = await desk.get(added.headers["location"])

    assert "Kim Young" in found.text
    assert "Kim Young" in form.text
    assert "1. Kim Young" in page.text
    assert "Soon, waiting under a day" in page.text
    assert "With anybody, mornings, Mondays or Tuesdays" in page.text


async def test_a_search_for_nothing_is_explained(desk: httpx2.AsyncClient) -> None:
    page = await desk.post("/waiting-list/find", data={})

    assert page.status_code == 422
    assert "Enter an NHS number, or a last name and a date of birth" in page.text


async def test_nobody_waits_twice_for_the_same(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    await desk.post("/waiting-list/new", data=typed(clinic))

    again = await desk.post("/waiting-list/new", data=typed(clinic))

    assert again.status_code == 409
    assert "on the waiting list for this service already" in again.text


async def test_days_in_the_wrong_order_are_refused_beside_the_field(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    days = {"earliest_day": "2026-12-09", "latest_day": "2026-12-01"}

    page = await desk.post("/waiting-list/new", data=typed(clinic, **days))

    assert page.status_code == 422
    assert 'href="#latest_day"' in page.text


async def test_an_entry_is_changed_and_withdrawn(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    never = {"weekdays": ["6"]}  # the clinic is shut: nobody is asked in between
    await desk.post("/waiting-list/new", data=typed(clinic, **never))
    entry = await entry_of(clinic)

    form = await desk.get(f"/waiting-list/{entry.id}")
    changed = await desk.post(
        f"/waiting-list/{entry.id}", data=typed(clinic, priority="urgent", version="1", **never)
    )
    stale = await desk.post(f"/waiting-list/{entry.id}/withdraw", data={"version": "1"})
    gone = await desk.post(f"/waiting-list/{entry.id}/withdraw", data={"version": "2"})

    assert 'value="soon" selected' in form.text
    assert changed.headers["location"] == "/waiting-list?done=saved"
    assert stale.headers["location"] == "/waiting-list?done=stale"
    assert gone.headers["location"] == "/waiting-list?done=withdrawn"
    assert (await entry_of(clinic)).status == "withdrawn"


async def test_somebody_is_asked_and_says_yes_by_phone(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await desk.post("/waiting-list/new", data=typed(clinic))

    asked = await desk.post("/waiting-list/ask")
    page = await desk.get(asked.headers["location"])
    offer = await offer_of(clinic)
    said = {"version": str(offer.version), "said": "accept"}
    booked = await desk.post(f"/waiting-list/offers/{offer.id}", data=said)
    again = await desk.post(f"/waiting-list/offers/{offer.id}", data=said)

    assert "Monday 23 November 2026, 9am" in page.text
    assert "(30 min left)" in page.text
    assert booked.headers["location"] == "/waiting-list?done=booked"
    assert again.headers["location"] == "/waiting-list?done=over"
    async with clinic.database.transaction(clinic.actor) as session:
        [appointment] = await session.scalars(select(Appointment))
    assert (appointment.status, appointment.patient_id) == ("booked", clinic.patient_id)


@pytest.mark.parametrize(("said", "done"), [("decline", "declined"), ("retract", "retracted")])
async def test_a_time_that_is_not_taken_is_let_go(
    desk: httpx2.AsyncClient, clinic: Clinic, said: str, done: str
) -> None:
    await desk.post("/waiting-list/new", data=typed(clinic))
    await desk.post("/waiting-list/ask")
    offer = await offer_of(clinic)

    answered = await desk.post(
        f"/waiting-list/offers/{offer.id}", data={"version": str(offer.version), "said": said}
    )

    assert answered.headers["location"] == f"/waiting-list?done={done}"
    assert (await entry_of(clinic)).status == "waiting"


async def test_when_nothing_suits_that_is_said(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    await desk.post("/waiting-list/new", data=typed(clinic, channel="in-person"))

    asked = await desk.post("/waiting-list/ask")

    assert asked.headers["location"] == "/waiting-list?done=nobody"


async def test_an_entry_that_was_booked_past_the_list_says_so(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await desk.post("/waiting-list/new", data=typed(clinic))
    wanted = Wanted(clinic.service_id, clinic.second_doctor_id, at(11))
    async with clinic.database.transaction(clinic.actor) as session:
        booking = await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)
    async with clinic.database.transaction(clinic.actor) as session:
        await waiting_list.close_met(session, clinic.service_id, now=NOW)

    page = await desk.get(f"/waiting-list/{(await entry_of(clinic)).id}")

    assert page.status_code == 200
    assert "they were booked past it, for a time that is as they asked" in page.text
    assert f'href="/appointments/{booking.appointment.id}"' in page.text
    assert "Monday 23 November" in page.text
    assert '<form method="post" action="/waiting-list/' not in page.text
