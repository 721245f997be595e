"""Checks of lines over HTTP: told by those who have a seat, read by administrators."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from app.database import Database
from tests.encounters.checks import found
from tests.encounters.world import NOON, Planned, Practice, planned, practice
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
OFFICE = {ACTING: "office"}
LIST = "/api/v1/line-checks"


@pytest.fixture
async def house(database: Database) -> Practice:
    return await practice(database)


@pytest.fixture
async def visit(house: Practice) -> Planned:
    return await planned(house)


@pytest.fixture
async def patient(
    house: Practice, visit: Planned, database_url: str
) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(
        patient=visit.patient_principal,
        doctor=house.staff(),
        desk=house.staff("scheduler"),
        office=house.staff("administrator"),
    )
    async with client(service(database_url, people, now=NOON), "patient") as http:
        yield http


async def tell(http: httpx2.AsyncClient, visit: Planned, **fields: object) -> httpx2.Response:
    url = f"/api/v1/encounters/{visit.encounter_id}/line-checks"
    return await http.post(url, json=found(**fields))


async def test_what_the_page_tells_is_what_support_reads(
    patient: httpx2.AsyncClient, visit: Planned
) -> None:
    told = await tell(patient, visit, tcp_answered=False)
    (read,) = (await patient.get(LIST, headers=OFFICE)).json()["items"]

    assert (told.status_code, told.content) == (204, b"")
    assert read["checked_at"] == "2026-11-20T12:00:00Z"
    assert (read["role"], read["role_label"]) == ("patient", "")
    assert (read["way"], read["udp_answered"], read["tcp_answered"], read["relay_answered"]) == (
        "udp",
        True,
        False,
        None,
    )
    assert not {"name", "address", "user_agent"} & read.keys()


async def test_pages_of_the_list_follow_each_other(
    patient: httpx2.AsyncClient, visit: Planned
) -> None:
    for seconds in range(3):
        await tell(patient, visit, checked_ms_ago=seconds * 1_000)

    first = (await patient.get(LIST, params={"limit": 2}, headers=OFFICE)).json()
    cursor = {"limit": "2", "cursor": first["next"]}
    second = (await patient.get(LIST, params=cursor, headers=OFFICE)).json()

    times = [check["checked_at"] for page in (first, second) for check in page["items"]]
    assert times == sorted(times, reverse=True)
    assert (len(set(times)), second["next"]) == (3, None)


@pytest.mark.parametrize("who", ["patient", "doctor", "desk"])
async def test_only_administrators_read_them(patient: httpx2.AsyncClient, who: str) -> None:
    assert (await patient.get(LIST, headers={ACTING: who})).status_code == 403
