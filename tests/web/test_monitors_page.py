"""The administrator's monitors: a secret shown once, and whether one sends."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import select, update

from app.database import Database
from app.models import Monitor
from tests.clinic import NOW, Clinic, open_clinic
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)


@pytest.fixture
async def office(clinic: Clinic, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    administrator = replace(clinic.scheduler, roles=frozenset({"administrator"}))
    people = People(office=administrator, desk=clinic.scheduler)
    async with client(service(database_url, people), "office") as opened:
        opened.headers["Accept"] = "text/html"
        yield opened


async def only(clinic: Clinic) -> Monitor:
    async with clinic.database.transaction(clinic.actor) as session:
        return (await session.scalars(select(Monitor))).one()


async def test_an_empty_page_says_what_to_do(office: httpx2.AsyncClient) -> None:
    page = await office.get("/monitors")

    assert page.status_code == 200
    assert "There are no monitors yet." in page.text


async def test_a_secret_is_shown_once(office: httpx2.AsyncClient) -> None:
    made = await office.post("/monitors", data={"name": "Monitor 7", "call_sign": "VA214"})
    later = await office.get("/fragments/monitors")

    assert "The secret of Monitor 7 is shown this once." in made.text
    assert "Nothing sent yet" in later.text
    assert "secret" not in later.text.lower()


@pytest.mark.parametrize("name", ["", "  ", "Monitor 7"])
async def test_a_name_is_needed_and_taken_once(office: httpx2.AsyncClient, name: str) -> None:
    await office.post("/monitors", data={"name": "monitor 7"})

    refused = await office.post("/monitors", data={"name": name})

    assert refused.status_code == 422
    assert "There is a problem" in refused.text


async def test_it_is_taken_out_of_use_as_it_was_seen(
    office: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await office.post("/monitors", data={"name": "Monitor 7"})
    monitor = await only(clinic)

    stale = await office.post(f"/monitors/{monitor.id}/revoke", data={"version": "9"})
    done = await office.post(f"/monitors/{monitor.id}/revoke", data={"version": "1"})
    page = await office.get("/monitors")

    assert (stale.status_code, done.status_code) == (409, 303)
    assert "Out of use" in page.text


async def test_whether_it_sends_is_said(office: httpx2.AsyncClient, clinic: Clinic) -> None:
    await office.post("/monitors", data={"name": "Monitor 7"})
    async with clinic.database.transaction(clinic.actor) as session:
        await session.execute(update(Monitor).values(last_seen_at=NOW))

    page = await office.get("/monitors")

    assert "Sending" in page.text


async def test_it_is_the_administrators_page(office: httpx2.AsyncClient) -> None:
    refused = await office.get("/monitors", headers={ACTING: "desk"})

    assert refused.status_code == 403
