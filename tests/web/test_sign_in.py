"""Signing in and out on pages, and where each person is led."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from app.config import DEMO_PASSWORD, Settings
from app.database import Database
from app.identity import Actor, StaffRole
from app.models import Account, HealthcareService, PractitionerRole
from app.web.sign_in import local_path
from tests.accounts.staffroom import (
    BASE_URL,
    PASSWORD,
    USERNAME,
    Clock,
    Staffroom,
    over_http,
    settings_of,
    staffroom,
)

pytestmark = [pytest.mark.anyio, pytest.mark.database]
RIGHT = {"username": USERNAME, "password": PASSWORD}


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_of(database_url, tmp_path)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with over_http(settings, Clock()) as opened:
        opened.headers.update({"Accept": "text/html", "Origin": BASE_URL})
        yield opened


@pytest.fixture
async def room(database: Database, settings: Settings) -> Staffroom:
    return await staffroom(database, settings)


async def test_the_form_has_labels_and_no_demo_where_none_is_shown(
    client: httpx2.AsyncClient,
) -> None:
    page = await client.get("/sign-in")

    assert page.status_code == 200
    assert 'for="username"' in page.text
    assert 'for="password"' in page.text
    assert "made-up people" not in page.text


@pytest.mark.usefixtures("room")
async def test_a_clinician_signs_in_and_comes_to_today(client: httpx2.AsyncClient) -> None:
    signed = await client.post("/sign-in", data=RIGHT)
    door = await client.get("/")

    assert (signed.status_code, signed.headers["location"]) == (303, "/")
    assert "httponly" in signed.headers["set-cookie"].lower()
    assert (door.status_code, door.headers["location"]) == (303, "/today")


@pytest.mark.usefixtures("room")
async def test_who_asked_for_a_page_gets_it_after_signing_in(client: httpx2.AsyncClient) -> None:
    asked = await client.get("/today")
    form = await client.get(asked.headers["location"])
    signed = await client.post("/sign-in", data={**RIGHT, "next": "/today"})

    assert 'name="next" value="/today"' in form.text
    assert signed.headers["location"] == "/today"


@pytest.mark.usefixtures("room")
async def test_a_wrong_password_is_said_without_saying_which(client: httpx2.AsyncClient) -> None:
    page = await client.post("/sign-in", data={"username": USERNAME, "password": "wrong"})

    assert page.status_code == 401
    assert "The user name or password is not right" in page.text
    assert f'value="{USERNAME}"' in page.text
    assert "wrong" not in page.text.replace("went wrong", "")
    assert "set-cookie" not in page.headers


@pytest.mark.usefixtures("room")
async def test_a_form_of_another_site_signs_nobody_in(client: httpx2.AsyncClient) -> None:
    page = await client.post("/sign-in", data=RIGHT, headers={"Origin": "https://evil.example"})

    assert page.status_code == 403


@pytest.mark.usefixtures("room")
async def test_signing_out_ends_the_session(client: httpx2.AsyncClient) -> None:
    await client.post("/sign-in", data=RIGHT)

    out = await client.post("/sign-out")
    after = await client.get("/today")

    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert after.headers["location"].startswith("/sign-in")
    assert (await client.post("/sign-out")).status_code == 303


@pytest.mark.parametrize(
    ("role", "place"),
    [("crew", "/urgent"), ("scheduler", "/schedule"), ("auditor", "/audit")],
)
async def test_each_role_is_led_to_its_own_work(
    database: Database,
    settings: Settings,
    client: httpx2.AsyncClient,
    role: StaffRole,
    place: str,
) -> None:
    await staffroom(database, settings, role=role)
    await client.post("/sign-in", data=RIGHT)

    assert (await client.get("/")).headers["location"] == place


async def test_who_gives_urgent_advice_is_led_to_the_queue(
    room: Staffroom, client: httpx2.AsyncClient
) -> None:
    async with room.database.transaction(Actor(room.organization_id)) as session:
        service = HealthcareService(
            organization_id=room.organization_id, name="Stroke", specialty="stroke", urgent=True
        )
        session.add(service)
        await session.flush()
        session.add(
            PractitionerRole(
                organization_id=room.organization_id,
                practitioner_id=room.practitioner_id,
                role="clinician",
                service_id=service.id,
            )
        )
    await client.post("/sign-in", data=RIGHT)

    assert (await client.get("/")).headers["location"] == "/on-call"


async def test_the_demo_shows_who_one_can_be(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    settings = settings_of(database_url, tmp_path, demo=True)
    room = await staffroom(database, settings)
    async with room.database.transaction(Actor(room.organization_id)) as session:
        account = await session.get_one(Account, room.account_id)
        account.is_demo = True

    async with over_http(settings, Clock()) as client:
        page = await client.get("/sign-in")

    assert "Dr Amara Okafor" in page.text
    assert "Clinician, Riverside" in page.text
    assert f'data-password="{DEMO_PASSWORD}"' in page.text


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/today", "/today"),
        ("/schedule?date=2026-11-23", "/schedule?date=2026-11-23"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
async def test_nobody_is_sent_elsewhere(wanted: str, path: str) -> None:
    assert local_path(wanted) == path
