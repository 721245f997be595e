"""Handing over by HTTP: facts, paper, and a link for those without an account."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest

from app.database import Database
from tests.referrals.world import NOON, Region
from tests.referrals.world import region as make_region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SHAH = {ACTING: "shah"}


def to() -> dict[str, str]:
    return {"id": str(uuid4()), "recipient": "Resus, St Mary's", "email": "resus@example.org"}


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah)
    async with client(service(database_url, people, now=NOON), "crew") as opened:
        yield opened


async def test_both_sides_read_it_and_print_it(http: httpx2.AsyncClient, region: Region) -> None:
    url = f"/api/v1/service-requests/{await region.ask()}/handover"

    read = await http.get(url, headers=SHAH)
    paper = await http.get(f"{url}.pdf")

    assert read.json()["timeline"][0]["words"] == "Kim Reed asked for advice."
    assert paper.content.startswith(b"%PDF-")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert paper.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "Kim" not in paper.headers["Content-Disposition"]
    assert paper.headers["Cache-Control"] == "no-store"


async def test_a_link_opens_it_for_whoever_it_was_sent_to(
    http: httpx2.AsyncClient, region: Region
) -> None:
    url = f"/api/v1/service-requests/{await region.ask()}/handover-links"
    made = (await http.post(url, json=to())).json()
    secret = made["url"].partition("/handover#")[2]
    opener = {"secret": secret, "name": "Sam Lee", "email": "resus@example.org"}

    wrong = await http.post("/api/v1/handovers", json={**opener, "email": "me@example.org"})
    right = await http.post("/api/v1/handovers", json=opener)
    page = await http.post("/handover", json=opener)
    paper = await http.post("/handover/pdf", json=opener)
    listed = (await http.get(url, headers=SHAH)).json()["items"]

    assert (wrong.status_code, wrong.json()["tries_left"]) == (401, 2)
    assert right.json()["made_by"] == "Sam Lee, Resus, St Mary's"
    assert "Kim Reed asked for advice." in page.text
    assert paper.content.startswith(b"%PDF-")
    assert (listed[0]["opened_by_name"], listed[0]["tries_left"]) == ("Sam Lee", 3)
    assert "url" not in listed[0]
    assert secret not in str(listed)


async def test_a_withdrawn_or_locked_link_is_gone(http: httpx2.AsyncClient, region: Region) -> None:
    url = f"/api/v1/service-requests/{await region.ask()}/handover-links"
    first, second = [(await http.post(url, json=to())).json() for _ in range(2)]
    bodies = [
        {"secret": made["url"].partition("#")[2], "name": "Sam Lee", "email": "me@example.org"}
        for made in (first, second)
    ]

    revoked = await http.post(f"/api/v1/handover-links/{first['id']}/revoke", headers=SHAH)
    gone = await http.post("/api/v1/handovers", json=bodies[0])
    tries = [await http.post("/api/v1/handovers", json=bodies[1]) for _ in range(3)]

    assert revoked.json()["revoked_at"] is not None
    assert (gone.status_code, gone.json()["type"].rsplit("/", 1)[-1]) == (410, "link-expired")
    assert [each.status_code for each in tries] == [401, 401, 410]
