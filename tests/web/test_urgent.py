"""Asking without a script: the page's own form."""

import re
from collections.abc import AsyncIterator

import httpx2
import pytest

from app import referrals
from app.models import HealthcareService, Organization
from tests.referrals.world import NOON, Region
from tests.routers.service import People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with client(service(database_url, People(crew=region.crew)), "crew") as opened:
        yield opened


async def form(http: httpx2.AsyncClient, region: Region, question: str) -> dict[str, str]:
    page = (await http.get("/urgent")).text
    named = re.search(r'name="form_id" value="([0-9a-f-]{36})"', page)
    assert named
    return {
        "service_id": str(region.service_id),
        "question": question,
        "form_id": named[1],
    }


async def test_the_same_form_sent_twice_rings_once(
    http: httpx2.AsyncClient, region: Region
) -> None:
    filled = await form(http, region, "Is this a stroke?")

    places = [(await http.post("/urgent", data=filled)).headers["location"] for _ in range(2)]

    assert places[0] == places[1]
    assert len((await http.get("/api/v1/service-requests")).json()["items"]) == 1


async def test_a_page_gone_back_to_for_another_question_asks_it(
    http: httpx2.AsyncClient, region: Region
) -> None:
    filled = await form(http, region, "Is this a stroke?")
    first = await http.post("/urgent", data=filled)

    other = await http.post("/urgent", data={**filled, "question": "Another patient: a bleed?"})

    assert other.headers["location"] != first.headers["location"]
    assert len((await http.get("/api/v1/service-requests")).json()["items"]) == 2


async def test_an_open_request_is_listed_with_its_question_as_it_was_typed(
    http: httpx2.AsyncClient, region: Region
) -> None:
    await http.post("/urgent", data=await form(http, region, "Is this a stroke?"))

    page = (await http.get("/urgent")).text

    assert "Is this a stroke?</p>" in page


async def test_with_no_number_to_ring_the_control_room_is_named(
    http: httpx2.AsyncClient, region: Region
) -> None:
    async with region.acting(region.shah) as session:
        service = await session.get_one(HealthcareService, region.service_id)
        house = await session.get_one(Organization, service.organization_id)
        service.phone = house.phone = ""
    for person in (region.shah, region.lund, region.mbeki):
        async with region.acting(person) as session:
            await referrals.take_duty(session, region.service_id, on=False, now=NOON)
    request_id = await region.ask()

    page = (await http.get(f"/urgent/{request_id}")).text

    assert "Nobody has answered yet." in page
    assert "Ring your control room." in page


async def test_the_crews_notes_are_read_by_the_specialist_too(
    region: Region, database_url: str
) -> None:
    request_id = await region.ask()
    entry = referrals.Entry(happened_at=NOON)
    async with region.acting(region.crew) as session:
        await referrals.write_note(session, request_id, "Now GCS 13.", entry=entry, now=NOON)

    async with client(service(database_url, People(shah=region.shah)), "shah") as specialist:
        read = await specialist.get(f"/fragments/urgent/{request_id}/notes")

    assert "Now GCS 13." in read.text
