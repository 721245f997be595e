"""The administrator's encoders and screens: a token shown once, and taken out of use."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from sqlalchemy import select, update

from app.database import Database
from app.models import VideoDevice
from tests.clinic import NOW, Clinic, open_clinic
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]

CAMERA = {"kind": "encoder", "name": "Roof camera", "call_sign": "VA214"}


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


async def only(clinic: Clinic) -> VideoDevice:
    async with clinic.database.transaction(clinic.actor) as session:
        return (await session.scalars(select(VideoDevice))).one()


async def test_an_empty_page_says_what_to_do(office: httpx2.AsyncClient) -> None:
    page = await office.get("/video-devices")

    assert page.status_code == 200
    assert "There are no encoders and no screens yet." in page.text


@pytest.mark.parametrize(("kind", "path"), [("encoder", "whip"), ("screen", "whep")])
async def test_a_token_is_shown_once_with_its_address(
    office: httpx2.AsyncClient, kind: str, path: str
) -> None:
    made = await office.post("/video-devices", data={**CAMERA, "kind": kind})
    later = await office.get("/fragments/video-devices")

    assert "The token of Roof camera is shown this once." in made.text
    assert f"/api/v1/{path}" in made.text
    assert "Not used yet" in later.text
    assert "token" not in later.text.lower()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"name": " "}, "Enter a name", id="no name"),
        pytest.param({"call_sign": ""}, "Enter the vehicle&#39;s call sign", id="no call sign"),
        pytest.param({"kind": "toaster"}, "Choose an encoder or a screen", id="no kind"),
        pytest.param({"name": "ROOF CAMERA"}, "has this name", id="a name in use"),
    ],
)
async def test_what_is_missing_is_said(
    office: httpx2.AsyncClient, typed: dict[str, str], said: str
) -> None:
    await office.post("/video-devices", data=CAMERA)

    refused = await office.post("/video-devices", data={**CAMERA, "name": "Other", **typed})

    assert refused.status_code == 422
    assert said in refused.text


async def test_it_is_taken_out_of_use_as_it_was_seen(
    office: httpx2.AsyncClient, clinic: Clinic
) -> None:
    await office.post("/video-devices", data=CAMERA)
    device = await only(clinic)

    stale = await office.post(f"/video-devices/{device.id}/revoke", data={"version": "9"})
    done = await office.post(f"/video-devices/{device.id}/revoke", data={"version": "1"})
    page = await office.get("/video-devices")

    assert (stale.status_code, done.status_code) == (409, 303)
    assert "Out of use" in page.text


async def test_whether_it_ever_came_is_said(office: httpx2.AsyncClient, clinic: Clinic) -> None:
    await office.post("/video-devices", data=CAMERA)
    async with clinic.database.transaction(clinic.actor) as session:
        await session.execute(update(VideoDevice).values(last_seen_at=NOW))

    page = await office.get("/video-devices")

    assert "In use" in page.text
    assert "Last came in at" in page.text


async def test_it_is_the_administrators_page(office: httpx2.AsyncClient) -> None:
    refused = await office.get("/video-devices", headers={ACTING: "desk"})

    assert refused.status_code == 403
