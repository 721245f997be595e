"""The rota editor over HTTP: words, preview, effect, saving."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import select

from app import scheduling
from app.database import Database
from app.models import Appointment, Schedule, ScheduleException
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
async def booked(clinic: Clinic) -> Appointment:
    """Monday at 9."""
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        details = scheduling.Details(clinic.patient_id)
        return (await scheduling.book(session, wanted, details, now=NOW)).appointment


def typed(clinic: Clinic, **changes: object) -> dict[str, object]:
    return {
        "practitioner_id": str(clinic.doctor_id),
        "service_id": str(clinic.service_id),
        "channel": "video",
        "every": "1",
        "days": ["MO", "TU", "WE", "TH", "FR"],
        "start_time": "09:00",
        "end_time": "12:00",
        "slot_minutes": "15",
        "valid_from": "2026-01-01",
        "version": "1",
        **changes,
    }


async def schedule_of(clinic: Clinic) -> Schedule:
    async with clinic.database.transaction(clinic.actor) as session:
        return await session.get_one(Schedule, clinic.schedule_id)


async def outside(clinic: Clinic, appointment: Appointment) -> bool:
    async with clinic.database.transaction(clinic.actor) as session:
        return (await session.get_one(Appointment, appointment.id)).outside_schedule


async def test_rotas_are_listed_in_words_by_person(desk: httpx2.AsyncClient) -> None:
    page = await desk.get("/rotas")

    assert "Dr Alex Adams" in page.text
    assert "Monday to Friday, 9am to midday, 15-minute video appointments" in page.text


async def test_a_rota_is_added(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    form = typed(clinic, days=["SA"], every="monthly", which="1", valid_from="2026-12-01")

    saved = await desk.post("/rotas/new", data=form)
    page = await desk.get(saved.headers["location"])

    assert saved.status_code == 303
    assert "The first Saturday of every month" in page.text


async def test_what_is_wrong_is_in_the_summary_and_beside_the_field(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    page = await desk.post("/rotas/new", data=typed(clinic, end_time="08:00", slot_minutes="x"))

    assert page.status_code == 422
    assert 'href="#slot_minutes"' in page.text
    assert page.text.startswith("<!DOCTYPE html>")
    assert "<title>Error: Add a rota" in page.text


async def test_the_preview_counts_and_marks_both_changes_of_the_clock(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    form = typed(clinic, days=["SU"], start_time="00:00", end_time="04:00", slot_minutes="60")

    preview = await desk.post("/fragments/rotas/preview", data=form)

    assert "The next 6 weeks: 24 appointments" in preview.text
    assert "Clocks go forward" in preview.text
    assert "Clocks go back" in preview.text
    assert "<html" not in preview.text


async def test_a_rota_of_another_zone_keeps_it_and_is_previewed_in_it(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        (await session.get_one(Schedule, clinic.schedule_id)).time_zone = "Australia/Lord_Howe"

    page = (await desk.get(f"/rotas/{clinic.schedule_id}")).text
    form = typed(clinic, days=["SU"], start_time="21:00", end_time="04:00", slot_minutes="30")
    form |= {"time_zone": "Australia/Lord_Howe"}
    preview = await desk.post(f"/fragments/rotas/{clinic.schedule_id}/preview", data=form)
    saved = await desk.post(f"/rotas/{clinic.schedule_id}", data=form)

    assert '<input type="hidden" name="time_zone" value="Australia/Lord_Howe">' in page
    assert "Times of Australia/Lord_Howe." in page
    assert "9pm UTC+11 to midnight UTC+11 (6): clocks go forward by 30 minutes" in preview.text
    assert "9pm UTC+10:30 to midnight UTC+10:30 (6): clocks go back by 30 minutes" in preview.text
    assert saved.status_code == 303
    assert (await schedule_of(clinic)).time_zone == "Australia/Lord_Howe"


async def test_an_unfinished_form_says_what_is_next(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    preview = await desk.post("/fragments/rotas/preview", data=typed(clinic, days=[]))

    assert "Next: Choose at least one day" in preview.text


async def test_whom_a_change_affects_is_shown_while_typing(
    desk: httpx2.AsyncClient, clinic: Clinic, booked: Appointment
) -> None:
    form = typed(clinic, start_time="10:00")

    preview = await desk.post(f"/fragments/rotas/{clinic.schedule_id}/preview", data=form)

    assert "1 booking would be outside of this rota" in preview.text
    assert "Kim Young" in preview.text
    assert f"moving={booked.id}" in preview.text


async def test_a_change_is_not_saved_before_its_effect_was_seen(
    desk: httpx2.AsyncClient, clinic: Clinic, booked: Appointment
) -> None:
    form = typed(clinic, start_time="10:00")

    refused = await desk.post(f"/rotas/{clinic.schedule_id}", data=form)
    before = await schedule_of(clinic)
    kept = await desk.post(f"/rotas/{clinic.schedule_id}", data={**form, "keep": "yes"})

    assert refused.status_code == 409
    assert "Nothing is saved yet" in refused.text
    assert f"{before.start_time:%H:%M}" == "09:00"
    assert kept.status_code == 303
    assert await outside(clinic, booked)


async def test_somebody_elses_change_is_not_overwritten(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    page = await desk.post(f"/rotas/{clinic.schedule_id}", data=typed(clinic, version="7"))

    assert page.status_code == 409
    assert "Somebody changed this rota in the meantime" in page.text


async def test_the_form_shows_what_was_entered(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    page = await desk.get(f"/rotas/{clinic.schedule_id}")

    assert 'value="09:00"' in page.text
    assert page.text.count(" checked") == 6


async def test_ending_a_rota_is_asked_first(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    path = f"/rotas/{clinic.schedule_id}/end"

    listed = (await desk.get("/rotas")).text
    asked = (await desk.get(path)).text
    version = re.search(r'name="version" value="(\d+)"', asked)
    assert version
    ended = await desk.post(path, data={"version": version[1]})

    assert f'<a href="{path}">End' in listed
    assert "End this rota?" in asked
    assert ended.headers["location"] == "/rotas?done=ended"
    assert (await desk.get(path)).status_code == 404


async def test_ending_a_rota_asks_about_its_bookings(
    desk: httpx2.AsyncClient, clinic: Clinic, booked: Appointment
) -> None:
    path = f"/rotas/{clinic.schedule_id}/end"

    asked = await desk.post(path, data={"version": "1"})
    ended = await desk.post(path, data={"version": "1", "keep": "yes"})

    assert asked.status_code == 409
    assert "What becomes of these bookings?" in asked.text
    assert ended.headers["location"] == "/rotas?done=ended"
    assert await outside(clinic, booked)


async def test_a_day_closed_is_shown_and_can_be_removed(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    form = {
        "kind": "closed",
        "day": "2026-12-24",
        "practitioner_id": str(clinic.doctor_id),
        "reason": "Holiday",
    }

    await desk.post("/rotas/days/new", data=form)
    page = await desk.get("/rotas")
    async with clinic.database.transaction(clinic.actor) as session:
        item = (await session.scalars(select(ScheduleException))).one()
    removed = await desk.post(f"/rotas/days/{item.id}/remove", data={"version": "1"})

    assert "Thursday 24 December 2026</strong>: Closed all day (Holiday)" in page.text
    assert removed.headers["location"] == "/rotas?done=removed"
    assert "Closed all day" not in (await desk.get("/rotas")).text


async def test_a_day_with_bookings_is_closed_only_when_they_were_seen(
    desk: httpx2.AsyncClient, clinic: Clinic, booked: Appointment
) -> None:
    form = {"kind": "closed", "day": "2026-11-23", "practitioner_id": str(clinic.doctor_id)}

    refused = await desk.post("/rotas/days/new", data=form)
    kept = await desk.post("/rotas/days/new", data={**form, "keep": "yes"})

    assert refused.status_code == 409
    assert "1 booking would be outside of the rota" in refused.text
    assert kept.status_code == 303
    assert await outside(clinic, booked)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"day": ""}, "Enter the day"),
        ({"kind": "extra"}, "Choose the rota that is open longer"),
        ({"kind": "swapped"}, "Choose a colleague"),
        ({"practitioner_id": ""}, "Choose whose day it is"),
    ],
)
async def test_an_unclear_day_is_explained(
    desk: httpx2.AsyncClient, clinic: Clinic, changes: dict[str, str], words: str
) -> None:
    form = {"kind": "closed", "day": "2026-11-23", "practitioner_id": str(clinic.doctor_id)}

    page = await desk.post("/rotas/days/new", data={**form, **changes})

    assert page.status_code == 422
    assert words in page.text


async def test_a_swap_names_the_colleague(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    form = {
        "kind": "swapped",
        "day": "2026-11-24",
        "schedule_id": str(clinic.schedule_id),
        "colleague_id": str(clinic.second_doctor_id),
        "start_time": "09:00",
        "end_time": "10:00",
    }

    saved = await desk.post("/rotas/days/new", data=form)

    assert saved.status_code == 303
    assert "Dr Alex Brown instead, 9am to 10am" in (await desk.get("/rotas")).text


def closed_from_midday(clinic: Clinic, end: str) -> dict[str, str]:
    return {
        "kind": "closed",
        "day": "2026-12-24",
        "practitioner_id": str(clinic.doctor_id),
        "start_time": "12:00",
        "end_time": end,
    }


async def test_hours_into_the_next_day_are_asked_about(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    form = closed_from_midday(clinic, "09:00")

    asked = await desk.post("/rotas/days/new", data=form)
    other = await desk.post(
        "/rotas/days/new", data={**form, "start_time": "13:00", "overnight": "12:00 09:00"}
    )
    before = await desk.get("/rotas")
    meant = await desk.post("/rotas/days/new", data={**form, "overnight": "12:00 09:00"})

    assert asked.status_code == other.status_code == 409
    assert "midday on 24 December 2026 to 9am on 25 December 2026" in asked.text
    assert 'name="overnight" value="12:00 09:00"' in asked.text
    assert "Closed, midday" not in before.text
    assert meant.status_code == 303
    assert "Closed, midday to 9am the next day" in (await desk.get("/rotas")).text


async def test_until_midnight_is_the_same_day(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    saved = await desk.post("/rotas/days/new", data=closed_from_midday(clinic, "00:00"))

    assert saved.status_code == 303
    assert "Closed, midday to midnight<" in (await desk.get("/rotas")).text
