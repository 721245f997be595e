"""The handover's page: as it changes, and to whom it was sent."""

import re
from uuid import uuid4

import httpx2
import pytest

from tests.referrals.world import NOON, Region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
CREW = {ACTING: "crew", "Sec-Fetch-Site": "same-origin"}


async def test_the_page_follows_all_that_its_timeline_tells(
    region: Region, database_url: str
) -> None:
    request_id = await region.ask()
    app = service(database_url, People(crew=region.crew), now=NOON)

    async with client(app, "crew") as http:
        page: httpx2.Response = await http.get(f"/urgent/{request_id}/handover", headers=CREW)

    follows = page.text.partition(f'/fragments/urgent/{request_id}/handover"')[2].partition(">")[0]
    for event in ("document.received", "request.moved", "request.held", "request.handed-over"):
        assert event in follows


async def test_a_link_says_in_sentences_how_it_stands(region: Region, database_url: str) -> None:
    request_id = await region.ask()
    app = service(database_url, People(crew=region.crew), now=NOON)
    to = {"id": str(uuid4()), "recipient": "ED resus", "email": "resus@example.org"}

    async with client(app, "crew") as http:
        made = await http.post(
            f"/api/v1/service-requests/{request_id}/handover-links", json=to, headers=CREW
        )
        links = await http.get(f"/fragments/urgent/{request_id}/handover-links", headers=CREW)

    assert made.status_code == 201
    assert re.search(r"Not opened yet\. Works until \d\d:\d\d on \d+ \w+ \d{4}\.", links.text)


async def test_the_door_says_why_a_link_opens_nothing(region: Region, database_url: str) -> None:
    app = service(database_url, People(crew=region.crew), now=NOON)

    async with client(app, "crew") as http:
        door: httpx2.Response = await http.get("/handover", headers=CREW)

    assert "It has ended, was withdrawn, or part of its address is missing." in door.text
