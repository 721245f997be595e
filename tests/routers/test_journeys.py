"""A crew's way over HTTP: shared, doubted, answered, and seen by the other side."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest

from app.database import Database
from app.models import Location
from tests.referrals.world import NOON, Region
from tests.referrals.world import region as make_region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
URL = "/api/v1/service-requests"
SHAH = {ACTING: "shah"}


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah)
    async with client(service(database_url, people, now=NOON), "crew") as opened:
        yield opened


def position(latitude: float, longitude: float, **more: object) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "latitude": latitude,
        "longitude": longitude,
        "accuracy_m": 12,
        "taken_at": NOON.isoformat(),
        **more,
    }


async def test_the_way_to_hospital(http: httpx2.AsyncClient, region: Region) -> None:
    async with region.acting(region.shah) as session:
        session.add(
            Location(
                organization_id=region.shah.organization_id,
                name="Emergency department",
                latitude=53.8382,
                longitude=-1.4985,
                shared=True,
            )
        )
    url = f"{URL}/{await region.ask()}"
    (site,) = (await http.get("/api/v1/destinations")).json()["items"]
    await http.post(f"{url}/destination", json={"location_id": site["id"]})
    doubted = await http.post(f"{url}/positions", json=position(-1.5491, 53.8008))
    unknown = (await http.get(f"{url}/journey", headers=SHAH)).json()
    answered = await http.post(
        f"{url}/positions/{doubted.json()['id']}/answer", json={"answer": "swapped"}
    )
    known = (await http.get(f"{url}/journey", headers=SHAH)).json()
    stopped = (await http.post(f"{url}/stop-sharing")).json()

    assert (doubted.status_code, doubted.json()["questions"]) == (201, ["swapped"])
    assert (unknown["here"], unknown["doubtful"]["id"]) == (None, doubted.json()["id"])
    assert answered.json()["answer"] == "swapped"
    assert known["here"]["latitude"] == 53.8008
    assert known["destination_name"] == "Emergency department"
    assert known["arrival"]["is_estimate"]
    assert (known["sharing"], stopped["sharing"]) == (True, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"latitude": 90.1},
        {"latitude": True},
        {"longitude": -180.5},
        {"accuracy_m": -1},
        {"accuracy_m": False},
        {"taken_at": "yesterday"},
        {"source": "corrected"},
    ],
)
async def test_what_is_no_position_is_refused_by_name(
    http: httpx2.AsyncClient, region: Region, wrong: dict[str, object]
) -> None:
    url = f"{URL}/{await region.ask()}/positions"

    refused = await http.post(url, json=position(53.8, -1.5) | wrong)

    assert refused.status_code == 422
    assert next(iter(wrong)) in refused.text


async def test_the_side_that_is_asked_says_nothing_of_where_they_are(
    http: httpx2.AsyncClient, region: Region
) -> None:
    url = f"{URL}/{await region.ask()}/positions"

    refused = await http.post(url, json=position(53.8, -1.5), headers=SHAH)

    assert refused.status_code == 403
