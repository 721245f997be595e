"""The score's piece over HTTP: a total that somebody else worked out is shown beside ours."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from app.observations.stated import Statement, state_for_request
from tests.referrals.world import NOON, Region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
UK_CORE = Path(__file__).parents[3] / "shared" / "data" / "ukcore" / "json" / "examples"
TAKEN = NOON - timedelta(minutes=1)


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah)
    async with client(service(database_url, people, now=NOON), "crew") as opened:
        yield opened


def published() -> dict[str, Any]:
    """UK Core's own NEWS2 example: it states 6, and its parts make 5."""
    text = (UK_CORE / "UKCore-Bundle-NEWS2Observations-Example.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


async def state(region: Region, request_id: UUID, resource: dict[str, Any]) -> None:
    async with region.acting(region.crew) as session:
        statement = Statement(resource, 1, TAKEN, id=uuid4())
        await state_for_request(session, request_id, statement, now=NOON)


def agreeing() -> dict[str, Any]:
    """The same, with the total that its parts make."""
    resource = published()
    (total,) = [
        each["resource"]["valueQuantity"]
        for each in resource["entry"]
        if each["resource"].get("valueQuantity", {}).get("value") == 6
    ]
    total["value"] = 5
    return resource


@pytest.mark.parametrize("who", ["crew", "shah"])
async def test_a_stated_score_that_does_not_add_up_is_shown_with_its_parts(
    http: httpx2.AsyncClient, region: Region, who: str
) -> None:
    request_id = await region.ask()
    await state(region, request_id, published())

    shown = await http.get(f"/fragments/vital-signs/{request_id}/score", headers={ACTING: who})

    assert "A score sent to us does not fit:" in shown.text
    assert "6 is stated, but the parts add up to 5. Ours is used." in shown.text
    assert "21 breaths a minute" in shown.text
    assert "Sent by Kim Reed, measured at 11:59am." in shown.text


async def test_a_stated_score_that_adds_up_is_not_dwelt_on(
    http: httpx2.AsyncClient, region: Region
) -> None:
    request_id = await region.ask()
    await state(region, request_id, agreeing())

    shown = await http.get(f"/fragments/vital-signs/{request_id}/score")

    assert "does not fit" not in shown.text
