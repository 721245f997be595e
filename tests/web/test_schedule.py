"""The scheduler's day over HTTP."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest

from app import scheduling
from app.database import Database
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
