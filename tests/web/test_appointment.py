"""An appointment's page: move and cancel, and what is in the way."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx2
import pytest

from app import scheduling
from app.database import Database
from app.models import Appointment
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


@pytest.fixture
async def appointment(clinic: Clinic) -> Appointment:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        details = scheduling.Details(clinic.patient_id, "A long cough")
        return (await scheduling.book(session, wanted, details, now=NOW)).appointment


def to(clinic: Clinic, hour: int, version: int = 1) -> dict[str, str]:
    return {
        "start": at(hour).isoformat(),
        "practitioner_id": str(clinic.second_doctor_id),
        "service_id": str(clinic.service_id),
        "version": str(version),
    }


async def test_the_page_says_what_is_booked(
    desk: httpx2.AsyncClient, appointment: Appointment
) -> None:
    page = await desk.get(f"/appointments/{appointment.id}")

    assert page.status_code == 200
    assert all(
        words in page.text
        for words in ("Kim Young", "A long cough", "Monday 23 November 2026, 9am to 9:15am")
    )


async def test_a_new_time_is_chosen_by_keyboard_in_the_day(
    desk: httpx2.AsyncClient, clinic: Clinic, appointment: Appointment
) -> None:
    choosing = await desk.get(
        "/schedule", params={"date": "2026-11-23", "moving": str(appointment.id)}
    )
    moved = await desk.post(f"/appointments/{appointment.id}/move", data=to(clinic, 10))
    day = await desk.get(moved.headers["location"])

    assert "Move here" in choosing.text
    assert moved.status_code == 303
    assert "The appointment is now on Monday 23 November 2026 at 10am" in day.text


async def test_who_takes_part_is_named_and_moves_along(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(
            *(clinic.service_id, clinic.doctor_id, at(11)),
            with_ids=(clinic.second_doctor_id,),
            channel="telephone",
        )
        details = scheduling.Details(clinic.patient_id)
        booked = (await scheduling.book(session, wanted, details, now=NOW)).appointment
    form = {**to(clinic, 10), "practitioner_id": str(clinic.doctor_id)}

    page = await desk.get(f"/appointments/{booked.id}")
    moved = await desk.post(f"/appointments/{booked.id}/move", data=form)

    assert "Dr Alex Adams, Dr Alex Brown" in page.text
    assert moved.status_code == 303
    async with clinic.database.transaction(clinic.actor) as session:
        present = await session.get_one(Appointment, booked.id)
    assert (present.start, present.channel) == (at(10), "telephone")
    assert present.with_ids == [clinic.second_doctor_id]


async def test_a_taken_time_shows_the_day_with_what_is_free(
    desk: httpx2.AsyncClient, clinic: Clinic, appointment: Appointment
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.second_doctor_id, at(10))
        details = scheduling.Details(clinic.second_patient_id)
        await scheduling.book(session, wanted, details, now=NOW)

    page = await desk.post(f"/appointments/{appointment.id}/move", data=to(clinic, 10))

    assert page.status_code == 409
    assert "That time has just been taken" in page.text
    assert "10:15am, Dr Alex Brown" in page.text


@pytest.mark.parametrize(
    ("start", "said", "instead"),
    [
        (NOW - timedelta(minutes=1), "That time is over", "9am, Dr Alex Brown"),
        (at(3), "That time cannot be booked", "9:15am, Dr Alex Brown"),
    ],
)
async def test_a_time_that_is_over_or_not_offered_shows_what_is_free_instead(
    *,
    desk: httpx2.AsyncClient,
    clinic: Clinic,
    appointment: Appointment,
    start: datetime,
    said: str,
    instead: str,
) -> None:
    form = to(clinic, 10) | {"start": start.isoformat()}

    page = await desk.post(f"/appointments/{appointment.id}/move", data=form)

    assert page.status_code == 409
    assert said in page.text
    assert instead in page.text
    async with clinic.database.transaction(clinic.actor) as session:
        kept = await session.get_one(Appointment, appointment.id)
    assert (kept.start, kept.version) == (appointment.start, appointment.version)


async def test_somebody_elses_change_is_not_overwritten(
    desk: httpx2.AsyncClient, clinic: Clinic, appointment: Appointment
) -> None:
    page = await desk.post(f"/appointments/{appointment.id}/move", data=to(clinic, 10, version=7))

    assert page.status_code == 409
    assert "has changed since you read it" in page.text


async def test_cancelling_asks_why_and_keeps_it(
    desk: httpx2.AsyncClient, appointment: Appointment
) -> None:
    cancel = f"/appointments/{appointment.id}/cancel"

    form = {"version": "1", "code": "patient", "reason": "Feels better"}
    without = await desk.post(cancel, data={**form, "reason": ""})
    vague = await desk.post(cancel, data={**form, "code": ""})
    stale = await desk.post(cancel, data={**form, "version": "7"})
    done = await desk.post(cancel, data=form)
    page = await desk.get(done.headers["location"])

    assert [each.status_code for each in (without, vague, stale, done)] == [422, 422, 409, 303]
    assert "Enter why it is cancelled" in without.text
    assert "Choose who or what it is because of" in vague.text
    assert 'value="Feels better"' in vague.text
    assert "has changed since you read it" in stale.text
    assert 'id="reason-error"' not in stale.text
    assert "Cancelled because of" in page.text
    assert "Cancelled" in page.text
    assert "Feels better" in page.text
    assert "Move it to another time" not in page.text


async def test_crews_do_not_see_the_schedule(clinic: Clinic, database_url: str) -> None:
    crew = type(clinic.scheduler)(
        kind="staff",
        subject=clinic.scheduler.subject,
        organization_id=clinic.organization_id,
        name="Crew",
        roles=frozenset({"crew"}),
    )
    async with client(service(database_url, People(crew=crew)), "crew") as opened:
        page = await opened.get("/schedule", headers={"Accept": "text/html"})

    assert page.status_code == 403
    assert "You cannot open this page" in page.text


async def test_a_patient_who_lost_the_link_gets_another(
    desk: httpx2.AsyncClient, appointment: Appointment
) -> None:
    before = await desk.get(f"/appointments/{appointment.id}")
    after = await desk.post(f"/appointments/{appointment.id}/link")
    secret = after.text.partition("/join#")[2].partition('"')[0]
    opened = await desk.post("/api/v1/join", json={"secret": secret})

    assert "Make a new link" in before.text
    assert "Make a new link" not in after.text
    assert opened.json()["stage"] == "birth-date"


async def mark(
    clinic: Clinic, url: str, now: datetime, appointment: Appointment, *statuses: str
) -> list[str]:
    """The page before, and after each of these was noted."""
    address = f"/appointments/{appointment.id}"
    async with client(service(url, People(desk=clinic.scheduler), now), "desk") as desk:
        desk.headers["Accept"] = "text/html"
        pages = [(await desk.get(address)).text]
        for version, status in enumerate(statuses, start=1):
            data = {"status": status, "version": str(version)}
            noted = await desk.post(f"{address}/status", data=data)
            shown = noted if noted.status_code != 303 else await desk.get(address)
            pages.append(shown.text)
    return pages


async def test_a_patient_is_checked_in_on_the_day_and_not_before(
    clinic: Clinic, database_url: str, appointment: Appointment
) -> None:
    [early] = await mark(clinic, database_url, NOW, appointment)
    [late] = await mark(clinic, database_url, at(8, day=24), appointment)
    before, there, away = await mark(
        clinic, database_url, at(8, 50), appointment, "arrived", "booked"
    )

    assert "The patient has arrived" not in early
    assert "The patient has arrived" not in late
    assert "Note that the patient did not come" in late
    assert "The patient has arrived" in before
    assert "The patient did not come" not in before
    assert "Arrived" in there
    assert "The patient is not here after all" in there
    assert "Booked" in away


async def test_who_did_not_come_is_noted_once_it_has_begun(
    clinic: Clinic, database_url: str, appointment: Appointment
) -> None:
    [_, refused] = await mark(clinic, database_url, at(8, 50), appointment, "noshow")
    before, after = await mark(clinic, database_url, at(9, 5), appointment, "noshow")

    assert "The appointment has not begun yet." in refused
    assert "Note that the patient did not come" in before
    assert "Did not come" in after
    assert "Note that the patient did not come" not in after


async def test_a_mistaken_noshow_is_taken_back_on_its_day(
    clinic: Clinic, database_url: str, appointment: Appointment
) -> None:
    address = f"/appointments/{appointment.id}"
    back = {"status": "arrived", "version": "2", "why": "In the other room"}
    await mark(clinic, database_url, at(9, 5), appointment, "noshow")
    async with client(
        service(database_url, People(desk=clinic.scheduler), at(9, day=24)), "desk"
    ) as desk:
        late = await desk.get(address)
    async with client(
        service(database_url, People(desk=clinic.scheduler), at(9, 6)), "desk"
    ) as desk:
        missed = await desk.get(address)
        vague = await desk.post(f"{address}/status", data={**back, "why": " "})
        done = await desk.post(f"{address}/status", data=back)
        page = await desk.get(address)

    assert "take it back" not in late.text
    assert "That is not so: take it back" in missed.text
    assert vague.status_code == 422
    assert "Enter why it is taken back" in vague.text
    assert "Did not come" in vague.text
    assert done.status_code == 303
    assert "Arrived" in page.text
    assert "take it back" not in page.text
