"""A series by page: the dry run, choices, results, changes to a part."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select

from app import scheduling
from app.database import Database
from app.models import Appointment
from app.scheduling.series import NewSeries, book_series
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
async def taken(clinic: Clinic) -> None:
    """The second of the Mondays at 9."""
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9, day=30))
        details = scheduling.Details(clinic.second_patient_id)
        await scheduling.book(session, wanted, details, now=NOW)


def typed(clinic: Clinic, **changes: str) -> dict[str, str]:
    return {
        "practitioner_id": str(clinic.doctor_id),
        "service_id": str(clinic.service_id),
        "patient_id": str(clinic.patient_id),
        "start": at(9).isoformat(),
        "every": "1",
        "times": "3",
        "reason": "Wound",
        **changes,
    }


async def booked(clinic: Clinic) -> list[Appointment]:
    async with clinic.database.transaction(clinic.actor) as session:
        found = await session.scalars(
            select(Appointment).where(Appointment.patient_id == clinic.patient_id)
        )
        return sorted(found, key=lambda each: each.start)


async def a_series(clinic: Clinic) -> UUID:
    """Four Mondays; gives the second appointment."""
    async with clinic.database.transaction(clinic.actor) as session:
        new = NewSeries(
            patient_id=clinic.patient_id,
            service_id=clinic.service_id,
            practitioner_id=clinic.doctor_id,
            recurrence="FREQ=WEEKLY;COUNT=4",
            first_day=date(2026, 11, 23),
            wall_time=at(9).time(),
        )
        made = await book_series(session, new, choices={}, on_conflict="refuse", now=NOW)
        second = made.results[1].booking
        assert second is not None
        return second.appointment.id


@pytest.mark.usefixtures("taken")
async def test_booking_with_a_repeat_shows_each_time_first(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    page = await desk.post("/schedule/book", data=typed(clinic, action="book"))

    assert page.status_code == 200
    assert "2 of 3 times are free. Nothing is booked yet." in page.text
    assert "This time is taken." in page.text
    assert "Instead of Monday 30 November 2026" in page.text
    assert await booked(clinic) == []


async def test_a_wrong_number_of_times_is_said_beside_the_field(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    page = await desk.post("/schedule/book", data=typed(clinic, action="book", times="99"))

    assert page.status_code == 422
    assert "Enter how many times, from 2 to 52" in page.text


@pytest.mark.usefixtures("taken")
async def test_a_series_is_booked_with_an_alternative(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    other = f"{at(9, 15, day=30).isoformat()}|{clinic.doctor_id}"

    page = await desk.post("/schedule/series", data=typed(clinic, **{"choice-2026-11-30": other}))

    assert page.status_code == 201
    assert "3 appointments for Kim Young" in page.text
    assert page.text.count("/join#") == 3
    assert [each.start for each in await booked(clinic)][1] == at(9, 15, day=30)


@pytest.mark.usefixtures("taken")
async def test_what_is_left_out_is_not_booked(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    choice = {"choice-2026-11-30": "leave-out"}

    page = await desk.post("/schedule/series", data=typed(clinic, **choice))

    assert page.status_code == 201
    assert "Left out" in page.text
    assert len(await booked(clinic)) == 2


@pytest.mark.usefixtures("taken")
async def test_a_time_just_taken_books_nothing_and_shows_others(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    page = await desk.post("/schedule/series", data=typed(clinic))

    assert page.status_code == 409
    assert "Nothing is booked yet" in page.text
    assert await booked(clinic) == []


async def test_leaving_everything_out_is_explained(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    left = {f"choice-{day}": "leave-out" for day in ("2026-11-23", "2026-11-30", "2026-12-07")}

    page = await desk.post("/schedule/series", data=typed(clinic, **left))

    assert page.status_code == 409
    assert "choose at least one time" in page.text


async def test_this_and_those_after_move_together(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    second = await a_series(clinic)
    form = {"version": "1", "scope": "following", "weekday": "1", "wall_time": "10:00"}

    moved = await desk.post(
        f"/appointments/{second}/series/move",
        data={**form, "practitioner_id": str(clinic.doctor_id)},
    )

    assert moved.status_code == 303
    assert [each.start.strftime("%a %H:%M") for each in await booked(clinic)] == [
        "Mon 09:00",
        "Tue 10:00",
        "Tue 10:00",
        "Tue 10:00",
    ]


async def test_what_cannot_be_moved_is_named_and_may_stay(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    second = await a_series(clinic)
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(10, day=30))
        details = scheduling.Details(clinic.second_patient_id)
        await scheduling.book(session, wanted, details, now=NOW)
    path = f"/appointments/{second}/series/move"
    form = {"version": "1", "scope": "following", "weekday": "0", "wall_time": "10:00"}

    refused = await desk.post(path, data=form)
    moved = await desk.post(path, data={**form, "skip": "yes"})

    assert refused.status_code == 409
    assert "Monday 30 November 2026: This time is taken." in refused.text
    assert "Some of them cannot be moved there" in refused.text
    assert moved.status_code == 303


async def test_all_to_come_are_cancelled_with_a_reason(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    second = await a_series(clinic)
    path = f"/appointments/{second}/series/cancel"

    empty = await desk.post(path, data={"version": "1", "scope": "all"})
    form = {"version": "1", "scope": "all", "reason": "Moved away"}
    vague = await desk.post(path, data=form)
    done = await desk.post(path, data={**form, "code": "patient"})
    page = await desk.get(done.headers["location"])

    assert empty.status_code == vague.status_code == 422
    assert "Enter why they are cancelled" in empty.text
    assert "Choose who or what it is because of" in vague.text
    assert 'value="Moved away"' in vague.text
    assert {(each.status, each.cancellation_code) for each in await booked(clinic)} == {
        ("cancelled", "patient")
    }
    assert "They are cancelled." in page.text


async def test_an_appointment_of_a_series_leads_to_it(
    desk: httpx2.AsyncClient, clinic: Clinic
) -> None:
    second = await a_series(clinic)

    page = await desk.get(f"/appointments/{second}")

    assert f"/appointments/{second}/series" in page.text


async def test_an_appointment_alone_has_no_series(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = scheduling.Wanted(clinic.service_id, clinic.doctor_id, at(9))
        details = scheduling.Details(clinic.patient_id)
        alone = (await scheduling.book(session, wanted, details, now=NOW)).appointment.id

    assert (await desk.get(f"/appointments/{alone}/series")).status_code == 422


async def test_others_take_part_or_nobody(desk: httpx2.AsyncClient, clinic: Clinic) -> None:
    form = typed(clinic, action="book", every="", with_ids=str(clinic.second_doctor_id))

    page = await desk.post("/schedule/book", data=form)

    assert page.status_code == 201
    assert [each.with_ids for each in await booked(clinic)] == [[clinic.second_doctor_id]]
