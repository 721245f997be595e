"""Urgent advice over HTTP: asked, rung, scored, answered by one, closed."""

import asyncio
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

URL = "/api/v1/service-requests"
SHAH, LUND = {ACTING: "shah"}, {ACTING: "lund"}


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah, lund=region.lund)
    async with client(service(database_url, people, now=NOON), "crew") as opened:
        yield opened


async def ask(http: httpx2.AsyncClient, region: Region, **more: object) -> dict[str, object]:
    body = {
        "id": str(uuid4()),
        "service_id": str(region.service_id),
        "question": "Is this a stroke?",
        **more,
    }
    raised = await http.post(URL, json=body)
    assert raised.status_code == 201, raised.text
    found: dict[str, object] = raised.json()
    return found


async def test_the_ambulance_story(http: httpx2.AsyncClient, region: Region) -> None:
    raised = await ask(http, region, age_years=71, atmist={"mechanism": "Sudden weakness"})
    url = f"{URL}/{raised['id']}"
    ringing = (await http.get(url)).json()
    measured = await http.post(
        f"{url}/observations",
        json={
            "id": str(uuid4()),
            "code": "heart-rate",
            "value": 131,
            "taken_at": NOON.isoformat(),
        },
    )
    changed = await http.patch(url, json={"eta_minutes": 12, "time_critical": True})
    queue = (await http.get(URL, headers=SHAH)).json()["items"]
    accepted = await http.post(f"{url}/accept", headers=SHAH)
    closed = await http.post(
        f"{url}/close", json={"outcome": "conveyed", "advice": "Straight to CT."}, headers=SHAH
    )

    assert [ring["practitioner_name"] for ring in ringing["rings"]] == ["Nina Shah"]
    assert (ringing["service_name"], ringing["phone"]) == ("Stroke advice", "01632 960101")
    assert (measured.status_code, measured.json()["unit"]) == (201, "/min")
    assert changed.json()["news2"]["at_least"] == 3
    assert queue[0]["priority"]["reason"] == "time-critical"
    assert queue[0]["priority"]["parts"][0] == {"reason": "time-critical", "head_start_minutes": 60}
    assert accepted.json()["encounter_id"] is not None
    assert (closed.json()["state"], closed.json()["fhir_status"]) == ("completed", "completed")


async def test_of_two_taps_over_http_one_wins(http: httpx2.AsyncClient, region: Region) -> None:
    url = f"{URL}/{(await ask(http, region))['id']}"

    answers = await asyncio.gather(
        http.post(f"{url}/accept", headers=SHAH), http.post(f"{url}/accept", headers=LUND)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert loser.json()["type"] == "/problems/already-answered"


async def test_declined_and_called_off(http: httpx2.AsyncClient, region: Region) -> None:
    url = f"{URL}/{(await ask(http, region))['id']}"

    await http.post(f"{url}/decline", json={"reason": "busy"}, headers=SHAH)
    after = (await http.get(url)).json()
    cancelled = await http.post(f"{url}/cancel")
    late = await http.post(f"{url}/accept", headers=LUND)

    assert [ring["outcome"] for ring in after["rings"]] == ["declined", "ringing", "ringing"]
    assert (cancelled.json()["state"], late.status_code) == ("revoked", 409)


async def test_a_request_kept_without_signal_arrives_once(
    http: httpx2.AsyncClient, region: Region
) -> None:
    own_id = str(uuid4())

    first, second = await ask(http, region, id=own_id), await ask(http, region, id=own_id)

    assert first["id"] == second["id"] == own_id
    assert len((await http.get(URL)).json()["items"]) == 1


async def test_a_state_can_be_asked_for(http: httpx2.AsyncClient, region: Region) -> None:
    url = f"{URL}/{(await ask(http, region))['id']}"
    await http.post(f"{url}/cancel")

    open_now = await http.get(URL)
    called_off = await http.get(URL, params={"state": "revoked"})

    assert (len(open_now.json()["items"]), len(called_off.json()["items"])) == (0, 1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": "a\x00"}, "question"),
        ({"age_years": -1}, "age_years"),
        ({"age_years": True}, "age_years"),
        ({"eta_minutes": "9"}, "eta_minutes"),
        ({"spo2_scale": True}, "spo2_scale"),
        ({"pregnant": "yes"}, "pregnant"),
        ({"time_critical": 1}, "time_critical"),
        ({"latitude": 91}, "latitude"),
        ({"atmist": {"hobbies": "none"}}, "atmist.hobbies"),
        ({"unknown": 1}, "unknown"),
        ({"sex": None}, "sex"),
        ({"time_critical": None}, "time_critical"),
    ],
)
async def test_what_makes_no_sense_is_named(
    http: httpx2.AsyncClient, region: Region, body: dict[str, object], field: str
) -> None:
    url = f"{URL}/{(await ask(http, region))['id']}"

    refused = await http.patch(url, json=body)

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


async def test_what_is_known_can_be_emptied(http: httpx2.AsyncClient, region: Region) -> None:
    before = (NOON - timedelta(minutes=1)).isoformat()
    asked = await ask(http, region, age_years=71, eta_minutes=9, asked_at=before)

    changed = await http.patch(f"{URL}/{asked['id']}", json={"age_years": None})

    assert (changed.json()["age_years"], changed.json()["eta_minutes"]) == (None, 9)
