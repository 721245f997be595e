"""Vital signs of a consultation over HTTP, with their codes."""

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


def reading(**more: object) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "code": "temperature",
        "value": 38.2,
        "taken_at": NOON.isoformat(),
        **more,
    }


async def test_a_reading_comes_back_with_its_codes(doctor: httpx2.AsyncClient) -> None:
    kept = (await doctor.post("observations", json=reading())).json()
    listed = (await doctor.get("observations")).json()["items"]

    assert (kept["name"], kept["snomed"], kept["loinc"], kept["unit"]) == (
        "Temperature",
        "276885007",
        "8310-5",
        "Cel",
    )
    assert listed == [kept]


async def test_a_mistake_is_marked(doctor: httpx2.AsyncClient) -> None:
    kept = (await doctor.post("observations", json=reading())).json()

    marked = await doctor.post(
        f"http://localhost/api/v1/observations/{kept['id']}/entered-in-error",
        json={"reason": "Wrong arm"},
    )

    assert marked.json()["status"] == "entered-in-error"
    assert (marked.json()["retracted_reason"], marked.json()["retracted_by_name"]) == (
        "Wrong arm",
        "Dr Amara Okafor",
    )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"value": 372}, "value"),
        ({"value": "warm"}, "value"),
        ({"code": "heart-rate", "value": True}, "value"),
        ({"value": "38.2"}, "value"),
        ({"code": "mood"}, "code"),
        ({"taken_at": "2026-11-20T12:00:00"}, "taken_at"),
        ({"unit": "mg/dL"}, "unit"),
        ({"pulse": 1}, "pulse"),
    ],
)
async def test_what_cannot_be_is_named(
    doctor: httpx2.AsyncClient, more: dict[str, object], field: str
) -> None:
    refused = await doctor.post("observations", json=reading(**more))

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
