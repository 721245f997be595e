"""Beside the call: its one owner holds, goes back, hands over, brings in; others see who has it."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest

from app import referrals
from app.referrals import forms
from tests.referrals.world import NOON, Region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SAME = {"Sec-Fetch-Site": "same-origin"}
SHAH, LUND = ({ACTING: who, **SAME} for who in ("shah", "lund"))


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah, lund=region.lund)
    async with client(service(database_url, people, now=NOON), "shah") as opened:
        yield opened


async def answered(http: httpx2.AsyncClient, region: Region) -> tuple[UUID, str]:
    """A request that Dr Shah has, and its consultation."""
    request_id = await region.ask()
    location = (await http.post(f"/on-call/{request_id}/accept", headers=SHAH)).headers["location"]
    return request_id, location.removeprefix("/consultations/")


async def controls(http: httpx2.AsyncClient, encounter: str, who: dict[str, str]) -> str:
    path = f"/fragments/consultations/{encounter}/request"
    return (await http.get(path, headers=who)).text


async def test_the_owner_has_the_controls(http: httpx2.AsyncClient, region: Region) -> None:
    request_id, encounter = await answered(http, region)

    text = await controls(http, encounter, SHAH)

    assert f'data-urgent-request="{request_id}"' in text
    for words in ("You have this request.", "Put on hold", "Hand over to…", "Bring in…"):
        assert words in text
    assert "Olaf Lund" in text


async def test_on_hold_one_goes_back(http: httpx2.AsyncClient, region: Region) -> None:
    request_id, encounter = await answered(http, region)

    await http.post(f"/api/v1/service-requests/{request_id}/hold", headers=SHAH)
    held = await controls(http, encounter, SHAH)
    await http.post(f"/api/v1/service-requests/{request_id}/resume", headers=SHAH)
    back = await controls(http, encounter, SHAH)

    assert "Go back to the crew" in held
    assert 'data-line="held"' in held
    assert "Put on hold" not in held
    assert "Put on hold" in back


async def test_cut_off_one_goes_back(http: httpx2.AsyncClient, region: Region) -> None:
    request_id, encounter = await answered(http, region)

    async with region.acting(region.crew) as session:
        await referrals.ring_again(session, request_id, now=NOON)
    text = await controls(http, encounter, SHAH)

    assert 'data-line="dropped"' in text
    assert "The crew lost your line." in text
    assert "Go back to the crew" in text


async def test_after_a_hand_over_the_one_before_sees_who_has_it(
    http: httpx2.AsyncClient, region: Region
) -> None:
    request_id, encounter = await answered(http, region)
    body = {"practitioner_id": str(region.lund.practitioner_id)}

    await http.post(f"/api/v1/service-requests/{request_id}/hand-over", json=body, headers=SHAH)
    asked = await controls(http, encounter, SHAH)
    asked_of = await controls(http, encounter, LUND)
    await http.post(f"/on-call/{request_id}/accept", headers=LUND)
    before, owner = await controls(http, encounter, SHAH), await controls(http, encounter, LUND)

    assert "Olaf Lund is asked to take over." in asked
    assert "You are asked to take over." in asked_of
    assert "Olaf Lund has this request." in before
    assert "Put on hold" not in before
    assert "You have this request." in owner


async def test_the_consultations_page_holds_them(http: httpx2.AsyncClient, region: Region) -> None:
    request_id, encounter = await answered(http, region)

    page = await http.get(f"/consultations/{encounter}", headers=SHAH)

    assert "data-urgent-controls" in page.text
    assert f"/fragments/urgent/{request_id}/notes" in page.text, "what the crew writes"
    assert f"/fragments/consultations/{encounter}/who" in page.text
    facts = page.text.partition(f"/fragments/consultations/{encounter}/facts")[2].partition(">")[0]
    assert "request.moved" in facts, "the time of arrival follows the position"


async def test_the_heading_follows_an_age_typed_later(
    http: httpx2.AsyncClient, region: Region
) -> None:
    request_id, encounter = await answered(http, region)
    who = f"/fragments/consultations/{encounter}/who"
    before = (await http.get(who, headers=SHAH)).text

    async with region.acting(region.crew) as session:
        typed = [forms.Typed("age_years", 71, NOON), forms.Typed("sex", "female", NOON)]
        await forms.type_fields(session, request_id, typed, now=NOON)

    assert "71 year old woman" not in before
    assert "71 year old woman" in (await http.get(who, headers=SHAH)).text


async def test_the_owners_hold_is_no_hold_of_whoever_was_brought_in(
    http: httpx2.AsyncClient, region: Region
) -> None:
    """Their page would switch their microphone off by it, and on again unasked."""
    request_id, encounter = await answered(http, region)
    body = {"practitioner_id": str(region.lund.practitioner_id)}
    await http.post(f"/api/v1/service-requests/{request_id}/bring-in", json=body, headers=SHAH)
    await http.post(f"/on-call/{request_id}/accept", headers=LUND)

    await http.post(f"/api/v1/service-requests/{request_id}/hold", headers=SHAH)

    assert 'data-line="held"' in await controls(http, encounter, SHAH)
    assert "data-line" not in await controls(http, encounter, LUND)


async def test_the_owner_is_told_that_a_colleague_does_not_come(
    http: httpx2.AsyncClient, region: Region
) -> None:
    request_id, encounter = await answered(http, region)
    body = {"practitioner_id": str(region.lund.practitioner_id)}
    await http.post(f"/api/v1/service-requests/{request_id}/bring-in", json=body, headers=SHAH)

    await http.post(f"/on-call/{request_id}/decline", headers=LUND, data={"reason": "busy"})

    assert "Olaf Lund declined: Busy with a patient." in await controls(http, encounter, SHAH)
