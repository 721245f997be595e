"""Notes of crews, and the headers of what devices kept, over HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest

from app.database import Database
from tests.referrals.world import NOON, Region
from tests.referrals.world import region as make_region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
URL = "/api/v1/service-requests"
EARLIER = (NOON - timedelta(minutes=40)).isoformat()


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah)
    async with client(service(database_url, people, now=NOON), "crew") as opened:
        yield opened


async def test_a_note_sent_twice_is_one_with_both_its_times(
    http: httpx2.AsyncClient, region: Region
) -> None:
    url = f"{URL}/{await region.ask()}/notes"
    note = {"id": str(uuid4()), "text": "Takes apixaban", "written_at": EARLIER}
    answers = [await http.post(url, json=note) for _ in range(2)]
    listed = (await http.get(url, headers={ACTING: "shah"})).json()["items"]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert [(each["text"], each["author_name"]) for each in listed] == [
        ("Takes apixaban", "Kim Reed")
    ]
    assert listed[0]["written_at"] < listed[0]["received_at"]


async def test_a_change_with_its_own_id_is_done_once(
    http: httpx2.AsyncClient, region: Region
) -> None:
    url = f"{URL}/{await region.ask()}"
    headers = {"Entry-Id": str(uuid4()), "Happened-At": EARLIER}
    for minutes in (12, 30):
        changed = await http.patch(url, json={"eta_minutes": minutes}, headers=headers)

    assert changed.json()["eta_minutes"] == 12


async def test_headers_that_cannot_be_read_are_named(
    http: httpx2.AsyncClient, region: Region
) -> None:
    url = f"{URL}/{await region.ask()}"
    refused = await http.patch(url, json={"eta_minutes": 1}, headers={"Happened-At": "yesterday"})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "header.happened-at"
