"""Monitors over HTTP: registered by an administrator, put on and taken off by the crew."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import func, select

from app.database import Database
from app.models import AuditEvent
from tests.referrals.world import NOON, Region, region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def here(database: Database) -> Region:
    return await region(database)


@pytest.fixture
async def http(here: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    administrator = replace(here.crew, roles=frozenset({"administrator"}), subject=uuid4())
    people = People(admin=administrator, crew=here.crew, shah=here.shah)
    async with client(service(database_url, people, now=NOON), "crew") as opened:
        yield opened


@pytest.fixture
async def request_id(here: Region) -> UUID:
    return await here.ask()


AS_ADMIN = {ACTING: "admin"}


async def registered(http: httpx2.AsyncClient, name: str = "Monitor 7") -> dict[str, str]:
    made = await http.post("/api/v1/monitors", json={"name": name}, headers=AS_ADMIN)
    assert made.status_code == 201
    body: dict[str, str] = made.json()
    return body


async def test_a_name_is_registered_once_and_its_secret_told_once(
    http: httpx2.AsyncClient,
) -> None:
    made = await registered(http)

    again = await http.post("/api/v1/monitors", json={"name": "monitor 7"}, headers=AS_ADMIN)
    listed = (await http.get("/api/v1/monitors")).json()["items"]

    assert made["client_secret"]
    assert again.status_code == 409
    assert [each["name"] for each in listed] == ["Monitor 7"]
    assert "client_secret" not in listed[0]


async def test_it_is_revoked_by_whoever_read_it(http: httpx2.AsyncClient) -> None:
    made = await registered(http)
    path = f"/api/v1/monitors/{made['id']}"
    etag = (await http.get(path, headers=AS_ADMIN)).headers["ETag"]

    unread = await http.post(f"{path}/revoke", headers=AS_ADMIN)
    stale = await http.post(f"{path}/revoke", headers={**AS_ADMIN, "If-Match": '"9"'})
    done = await http.post(f"{path}/revoke", headers={**AS_ADMIN, "If-Match": etag})
    token = await http.post(
        "/api/v1/token",
        data={"grant_type": "client_credentials"},
        auth=(made["client_id"], made["client_secret"]),
    )

    assert [each.status_code for each in (unread, stale, done)] == [428, 412, 200]
    assert done.json()["revoked_at"]
    assert token.status_code == 401


async def test_the_crew_puts_it_on_and_takes_it_off(
    http: httpx2.AsyncClient, request_id: UUID
) -> None:
    made = await registered(http)
    path = f"/api/v1/service-requests/{request_id}/monitors"

    put = await http.post(path, json={"monitor_id": made["id"]})
    again = await http.post(path, json={"monitor_id": made["id"]})
    end = await http.post(f"/api/v1/monitor-links/{put.json()['id']}/end", json={})
    seen = await http.get(path, headers={ACTING: "shah"})

    assert put.json()["id"] == again.json()["id"]
    assert (end.json()["ended_by_name"], end.json()["wrong"]) == ("Kim Reed", False)
    assert [each["monitor_name"] for each in seen.json()["items"]] == ["Monitor 7"]


async def test_it_is_on_one_patient_at_a_time(
    http: httpx2.AsyncClient, here: Region, request_id: UUID
) -> None:
    made = await registered(http)
    other = await here.ask()
    for each in (request_id, other):
        path = f"/api/v1/service-requests/{each}/monitors"
        await http.post(path, json={"monitor_id": made["id"]})

    links = (await http.get(f"/api/v1/service-requests/{request_id}/monitors")).json()["items"]

    assert [bool(link["ended_at"]) for link in links] == [True]


@pytest.mark.parametrize("hours", [-5, 1])
async def test_since_when_must_make_sense(
    http: httpx2.AsyncClient, request_id: UUID, hours: int
) -> None:
    made = await registered(http)
    since = (NOON + timedelta(hours=hours)).isoformat()

    refused = await http.post(
        f"/api/v1/service-requests/{request_id}/monitors",
        json={"monitor_id": made["id"], "since": since},
    )

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "since")


async def test_the_specialist_changes_none_of_it(
    http: httpx2.AsyncClient, request_id: UUID
) -> None:
    made = await registered(http)

    refused = [
        await http.post(
            f"/api/v1/service-requests/{request_id}/monitors",
            json={"monitor_id": made["id"]},
            headers={ACTING: "shah"},
        ),
        await http.post("/api/v1/monitors", json={"name": "Mine"}, headers={ACTING: "shah"}),
        await http.get("/api/v1/monitors", headers={ACTING: "shah"}),
    ]

    assert [each.status_code for each in refused] == [403, 403, 403]


async def test_a_batch_has_a_result_for_each_line(
    http: httpx2.AsyncClient, request_id: UUID
) -> None:
    path = f"/api/v1/service-requests/{request_id}/observations/batch"
    good = {"id": str(uuid4()), "code": "heart-rate", "value": 70, "taken_at": NOON.isoformat()}
    lines = [good, {**good, "id": "x"}, {**good, "id": str(uuid4()), "value": 900}, good, 7]

    first = (await http.post(path, json={"observations": lines})).json()["results"]
    again = (await http.post(path, json={"observations": [good]})).json()["results"]
    course = (await http.get(f"/api/v1/service-requests/{request_id}/trends")).json()

    assert [(each["status"], each["problem"]) for each in first] == [
        ("stored", None),
        ("refused", "unreadable"),
        ("refused", "invalid"),
        ("known", None),
        ("refused", "unreadable"),
    ]
    assert [each["status"] for each in again] == ["known"]
    assert [each["code"] for each in course["signs"]] == ["heart-rate"]


async def test_the_score_says_how_old_its_parts_are(
    http: httpx2.AsyncClient, request_id: UUID
) -> None:
    old = {
        "id": str(uuid4()),
        "code": "heart-rate",
        "value": 135,
        "taken_at": (NOON - timedelta(minutes=16)).isoformat(),
    }
    await http.post(f"/api/v1/service-requests/{request_id}/observations", json=old)

    score = (await http.get(f"/api/v1/service-requests/{request_id}/news2")).json()
    chosen = await http.put(
        f"/api/v1/service-requests/{request_id}/oxygen-scale",
        json={"scale": 2},
        headers={ACTING: "shah"},
    )

    assert (score["stale"], score["total"], score["at_least"]) == (["heart-rate"], None, 3)
    assert score["age_known"] is False
    assert chosen.json()["spo2_scale_chosen_by"] == "Nina Shah"


async def test_watching_is_on_record_once_in_ten_minutes(
    http: httpx2.AsyncClient, here: Region, request_id: UUID
) -> None:
    for _ in range(5):
        await http.get(f"/api/v1/service-requests/{request_id}/trends")

    async with here.acting(here.crew) as session:
        count = await session.scalar(
            select(func.count()).where(AuditEvent.what == "read the course of vital signs")
        )
    assert count == 1
