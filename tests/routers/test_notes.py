"""Notes over HTTP: begun, saved with the version that was read, never overwritten."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest

from app.database import Database
from tests.encounters.world import NOON, planned, practice
from tests.routers.service import People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def doctor(database: Database, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    house = await practice(database)
    visit = await planned(house)
    app = service(database_url, People(doctor=house.staff()), now=NOON)
    async with client(app, "doctor") as http:
        http.base_url = httpx2.URL(f"http://localhost/api/v1/encounters/{visit.encounter_id}/")
        yield http


def note(text: str) -> dict[str, str]:
    return {"id": str(uuid4()), "text": text}


async def test_a_note_is_saved_as_it_is_typed(doctor: httpx2.AsyncClient) -> None:
    begun = await doctor.post("notes", json=note("Cough "))
    url = f"http://localhost/api/v1/notes/{begun.json()['id']}"
    saved = await doctor.put(
        url, json={"text": "Cough for a week"}, headers={"If-Match": begun.headers["etag"]}
    )
    listed = await doctor.get("notes")

    assert (begun.status_code, begun.json()["text"]) == (201, "Cough ")
    assert (saved.status_code, saved.headers["etag"]) == (200, '"2"')
    assert [note["text"] for note in listed.json()["items"]] == ["Cough for a week"]


async def test_an_old_version_is_refused(doctor: httpx2.AsyncClient) -> None:
    begun = await doctor.post("notes", json=note("One"))
    url = f"http://localhost/api/v1/notes/{begun.json()['id']}"
    await doctor.put(url, json={"text": "Two"}, headers={"If-Match": '"1"'})

    stale = await doctor.put(url, json={"text": "Three"}, headers={"If-Match": '"1"'})
    blind = await doctor.put(url, json={"text": "Three"})

    assert (stale.status_code, blind.status_code) == (412, 428)


async def test_a_novel_is_too_long(doctor: httpx2.AsyncClient) -> None:
    refused = await doctor.post("notes", json=note("a" * 20_001))

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "text")
