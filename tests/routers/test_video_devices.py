"""Encoders and screens over HTTP: registered, read and revoked by an administrator."""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select

from app.database import Database
from app.models import AuditEvent
from tests.referrals.world import NOON, Region, region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]

PATH = "/api/v1/video-devices"
CAMERA = {"kind": "encoder", "name": "Roof camera", "call_sign": "A12"}


@pytest.fixture
async def here(database: Database) -> Region:
    return await region(database)


@pytest.fixture
async def http(here: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    administrator = replace(here.crew, roles=frozenset({"administrator"}), subject=uuid4())
    strange = replace(here.shah, roles=frozenset({"administrator"}), subject=uuid4())
    people = People(admin=administrator, crew=here.crew, strange=strange)
    async with client(service(database_url, people, now=NOON), "admin") as opened:
        yield opened


async def test_a_name_is_registered_once_and_its_token_told_once(http: httpx2.AsyncClient) -> None:
    made = await http.post(PATH, json=CAMERA)
    again = await http.post(PATH, json={**CAMERA, "name": "ROOF camera"})
    listed = (await http.get(PATH)).json()["items"]

    assert (made.status_code, again.status_code) == (201, 409)
    assert made.json()["token"].count(".") == 1
    assert [each["name"] for each in listed] == ["Roof camera"]
    assert "token" not in listed[0]


async def test_it_is_revoked_by_whoever_read_it_and_both_are_on_record(
    http: httpx2.AsyncClient, here: Region
) -> None:
    path = (await http.post(PATH, json=CAMERA)).headers["Location"]
    etag = (await http.get(path)).headers["ETag"]

    unread = await http.post(f"{path}/revoke")
    stale = await http.post(f"{path}/revoke", headers={"If-Match": '"9"'})
    done = await http.post(f"{path}/revoke", headers={"If-Match": etag})
    again = await http.post(f"{path}/revoke", headers={"If-Match": etag})

    assert [each.status_code for each in (unread, stale, done, again)] == [428, 412, 200, 200]
    assert again.json()["version"] == done.json()["version"]
    async with here.acting(here.crew) as session:
        found = set(await session.scalars(select(AuditEvent.what)))
    assert {"register VideoDevice", "revoke VideoDevice"} <= found


async def test_it_is_the_administrators_of_its_own_house(http: httpx2.AsyncClient) -> None:
    path = (await http.post(PATH, json=CAMERA)).headers["Location"]

    crews = await http.get(PATH, headers={ACTING: "crew"})
    theirs = await http.get(path, headers={ACTING: "strange"})

    assert (crews.status_code, theirs.status_code) == (403, 404)
    assert (await http.get(PATH, headers={ACTING: "strange"})).json()["items"] == []


@pytest.mark.parametrize("lacks", ["kind", "name", "call_sign"])
async def test_it_must_be_said_what_it_is_and_whose(http: httpx2.AsyncClient, lacks: str) -> None:
    body = {key: value for key, value in CAMERA.items() if key != lacks}

    assert (await http.post(PATH, json=body)).status_code == 422
