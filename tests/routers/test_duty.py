"""Duty over HTTP: read, taken, and refused to those it is not for."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest

from app.database import Database
from tests.referrals.world import NOON, Region
from tests.referrals.world import region as make_region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]

SHAH = {ACTING: "shah"}


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah)
    async with client(service(database_url, people, now=NOON), "crew") as opened:
        yield opened


async def test_duty_is_read_and_taken(http: httpx2.AsyncClient, region: Region) -> None:
    before = await http.get("/api/v1/duty", headers=SHAH)
    after = await http.put(
        "/api/v1/duty", json={"service_id": str(region.service_id), "on": False}, headers=SHAH
    )
    not_theirs = await http.put(
        "/api/v1/duty", json={"service_id": str(uuid4()), "on": True}, headers=SHAH
    )
    no_flag = await http.put(
        "/api/v1/duty", json={"service_id": str(region.service_id), "on": "yes"}, headers=SHAH
    )
    crew = await http.get("/api/v1/duty")

    assert before.json()["items"][0]["since"] == "2026-11-20T12:00:00Z"
    assert after.json()["items"][0]["since"] is None
    assert no_flag.json()["errors"][0]["field"] == "on"
    assert (not_theirs.status_code, crew.status_code) == (403, 403)
