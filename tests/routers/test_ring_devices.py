"""Devices over HTTP: added, listed, taken away; the number chosen; off where there is no key."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI

from app.database import Database
from tests.notifications.rings.pushservice import Chrome
from tests.notifications.rings.ward import PUSH
from tests.referrals.world import NOON, Region
from tests.referrals.world import region as make_region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/on-call/devices"
CREW = {ACTING: "crew"}


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
def app(region: Region, database_url: str, tmp_path: Path) -> FastAPI:
    people = People(crew=region.crew, shah=region.shah)
    made = service(database_url, people, now=NOON)
    made.state.settings = made.state.settings.model_copy(update={"data_dir": tmp_path})
    return made


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    app.state.open_push = lambda _: PUSH
    async with client(app, "shah") as opened:
        yield opened


async def test_a_browser_is_added_listed_and_taken_away(http: httpx2.AsyncClient) -> None:
    body = Chrome("https://web.push.example/1").subscription.model_dump()

    added = await http.put(PATH, json={**body, "expirationTime": None})
    again = await http.put(PATH, json=body)
    listed = await http.get(PATH)
    gone = await http.delete(f"{PATH}/{added.json()['id']}")
    missing = await http.delete(f"{PATH}/{added.json()['id']}")

    assert (added.status_code, again.status_code) == (201, 200)
    assert [each["device"] for each in listed.json()["items"]] == ["Chrome on Android"]
    assert "push.example" not in listed.text
    assert (gone.status_code, missing.status_code) == (204, 404)


async def test_the_number_is_chosen_with_the_version_that_was_read(
    http: httpx2.AsyncClient,
) -> None:
    path = f"{PATH}/preference"
    before = await http.get(path)
    body = {"mobile": "07700 900123", "text_when": "always"}

    chosen = await http.put(path, json=body, headers={"If-Match": before.headers["etag"]})
    stale = await http.put(path, json=body, headers={"If-Match": before.headers["etag"]})
    wrong = await http.put(
        path, json={"mobile": "01132 960001"}, headers={"If-Match": chosen.headers["etag"]}
    )

    assert (before.json()["version"], before.json()["push_key"]) == (0, PUSH.public_key)
    assert (chosen.json()["mobile"], chosen.json()["version"]) == ("07700 900123", 1)
    assert (stale.status_code, wrong.status_code) == (412, 422)


async def test_a_crew_is_not_rung(http: httpx2.AsyncClient) -> None:
    assert (await http.get(PATH, headers=CREW)).status_code == 403


async def test_where_push_is_off_no_browser_is_taken(app: FastAPI) -> None:
    body = Chrome("https://web.push.example/1").subscription.model_dump()

    async with client(app, "shah") as http:
        refused = await http.put(PATH, json=body)
        preference = await http.get(f"{PATH}/preference")

    assert (refused.status_code, preference.json()["push_key"]) == (409, None)


async def test_the_installations_key_is_what_browsers_subscribe_with(
    app: FastAPI, tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file = tmp_path / "push.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    app.state.settings = app.state.settings.model_copy(update={"push_key_file": file})

    async with client(app, "shah") as http:
        preference = await http.get(f"{PATH}/preference")

    assert len(preference.json()["push_key"]) == 87
