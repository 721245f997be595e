"""ATMIST and SBAR over HTTP."""

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
SHAH = {ACTING: "shah"}


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah)
    async with client(service(database_url, people, now=NOON), "crew") as opened:
        yield opened


async def test_typed_by_the_crew_and_read_by_both(http: httpx2.AsyncClient, region: Region) -> None:
    url = f"/api/v1/service-requests/{await region.ask()}/case"
    entries = [
        {"id": str(uuid4()), "field": field, "value": value, "typed_at": NOON.isoformat()}
        for field, value in (
            ("age_years", 71),
            ("complaints", ["stroke"]),
            ("situation", "Weak left arm"),
        )
    ]

    typed = await http.patch(url, json={"entries": entries})
    again = await http.patch(url, json={"entries": entries})
    read = await http.get(url, headers=SHAH)
    refused = await http.patch(url, json={"entries": entries}, headers=SHAH)

    assert typed.status_code == 200, typed.text
    assert again.json() == typed.json() == read.json()
    assert read.json()["atmist"][2] == {
        "letter": "M",
        "name": "Mechanism or complaint",
        "words": "Stroke symptoms",
    }
    assert read.json()["sbar"][0]["words"] == "Weak left arm"
    assert refused.status_code == 403


async def test_a_field_that_does_not_fit_is_named(http: httpx2.AsyncClient, region: Region) -> None:
    url = f"/api/v1/service-requests/{await region.ask()}/case"
    entry = {
        "id": str(uuid4()),
        "field": "age_years",
        "value": "old",
        "typed_at": NOON.isoformat(),
    }

    refused = await http.patch(url, json={"entries": [entry]})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "age_years")


async def test_what_was_replaced_is_in_the_history(
    http: httpx2.AsyncClient, region: Region
) -> None:
    url = f"/api/v1/service-requests/{await region.ask()}/case"
    for minutes, value in ((-2, 7), (-1, 70)):
        at = (NOON + timedelta(minutes=minutes)).isoformat()
        entry = {"id": str(uuid4()), "field": "age_years", "value": value, "typed_at": at}
        await http.patch(url, json={"entries": [entry]})

    first = (await http.get(f"{url}/history?limit=1", headers=SHAH)).json()
    second = (await http.get(f"{url}/history?cursor={first['next']}", headers=SHAH)).json()

    assert [first["items"][0]["value"], second["items"][0]["value"]] == [70, 7]
    assert first["items"][0]["typed_by_name"] == "Kim Reed"


async def test_the_fields_are_told_to_other_systems(http: httpx2.AsyncClient) -> None:
    fields = {each["code"]: each for each in (await http.get("/api/v1/case-fields")).json()}

    assert fields["age_years"]["high"] == 130
    assert {"value": "stroke", "words": "Stroke symptoms"} in fields["complaints"]["options"]
    assert fields["treatment:"]["kind"] == "treatment"
