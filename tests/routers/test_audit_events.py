"""Auditors search their own house's audit; each look is on record."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest

from app import encounters
from app.clock import utc_now
from app.database import Database
from tests.encounters.world import NOON, Practice, planned, practice
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]

URL = "/api/v1/audit-events"


@dataclass(frozen=True)
class Office:
    """The API signed in as the auditor, and what happened before."""

    http: httpx2.AsyncClient
    house: Practice

    async def found(self, **filters: str) -> list[dict[str, object]]:
        answer = await self.http.get(URL, params=filters)
        items: list[dict[str, object]] = answer.json()["items"]
        return items


@pytest.fixture
async def office(database: Database, database_url: str) -> AsyncIterator[Office]:
    house = await practice(database)
    visit = await planned(house)
    async with house.acting() as session:
        await encounters.read_encounter(session, visit.encounter_id)
    people = People(auditor=house.staff("auditor"), doctor=house.staff())
    async with client(service(database_url, people, now=NOON), "auditor") as http:
        yield Office(http, house)


async def test_a_patients_record_shows_who_looked(office: Office) -> None:
    rows = await office.found(patient_id=str(office.house.patient_id))

    assert [(row["what"], row["agent_name"], row["address"]) for row in rows] == [
        ("read Encounter", "Dr Amara Okafor", "192.0.2.7"),
        ("plan Encounter", "Dr Amara Okafor", "192.0.2.7"),
    ]


async def test_filters_narrow_it(office: Office) -> None:
    assert [row["what"] for row in await office.found(action="C")] == ["plan Encounter"]
    assert len(await office.found(agent_name="okafor", action="R")) == 2
    assert await office.found(agent_name="%") == []
    assert await office.found(outcome="refused") == []
    assert await office.found(since=(utc_now() + timedelta(hours=1)).isoformat()) == []
    assert await office.found(practitioner_id=str(office.house.service_id)) == []


async def test_it_comes_in_pages_newest_first(office: Office) -> None:
    first = (await office.http.get(URL, params={"limit": 1})).json()
    second = (await office.http.get(URL, params={"limit": 1, "cursor": first["next"]})).json()

    assert first["items"][0]["what"] == "read Encounter"
    assert second["items"][0]["what"] == "plan Encounter"


async def test_the_look_itself_is_on_record(office: Office) -> None:
    await office.found()

    assert (await office.found(action="R"))[0]["what"] == "search AuditEvent"


async def test_only_auditors_look(office: Office) -> None:
    refused = await office.http.get(URL, headers={ACTING: "doctor"})

    assert refused.status_code == 403


async def test_another_house_is_not_seen(office: Office, database: Database) -> None:
    other = await practice(database, "B82002")
    await planned(other)

    rows = await office.found(patient_id=str(other.patient_id))

    assert rows == []
