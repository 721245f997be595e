"""A join link over HTTP: what it tells, what it asks, and the session it gives."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from app import encounters, security
from app.config import Settings
from app.database import Database
from tests.accounts.staffroom import OWN_PAGE, Clock, over_http, settings_of, staffroom
from tests.encounters.world import BIRTH_DATE, NOON, Planned, Practice, planned, practice

pytestmark = [pytest.mark.anyio, pytest.mark.database]

RIGHT = BIRTH_DATE.isoformat()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_of(database_url, tmp_path)


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = NOON
    return clock


@pytest.fixture
async def house(database: Database) -> Practice:
    return await practice(database)


@pytest.fixture
async def visit(house: Practice) -> Planned:
    return await planned(house)


@pytest.fixture
async def client(settings: Settings, clock: Clock) -> AsyncIterator[httpx2.AsyncClient]:
    async with over_http(settings, clock) as opened:
        opened.headers.update(OWN_PAGE)
        yield opened


async def confirm(
    client: httpx2.AsyncClient, visit: Planned, birth_date: str = RIGHT
) -> httpx2.Response:
    return await client.post(
        "/api/v1/join/confirm", json={"secret": visit.secret, "birth_date": birth_date}
    )


async def test_a_link_tells_whom_one_will_see_and_nothing_of_the_patient(
    client: httpx2.AsyncClient, visit: Planned
) -> None:
    response = await client.post("/api/v1/join", json={"secret": visit.secret})

    body = response.json()
    assert (body["stage"], body["organization"]) == ("birth-date", "Riverside Surgery")
    assert (body["with_name"], body["phone"]) == ("Dr Amara Okafor", "01632 960002")
    assert body["starts_at"] == "2026-11-20T12:00:00Z"
    assert "Joan" not in response.text
    assert "Ashworth" not in response.text


async def test_the_right_date_of_birth_opens_the_visit(
    client: httpx2.AsyncClient, visit: Planned
) -> None:
    response = await confirm(client, visit)

    assert (response.status_code, response.json()) == (200, {"next": "/visit"})
    cookie = response.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/", "visit="))
    me = (await client.get("/api/v1/me")).json()
    assert (me["kind"], me["participant_id"]) == ("patient", str(visit.patient))
    token = await client.post(f"/api/v1/encounters/{visit.encounter_id}/signalling-token")
    assert token.status_code == 200


async def test_the_same_link_opens_again_on_another_device(
    client: httpx2.AsyncClient, visit: Planned, settings: Settings, clock: Clock
) -> None:
    await confirm(client, visit)

    async with over_http(settings, clock) as tablet:
        tablet.headers.update(OWN_PAGE)
        again = await confirm(tablet, visit)

        assert again.status_code == 200
        assert (await tablet.get("/api/v1/me")).status_code == 200
    assert (await client.get("/api/v1/me")).status_code == 200


async def test_three_wrong_dates_lock_the_link_and_say_whom_to_ring(
    client: httpx2.AsyncClient, visit: Planned
) -> None:
    tries = [await confirm(client, visit, "1958-03-15") for _ in range(3)]
    opened = await client.post("/api/v1/join", json={"secret": visit.secret})

    assert [response.status_code for response in tries] == [401, 401, 410]
    assert [response.json().get("tries_left") for response in tries] == [2, 1, None]
    assert opened.json()["type"] == "/problems/link-locked"
    assert opened.json()["phone"] == "01632 960002"
    assert (await confirm(client, visit)).status_code == 410


async def test_a_guest_gives_a_name(
    client: httpx2.AsyncClient, house: Practice, visit: Planned
) -> None:
    async with house.acting() as session:
        invitation = await encounters.invite(
            session,
            visit.encounter_id,
            id=uuid4(),
            name="Interpreter",
            role_label="interpreter",
            now=NOON,
        )

    opened = await client.post("/api/v1/join", json={"secret": invitation.secret})
    response = await client.post(
        "/api/v1/join/confirm", json={"secret": invitation.secret, "name": " Ewa Nowak "}
    )

    assert opened.json()["stage"] == "name"
    assert response.status_code == 200
    assert (await client.get("/api/v1/me")).json()["kind"] == "guest"


@pytest.mark.parametrize(
    "body",
    [
        {"secret": "x" * 32},
        {"secret": "x" * 32, "birth_date": RIGHT, "name": "Ewa"},
        {"secret": "x" * 32, "birth_date": "14 March"},
        {"secret": "x" * 32, "name": "  "},
        {"secret": "x" * 32, "name": "<b>"},
        {"secret": "", "name": "Ewa"},
        {"secret": "x" * 32, "name": "Ewa", "more": 1},
    ],
)
async def test_half_an_answer_is_refused(
    client: httpx2.AsyncClient, body: dict[str, object]
) -> None:
    assert (await client.post("/api/v1/join/confirm", json=body)).status_code == 422


async def test_a_secret_that_was_never_ours_is_gone(client: httpx2.AsyncClient) -> None:
    response = await client.post("/api/v1/join", json={"secret": "not-a-link"})

    assert (response.status_code, response.json()["type"]) == (410, "/problems/link-expired")


async def test_nobody_is_let_in_from_another_site(
    client: httpx2.AsyncClient, visit: Planned
) -> None:
    client.headers["Origin"] = "https://evil.example"

    assert (await confirm(client, visit)).status_code == 403


async def test_a_visitor_reaches_no_other_consultation(
    client: httpx2.AsyncClient, house: Practice, visit: Planned
) -> None:
    other = await planned(house, start=NOON.replace(hour=15))
    await confirm(client, visit)

    response = await client.post(f"/api/v1/encounters/{other.encounter_id}/signalling-token")

    assert response.status_code == 404


async def test_staff_who_try_a_link_stay_signed_in(
    client: httpx2.AsyncClient, database: Database, settings: Settings, visit: Planned
) -> None:
    doctor = await staffroom(database, settings, ods_code="B81001")
    signed = await doctor.sign_in(now=NOON)
    client.cookies.set(security.cookie_name(settings), signed.secret)
    await confirm(client, visit)

    as_staff = await client.get("/api/v1/me")
    as_visitor = await client.get("/api/v1/me", headers={security.VISIT_HEADER: "1"})

    assert (as_staff.json()["kind"], as_visitor.json()["kind"]) == ("staff", "patient")


async def test_who_was_removed_is_out(
    client: httpx2.AsyncClient, house: Practice, visit: Planned
) -> None:
    await confirm(client, visit)
    async with house.acting() as session:
        participant = await encounters.participants_of(session, visit.encounter_id)
        for person in participant:
            person.removed_at = NOON

    assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_visit_session_ends_when_it_is_signed_out(
    client: httpx2.AsyncClient, visit: Planned
) -> None:
    await confirm(client, visit)
    kept = client.cookies["visit"]

    await client.post("/api/v1/sign-out")

    client.cookies.set("visit", kept)
    assert (await client.get("/api/v1/me")).status_code == 401
