"""The outbox's pages: what was sent, waits or is to be done, and the words."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from pydantic import SecretStr

from app import encounters
from app.config import Settings
from app.database import Database
from app.main import create_app
from app.models import Communication
from tests.encounters.world import Practice
from tests.notifications.itip import understood
from tests.notifications.world import NEXT_WEEK, NOON, booked, happened, reachable_practice, rows
from tests.routers.service import ACTING, People, client, requests_alone

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def house(database: Database) -> Practice:
    return await reachable_practice(database)


def pages(house: Practice, url: str, *, demo: bool, **settings: Any) -> httpx2.AsyncClient:
    """The service, signed in as a scheduler; an administrator as `office`."""
    scheduler = house.staff("scheduler")
    people = People(desk=scheduler, office=replace(scheduler, roles=frozenset({"administrator"})))
    app = create_app(Settings(DATABASE_URL=SecretStr(url), demo=demo, **settings))
    app.state.caller = people
    app.state.clock = lambda: NOON
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    app.state.database = house.database  # no background work: the test says what happens
    headers = {ACTING: "desk", "Accept": "text/html"}
    return httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


@pytest.fixture
async def desk(house: Practice, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with pages(house, database_url, demo=False) as opened:
        yield opened


@pytest.fixture
async def demo(house: Practice, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with pages(house, database_url, demo=True) as opened:
        yield opened


async def message(house: Practice, medium: str = "sms", status: str = "failed") -> UUID:
    """A confirmation that was tried."""
    visit = await booked(house)
    async with house.acting() as session:
        row = Communication(
            organization_id=house.organization_id,
            kind="confirmation",
            medium=medium,
            dedupe_key=uuid4().hex,
            patient_id=house.patient_id,
            appointment_id=visit.appointment_id,
            due_at=NOON,
            status=status,
            problem="Check the number." if status == "failed" else "",
        )
        session.add(row)
    return row.id


async def test_an_empty_outbox_says_what_will_come(desk: httpx2.AsyncClient) -> None:
    everything, todo = await desk.get("/messages"), await desk.get("/messages?status=failed")

    assert "There are no messages here" in everything.text
    assert "Nobody has to be rung" in todo.text


async def test_without_a_way_out_the_page_says_so(
    desk: httpx2.AsyncClient, demo: httpx2.AsyncClient
) -> None:
    assert (
        "Nothing is set up to send by email or text message" in (await desk.get("/messages")).text
    )
    page = (await demo.get("/messages")).text
    assert "Nothing is set up" not in page
    assert "nothing leaves this machine" in page


async def test_what_waits_is_listed_live(desk: httpx2.AsyncClient, house: Practice) -> None:
    visit = await booked(house)
    await happened(house, visit.appointment_id)

    page, piece = await desk.get("/messages"), await desk.get("/fragments/messages?status=queued")

    assert "Confirmation by text message, to be sent" in page.text
    assert 'data-live-on="communication.queued' in page.text
    assert piece.text.count("Reminder by text message") == 3
    assert "<html" not in piece.text


async def test_older_messages_follow(desk: httpx2.AsyncClient, house: Practice) -> None:
    for _ in range(11):
        visit = await booked(house)
        await happened(house, visit.appointment_id)

    newest = await desk.get("/messages")
    link = newest.text.split("Older messages")[0].rpartition('href="')[2].split('"')[0]
    older = await desk.get(link.replace("&amp;", "&"))

    assert newest.text.count("data-key=") == 30
    assert older.text.count("data-key=") == 14
    assert "data-live-src" not in older.text


async def test_one_that_failed_says_what_to_do_and_is_told_by_phone(
    desk: httpx2.AsyncClient, house: Practice
) -> None:
    key = await message(house)
    before = await desk.get(f"/messages/{key}")

    done = await desk.post(f"/messages/{key}/told", headers={"Origin": "http://localhost"})
    twice = await desk.post(f"/messages/{key}/told", headers={"Origin": "http://localhost"})

    assert "Check the number." in before.text
    assert "I have told them by phone" in before.text
    assert (done.status_code, twice.status_code) == (303, 303)
    assert "Told by phone." in (await desk.get(done.headers["Location"])).text


async def test_one_that_failed_is_sent_again(desk: httpx2.AsyncClient, house: Practice) -> None:
    key = await message(house)

    await desk.post(f"/messages/{key}/retry")

    row = next(row for row in await rows(house) if row.id == key)
    assert (row.status, row.due_at) == ("queued", NOON)


async def test_staff_read_the_words_without_the_patients_link(
    desk: httpx2.AsyncClient, house: Practice
) -> None:
    key = await message(house)

    page = await desk.get(f"/messages/{key}")

    assert "is booked for Tue 1 Dec at 10am GMT" in page.text
    assert "/join#only-the-patient-gets-the-secret" in page.text
    assert "2 texts to pay for" in page.text or "1 text to pay for" in page.text


async def test_in_demo_mode_the_link_works_and_the_invitation_can_be_had(
    demo: httpx2.AsyncClient, house: Practice
) -> None:
    key = await message(house, "email")

    page = await demo.get(f"/messages/{key}")
    file = await demo.get(f"/messages/{key}/appointment.ics")

    secret = page.text.split("/join#")[1][:32]
    async with house.at_the_door() as session:
        assert (await encounters.open_link(session, secret, now=NOON)).stage == "birth-date"
    assert file.headers["Content-Type"] == "text/calendar; charset=utf-8"
    ((event,),) = understood([file.content])
    assert (event["method"], event["start"]) == ("REQUEST", NEXT_WEEK.timestamp())


async def test_a_demo_that_sends_says_what_it_sends(house: Practice, database_url: str) -> None:
    async with pages(house, database_url, demo=True) as silent:
        assert "nothing leaves this machine" in (await silent.get("/messages")).text
    async with pages(house, database_url, demo=True, smtp_url="smtp://localhost:2525") as sending:
        page = await sending.get("/messages")

    assert "messages by email are sent, others are not" in page.text


async def test_outside_demo_mode_the_invitation_is_the_patients(
    desk: httpx2.AsyncClient, house: Practice
) -> None:
    key = await message(house, "email")

    assert (await desk.get(f"/messages/{key}/appointment.ics")).status_code == 404


async def test_clinicians_have_no_outbox(house: Practice, database_url: str) -> None:
    app = requests_alone(create_app(Settings(DATABASE_URL=SecretStr(database_url))))
    people = People(doctor=house.staff("clinician"))
    app.state.caller = people
    async with client(app, "doctor") as opened:
        assert (await opened.get("/messages")).status_code == 403


async def test_whom_a_message_did_not_reach_can_be_rung(
    desk: httpx2.AsyncClient, house: Practice
) -> None:
    lost = await message(house)

    todo, one = await desk.get("/messages?status=failed"), await desk.get(f"/messages/{lost}")

    for page in (todo, one):
        assert '<a href="tel:07700900982">07700 900982</a>' in page.text


async def test_what_was_delivered_is_said_to_be(desk: httpx2.AsyncClient, house: Practice) -> None:
    arrived = await message(house, status="sent")
    async with house.acting() as session:
        row = await session.get_one(Communication, arrived)
        row.sent_at, row.delivery, row.delivery_at = NOON, "delivered", NOON

    everything, one = await desk.get("/messages"), await desk.get(f"/messages/{arrived}")

    assert "Delivered</strong>" in everything.text
    assert '<dt class="nhsuk-summary-list__key">Delivered</dt>' in one.text
    assert "07700" not in everything.text
