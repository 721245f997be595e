"""The patient moves or cancels their own appointment, within the rules, by page."""

from collections.abc import AsyncIterator

import pytest

from app import scheduling
from app.database import Database
from app.models import HealthcareService
from app.models.organization import Channel
from tests.clinic import NOW, Clinic, at, open_clinic
from tests.web.visit.arrival import Arrival, arrival

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def patient(clinic: Clinic, database_url: str) -> AsyncIterator[Arrival]:
    async with arrival(clinic, database_url) as opened:
        yield opened


async def forbid_changes(clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        service = await session.get_one(HealthcareService, clinic.service_id)
        service.patients_may_change = False
        service.phone = "01632 960001"


async def test_the_page_says_until_when_it_can_be_changed(patient: Arrival) -> None:
    page = (await patient.browser.get("/visit")).text

    assert "Move it to another time" in page
    assert "You can change this here until 5pm on Sunday 22 November 2026" in page


async def test_after_the_deadline_it_says_whom_to_ring(clinic: Clinic, database_url: str) -> None:
    late = at(8)
    async with arrival(clinic, database_url, now=late) as patient:
        page = (await patient.browser.get("/visit")).text
        move = (await patient.browser.get("/visit/move")).text

    assert "It is too late to move or cancel this appointment here." in page
    assert "You cannot move it here" in move
    assert "Free times" not in move


async def test_what_may_not_be_changed_names_the_number(patient: Arrival) -> None:
    await forbid_changes(patient.clinic)

    cancel = (await patient.browser.get("/visit/cancel")).text

    assert "moved and cancelled by phone" in cancel
    assert "01632 960001" in cancel


async def test_free_times_of_the_week_are_by_day_with_weeks_around(patient: Arrival) -> None:
    page = (await patient.browser.get("/visit/move")).text

    assert "Free times, 23 to 29 November 2026" in page
    assert page.count('app-choose__time"') == 5 * 24 - 1
    assert "/visit/move?week=2026-11-20" in page
    assert "/visit/move?week=2026-11-30" in page


async def test_a_week_that_is_past_is_this_week(patient: Arrival) -> None:
    page = (await patient.browser.get("/visit/move?week=2020-01-01")).text

    assert "Free times, 20 to 26 November 2026" in page
    assert "Earlier week" not in page


async def test_a_chosen_time_is_asked_about_and_taken(patient: Arrival) -> None:
    chosen = {"start": at(10, day=24).isoformat(), "practitioner_id": str(patient.clinic.doctor_id)}

    asked = await patient.browser.get("/visit/move/confirm", params=chosen)
    moved = await patient.browser.post(
        "/visit/move", data={**chosen, "version": str(patient.appointment.version)}
    )
    page = (await patient.browser.get(moved.headers["location"])).text

    assert "Tuesday 24 November 2026 at 10am" in asked.text
    assert "Your appointment is moved" in page
    assert (await patient.read()).start == at(10, day=24)


async def test_a_time_just_taken_shows_what_is_left(patient: Arrival) -> None:
    clinic = patient.clinic
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(10))
        details = scheduling.Details(clinic.second_patient_id)
        await scheduling.book(session, wanted, details, now=NOW)

    refused = await patient.browser.post(
        "/visit/move",
        data={
            "start": at(10).isoformat(),
            "practitioner_id": str(clinic.doctor_id),
            "version": str(patient.appointment.version),
        },
    )

    assert refused.status_code == 409
    assert "That time was just taken" in refused.text
    assert "Free times, 23 to 29 November 2026" in refused.text


async def test_an_appointment_changed_meanwhile_is_not_moved(patient: Arrival) -> None:
    refused = await patient.browser.post(
        "/visit/move",
        data={
            "start": at(10).isoformat(),
            "practitioner_id": str(patient.clinic.doctor_id),
            "version": "7",
        },
    )

    assert refused.status_code == 409
    assert "was changed while you had the page open" in refused.text


async def test_cancelling_asks_once_and_keeps_the_reason(patient: Arrival) -> None:
    asked = (await patient.browser.get("/visit/cancel")).text
    done = await patient.browser.post(
        "/visit/cancel",
        data={"version": str(patient.appointment.version), "reason": "Better again"},
    )
    page = (await patient.browser.get("/visit")).text

    assert "Cancel your appointment?" in asked
    assert done.status_code == 303
    assert "Your appointment was cancelled" in page
    appointment = await patient.read()
    assert (appointment.cancellation_code, appointment.cancellation_reason) == (
        "patient",
        "Better again",
    )


async def test_cancelling_twice_is_explained(patient: Arrival) -> None:
    form = {"version": str(patient.appointment.version)}
    await patient.browser.post("/visit/cancel", data=form)

    again = await patient.browser.post("/visit/cancel", data=form)

    assert again.status_code == 409
    assert "You cannot cancel it here" in again.text


@pytest.mark.parametrize(
    ("channel", "words"),
    [("telephone", "We will ring you on 07700 900123"), ("in-person", "High Street")],
)
async def test_other_channels_say_where_and_have_no_call(
    clinic: Clinic, database_url: str, channel: Channel, words: str
) -> None:
    async with arrival(clinic, database_url, channel=channel) as patient:
        page = (await patient.browser.get("/visit")).text
        call = await patient.browser.get("/visit/call")
        ready = await patient.browser.get("/visit/ready")

    assert words in page
    assert "camera" not in page
    assert [call.headers["location"], ready.headers["location"]] == ["/visit", "/visit"]
