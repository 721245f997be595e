"""The patient's pages, in words: what is said at each step of a visit."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx2
import pytest
from fastapi import Request
from icalendar import Calendar
from pydantic import SecretStr

from app.config import Settings
from app.database import Database
from app.identity import Principal
from app.main import create_app
from app.models import Appointment, Location
from app.web.visit.state import round_up
from tests.encounters.test_attendance import tell
from tests.encounters.world import NOON, Planned, Practice, planned, practice
from tests.routers.service import requests_alone

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def house(database: Database) -> Practice:
    return await practice(database)


@pytest.fixture
async def visit(house: Practice) -> Planned:
    return await planned(house)


class Patient:
    """A patient's browser at a set time."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.now = NOON

    def clock(self) -> datetime:
        return self.now


@pytest.fixture
async def patient(database_url: str, visit: Planned) -> AsyncIterator[Patient]:
    app = requests_alone(create_app(Settings(DATABASE_URL=SecretStr(database_url))))

    async def known(_: Request) -> Principal:
        return visit.patient_principal

    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app), base_url="http://localhost"
        ) as client,
    ):
        patient = Patient(client)
        app.state.caller = known
        app.state.clock = patient.clock
        yield patient


async def test_before_its_time_the_page_says_when_the_door_opens(patient: Patient) -> None:
    patient.now = NOON - timedelta(hours=2)

    page = (await patient.client.get("/visit")).text

    assert "The waiting room opens at 11:30am" in page
    assert "Dr Amara Okafor" in page


async def test_the_call_sends_back_who_comes_too_early(patient: Patient) -> None:
    patient.now = NOON - timedelta(hours=2)

    response = await patient.client.get("/visit/call")

    assert (response.status_code, response.headers["location"]) == (303, "/visit")


async def test_where_they_are_is_asked_and_kept(patient: Patient) -> None:
    empty = await patient.client.post("/visit/where", data={"location": "  "})
    kept = await patient.client.post("/visit/where", data={"location": "LS1  4AP"})
    page = (await patient.client.get("/visit/where")).text

    assert (empty.status_code, kept.status_code) == (422, 303)
    assert "Enter a postcode or address" in empty.text
    assert 'value="LS1 4AP"' in page


async def test_the_waiting_room_says_the_place_and_an_honest_wait(
    patient: Patient, house: Practice, visit: Planned
) -> None:
    await tell(house, visit, visit.patient, "waiting", at=NOON)
    patient.now = NOON + timedelta(minutes=20)

    page = (await patient.client.get("/visit/call")).text

    assert "<strong>next</strong>" in page
    assert "running about 20 minutes late" in page


async def test_an_appointment_in_person_says_which_room(
    patient: Patient, house: Practice, visit: Planned
) -> None:
    async with house.acting() as session:
        appointment = await session.get_one(Appointment, visit.appointment_id)
        room = Location(name="Room 3", organization_id=appointment.organization_id)
        session.add(room)
        await session.flush()
        appointment.channel, appointment.with_ids = "in-person", [room.id]

    page = (await patient.client.get("/visit")).text
    [event] = Calendar.from_ical((await patient.client.get("/visit/calendar.ics")).content).events

    assert str(event["location"]).endswith(", Room 3")
    assert re.search(r"Where\s*</dt>\s*<dd[^>]*>\s*[^<,]+, Room 3\s*</dd>", page)


async def test_nothing_personal_is_in_the_title(patient: Patient) -> None:
    for path in ("/visit", "/visit/where", "/visit/ready", "/visit/call"):
        title = (await patient.client.get(path)).text.split("</title>")[0]

        assert "Okafor" not in title
        assert "Ashworth" not in title


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(-5, 0), (0, 0), (30, 1), (600, 10), (660, 15), (1201, 25)]
)
def test_waits_are_rounded_up_to_what_can_be_promised(seconds: int, minutes: int) -> None:
    assert round_up(timedelta(seconds=seconds)) == minutes
