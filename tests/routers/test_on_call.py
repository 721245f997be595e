"""The rota, what differs from it and swaps over HTTP: each once, however often it is sent."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest

from app.database import Database
from tests.referrals.world import NOON, Region, staff
from tests.referrals.world import region as make_region
from tests.routers.service import ACTING, People, client, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]
PATH = "/api/v1/on-call"
MONDAY = NOON + timedelta(days=3)
HOUR = timedelta(hours=1)
BELL, SHAH, LUND = ({ACTING: who} for who in ("bell", "shah", "lund"))
KINDS = ["shifts", "overrides", "swaps"]
Body = dict[str, object]


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    hospital = region.shah.organization_id
    bell = await staff(region.database, hospital, "administrator", "Grace", "Bell")
    people = People(bell=bell, shah=region.shah, lund=region.lund, crew=region.crew)
    async with client(service(database_url, people, now=NOON), "bell") as opened:
        yield opened


def shift(region: Region, **changes: object) -> Body:
    """Dr Shah is first on Mondays."""
    return {
        "id": str(uuid4()),
        "service_id": str(region.service_id),
        "practitioner_id": str(region.shah.practitioner_id),
        "layer": 1,
        "weekdays": [1],
        "start_time": "08:00",
        "end_time": "20:00",
        "time_zone": "Europe/London",
        "valid_from": "2026-11-01",
        **changes,
    }


def override(region: Region, **changes: object) -> Body:
    """Dr Lund covers an hour of Monday."""
    return {
        "id": str(uuid4()),
        "service_id": str(region.service_id),
        "layer": 1,
        "kind": "cover",
        "starts_at": MONDAY.isoformat(),
        "ends_at": (MONDAY + HOUR).isoformat(),
        "practitioner_id": str(region.lund.practitioner_id),
        "replaces_id": str(region.shah.practitioner_id),
        **changes,
    }


def swap(region: Region, **changes: object) -> Body:
    """Dr Shah asks Dr Lund to take that hour."""
    return {
        "id": str(uuid4()),
        "service_id": str(region.service_id),
        "layer": 1,
        "asked_of": str(region.lund.practitioner_id),
        "starts_at": MONDAY.isoformat(),
        "ends_at": (MONDAY + HOUR).isoformat(),
        **changes,
    }


async def ready(http: httpx2.AsyncClient, region: Region, kind: str) -> tuple[Body, dict[str, str]]:
    """What to send of this kind, and as whom. A swap needs a shift of one's own, and
    a cover one of whoever is replaced."""
    if kind == "shifts":
        return shift(region), BELL
    await http.post(f"{PATH}/shifts", json=shift(region))
    if kind == "overrides":
        return override(region), BELL
    return swap(region), SHAH


async def listed(http: httpx2.AsyncClient, kind: str) -> list[Body]:
    found: list[Body] = (await http.get(f"{PATH}/{kind}")).json()["items"]
    return found


@pytest.mark.parametrize("kind", KINDS)
async def test_sent_twice_it_is_there_once(
    http: httpx2.AsyncClient, region: Region, kind: str
) -> None:
    body, who = await ready(http, region, kind)
    before = len(await listed(http, kind))

    first = await http.post(f"{PATH}/{kind}", json=body, headers=who)
    again = await http.post(f"{PATH}/{kind}", json=body, headers=who)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert first.json()["id"] == body["id"]
    assert len(await listed(http, kind)) == before + 1


@pytest.mark.parametrize("kind", KINDS)
async def test_without_an_id_nothing_is_added(
    http: httpx2.AsyncClient, region: Region, kind: str
) -> None:
    body, who = await ready(http, region, kind)
    before = await listed(http, kind)
    del body["id"]

    refused = await http.post(f"{PATH}/{kind}", json=body, headers=who)

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "id")
    assert await listed(http, kind) == before


@pytest.mark.parametrize("kind", KINDS)
async def test_the_id_of_something_else_is_a_conflict(
    http: httpx2.AsyncClient, region: Region, kind: str
) -> None:
    body, who = await ready(http, region, kind)
    first = await http.post(f"{PATH}/{kind}", json=body, headers=who)

    refused = await http.post(f"{PATH}/{kind}", json={**body, "layer": 2}, headers=who)

    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/duplicate")
    assert first.json() in await listed(http, kind)


@pytest.mark.parametrize("kind", KINDS)
async def test_of_several_at_the_same_moment_one_is_added(
    http: httpx2.AsyncClient, region: Region, kind: str
) -> None:
    body, who = await ready(http, region, kind)
    before = len(await listed(http, kind))

    answers = await asyncio.gather(
        *(http.post(f"{PATH}/{kind}", json=body, headers=who) for _ in range(5))
    )

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert 201 in {answer.status_code for answer in answers}
    assert len(await listed(http, kind)) == before + 1


async def test_a_late_repeat_gives_the_shift_as_it_was_changed_since(
    http: httpx2.AsyncClient, region: Region
) -> None:
    body = shift(region)
    added = await http.post(f"{PATH}/shifts", json=body)
    changed = await http.patch(
        f"{PATH}/shifts/{body['id']}",
        json={"end_time": "22:00"},
        headers={"If-Match": added.headers["etag"]},
    )

    again = await http.post(f"{PATH}/shifts", json=body)

    assert (again.status_code, again.json()) == (201, changed.json())
    assert again.headers["etag"] == changed.headers["etag"]


async def test_a_cover_taken_back_stays_so_when_it_is_sent_again(
    http: httpx2.AsyncClient, region: Region
) -> None:
    body, _ = await ready(http, region, "overrides")
    await http.post(f"{PATH}/overrides", json=body)
    where = f"{PATH}/overrides/{body['id']}/cancel"

    cancelled, once_more = [await http.post(where) for _ in range(2)]
    again = await http.post(f"{PATH}/overrides", json=body)

    assert once_more.json() == cancelled.json()
    assert again.json()["cancelled_at"] == cancelled.json()["cancelled_at"]
    assert await listed(http, "overrides") == []


async def test_a_swap_is_agreed_once_and_its_question_is_not_open_again(
    http: httpx2.AsyncClient, region: Region
) -> None:
    await http.post(f"{PATH}/shifts", json=shift(region))
    body = swap(region)
    await http.post(f"{PATH}/swaps", json=body, headers=SHAH)
    where = f"{PATH}/swaps/{body['id']}/agree"

    agreed, once_more = [await http.post(where, headers=LUND) for _ in range(2)]
    again = await http.post(f"{PATH}/swaps", json=body, headers=SHAH)

    assert (agreed.status_code, once_more.json()) == (200, agreed.json())
    assert again.json()["status"] == "agreed"
    assert len(await listed(http, "overrides")) == 1


async def test_the_id_of_a_colleagues_swap_is_a_conflict(
    http: httpx2.AsyncClient, region: Region
) -> None:
    await http.post(f"{PATH}/shifts", json=shift(region))
    body = swap(region)
    await http.post(f"{PATH}/swaps", json=body, headers=SHAH)

    refused = await http.post(f"{PATH}/swaps", json=body, headers=LUND)

    assert refused.status_code == 409


async def test_a_time_that_is_not_ones_own_is_not_given_away(
    http: httpx2.AsyncClient, region: Region
) -> None:
    refused = await http.post(f"{PATH}/swaps", json=swap(region), headers=SHAH)

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "starts_at")


@pytest.mark.parametrize("more", [{"layer": True}, {"weekdays": [True]}, {"every_weeks": True}])
async def test_a_flag_is_no_number_of_a_rota(
    http: httpx2.AsyncClient, region: Region, more: Body
) -> None:
    refused = await http.post(f"{PATH}/shifts", json=shift(region, **more))

    assert refused.json()["errors"][0]["field"].split(".")[0] in more


async def test_gaps_and_who_is_on_call_follow_the_rota(
    http: httpx2.AsyncClient, region: Region
) -> None:
    await http.post(f"{PATH}/shifts", json=shift(region, weekdays=[5]))

    [now] = (await http.get(PATH, headers={ACTING: "crew"})).json()["items"]
    gaps = (await http.get(f"{PATH}/gaps")).json()["items"]

    by_rota = [each["name"] for each in now["on_call"] if each["by_rota"]]
    assert by_rota == ["Nina Shah"]
    assert gaps[0] == {
        "service_id": str(region.service_id),
        "service_name": "Stroke advice",
        "layer": 1,
        "start": "2026-11-20T20:00:00Z",
        "end": "2026-11-27T08:00:00Z",
    }


async def test_crews_and_specialists_do_not_plan_rotas(
    http: httpx2.AsyncClient, region: Region
) -> None:
    answers = [
        (await http.post(f"{PATH}/{kind}", json=body, headers=who)).status_code
        for who in ({ACTING: "crew"}, SHAH)
        for kind, body in (("shifts", shift(region)), ("overrides", override(region)))
    ]

    assert answers == [403, 403, 403, 403]
