"""The specialist's page: on and off call, away and back, swaps asked and answered."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time, timedelta
from uuid import uuid4

import httpx2
import pytest

from app import referrals
from app.models.paging import After
from app.referrals import NewShift
from tests.referrals.world import NOON, Region
from tests.routers.service import ACTING, People, client, service
from tests.web.on_call_rota.forms import value_of

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SAME = {"Sec-Fetch-Site": "same-origin"}
SHAH, LUND = ({ACTING: who, **SAME} for who in ("shah", "lund"))


@pytest.fixture
async def http(region: Region, database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    people = People(crew=region.crew, shah=region.shah, lund=region.lund)
    async with client(service(database_url, people, now=NOON), "shah") as opened:
        yield opened


async def put_on(region: Region, *, until: time = time(20), days: Sequence[int] = (1,)) -> None:
    """Dr Shah is first on Mondays, Dr Lund second every day."""
    for person, layer, on in ((region.shah, 1, days), (region.lund, 2, range(1, 8))):
        shift = NewShift(
            id=uuid4(),
            service_id=region.service_id,
            practitioner_id=person.practitioner_id,
            layer=layer,
            weekdays=list(on),
            start_time=time(8),
            end_time=until,
            time_zone="Europe/London",
            valid_from=date(2026, 11, 1),
        )
        async with region.acting(person) as session:
            await referrals.add_shift(session, shift, now=NOON)


def interval(start: datetime, end: datetime) -> str:
    return f"{start.isoformat()}/{end.isoformat()}"


async def page(http: httpx2.AsyncClient, who: dict[str, str]) -> str:
    return (await http.get("/on-call", headers=who)).text


async def test_one_stands_down_and_takes_requests_again(
    http: httpx2.AsyncClient, region: Region
) -> None:
    form = {"service_id": str(region.service_id)}
    before = await page(http, SHAH)

    await http.post("/on-call/duty", headers=SHAH, data={**form, "on": ""})
    off = await page(http, SHAH)
    await http.post("/on-call/duty", headers=SHAH, data={**form, "on": "yes"})

    assert "Stand down" in before
    assert "You are not on call. Requests do not ring for you." in off
    assert "Stand down" in await page(http, SHAH)


async def test_who_is_away_says_so_and_comes_back(http: httpx2.AsyncClient) -> None:
    await http.post("/on-call/away", headers=SHAH, data={"away": "yes"})
    away = await page(http, SHAH)
    seen = await page(http, LUND)
    await http.post("/on-call/away", headers=SHAH, data={"away": ""})

    assert "You are away since midday" in away
    assert "(away, " in seen
    assert "I am away" in await page(http, SHAH)


async def test_shifts_and_gaps_ahead_are_listed(http: httpx2.AsyncClient, region: Region) -> None:
    await put_on(region)

    text = await page(http, SHAH)

    assert "Mon 23 Nov, 8am to 8pm" in text
    assert "Gaps in the next two weeks" in text


def mondays_swap(region: Region) -> dict[str, str]:
    monday = NOON + timedelta(days=3)
    return {
        "service_id": str(region.service_id),
        "layer": "1",
        "asked_of": str(region.lund.practitioner_id),
        "period": interval(monday - timedelta(hours=4), monday + timedelta(hours=8)),
    }


async def test_a_swap_is_asked_and_agreed(http: httpx2.AsyncClient, region: Region) -> None:
    await put_on(region)
    asked = mondays_swap(region) | {"form_id": value_of("form_id", await page(http, SHAH))}

    for _ in range(2):
        await http.post("/on-call/swaps", headers=SHAH, data=asked)
    waiting = await page(http, LUND)
    async with region.acting(region.lund) as session:
        [swap] = (await referrals.list_swaps(session, after=After())).items
    await http.post(f"/on-call/swaps/{swap.id}/agree", headers=LUND)

    assert "Nina Shah asks you to take Mon 23 Nov, 8am to 8pm (first)." in waiting
    assert "Mon 23 Nov, 8am to 8pm" in await page(http, LUND)
    assert "Swaps that wait" not in await page(http, LUND)
    assert "Olaf Lund takes Mon 23 Nov, 8am to 8pm (first)." in await page(http, SHAH)
    assert "Answers to your swaps" not in await page(http, LUND)


async def test_whoever_asked_is_told_of_a_refusal(http: httpx2.AsyncClient, region: Region) -> None:
    await put_on(region)
    asked = mondays_swap(region) | {"form_id": value_of("form_id", await page(http, SHAH))}
    await http.post("/on-call/swaps", headers=SHAH, data=asked)
    async with region.acting(region.lund) as session:
        [swap] = (await referrals.list_swaps(session, after=After())).items

    await http.post(f"/on-call/swaps/{swap.id}/decline", headers=LUND)

    told = await page(http, SHAH)
    assert "Olaf Lund cannot take Mon 23 Nov, 8am to 8pm (first). It stays yours." in told
    assert "Swaps that wait" not in told


async def test_one_day_of_a_week_on_call_can_be_given_away(
    http: httpx2.AsyncClient, region: Region
) -> None:
    """Around the clock from Friday's shift on: its days follow each other as one."""
    await put_on(region, until=time(8), days=[1, 2, 3, 4, 5, 6, 7])
    sunday = NOON + timedelta(days=2, hours=-4)
    offered = await page(http, SHAH)
    asked = {
        "service_id": str(region.service_id),
        "layer": "1",
        "asked_of": str(region.lund.practitioner_id),
        "form_id": value_of("form_id", offered),
        "period": interval(sunday, sunday + timedelta(days=1)),
    }

    await http.post("/on-call/swaps", headers=SHAH, data=asked)

    assert f'value="{asked["period"]}">Sun 22 Nov, 8am to Mon 23 Nov, 8am</option>' in offered
    assert "Nina Shah asks you to take Sun 22 Nov, 8am to Mon 23 Nov, 8am (first)." in (
        await page(http, LUND)
    )


@pytest.mark.parametrize("period", ["", "soon/later", "2026-11-23T20:00Z/2026-11-23T08:00Z"])
async def test_a_time_that_is_none_is_refused(
    http: httpx2.AsyncClient, region: Region, period: str
) -> None:
    asked = {
        "service_id": str(region.service_id),
        "layer": "1",
        "asked_of": str(region.lund.practitioner_id),
        "period": period,
    }

    refused = await http.post("/on-call/swaps", headers=SHAH, data=asked)

    assert refused.status_code == 422
    assert "Swaps that wait" not in await page(http, LUND)


async def test_a_score_that_a_reading_changes_is_looked_at_anew(http: httpx2.AsyncClient) -> None:
    queue = (await page(http, LUND)).partition('data-live-src="/fragments/on-call"')[2]

    assert "observation.recorded" in queue.partition(">")[0]


async def test_the_queue_shows_what_waits_and_what_is_mine(
    http: httpx2.AsyncClient, region: Region
) -> None:
    request_id = await region.ask("Is this a stroke?")
    waiting = (await http.get("/fragments/on-call", headers=LUND)).text
    async with region.acting(region.shah) as session:
        await referrals.accept(session, request_id, now=NOON)
        await referrals.hold(session, request_id, now=NOON)
    mine = (await http.get("/fragments/on-call", headers=SHAH)).text
    duty = (await http.get("/fragments/on-call/duty", headers=SHAH)).text

    assert "It is ringing." in waiting
    assert "Answer on video" in waiting
    said = '<span class="nhsuk-u-visually-hidden">: Is this a stroke?</span></button>'
    assert said in waiting, "of several buttons, a screen reader's list says which"
    assert "Go back to the call" in mine
    assert "On call now" in duty
