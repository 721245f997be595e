"""The most urgent first, for both sides, and the reason why."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app import referrals
from app.errors import Forbidden
from app.models import ServiceRequest
from app.referrals import priority_of
from tests.referrals.world import NOON, Region


def request(**fields: object) -> ServiceRequest:
    return ServiceRequest(
        **{"state": "ringing", "raised_at": NOON, "time_critical": False} | fields
    )


@pytest.mark.parametrize(
    ("case", "rank", "reason"),
    [
        (request(time_critical=True), 0, "time-critical"),
        (request(news2={"risk": "high"}), 1, "high"),
        (request(news2={"risk": "medium"}), 2, "medium"),
        (request(news2={"risk": "low-medium"}), 3, "low-medium"),
        (request(news2={"risk": "low"}), 4, "waiting"),
        (request(news2=None), 4, "waiting"),
        (request(raised_at=NOON - timedelta(minutes=10)), 3, "waiting"),
        (request(raised_at=NOON - timedelta(hours=1), time_critical=True), 0, "time-critical"),
        (request(raised_at=NOON - timedelta(hours=1), state="accepted"), 4, "waiting"),
    ],
)
def test_priority_follows_time_risk_and_waiting(
    case: ServiceRequest, rank: int, reason: str
) -> None:
    assert priority_of(case, NOON) == referrals.Priority(rank, reason)  # type: ignore[arg-type]


async def listed(region: Region, person: str) -> list[UUID]:
    async with region.acting(getattr(region, person)) as session:
        return [row.id for row in await referrals.requests(session, now=NOON)]


@pytest.mark.anyio
@pytest.mark.database
async def test_both_sides_see_the_most_urgent_first(region: Region) -> None:
    first, second = await region.ask("First"), await region.ask("Second")
    async with region.acting(region.crew) as session:
        await referrals.update_request(session, second, {"time_critical": True}, now=NOON)

    assert await listed(region, "crew") == [second, first]
    assert await listed(region, "shah") == [second, first]


@pytest.mark.anyio
@pytest.mark.database
async def test_it_rings_for_those_who_are_rung_only(region: Region) -> None:
    request_id = await region.ask()

    rung = {}
    for name in ("shah", "lund"):
        async with region.acting(getattr(region, name)) as session:
            found = await referrals.ringing_for_me(session, now=NOON)
            rung[name] = [case.id for _, case in found]

    assert rung == {"shah": [request_id], "lund": []}


@pytest.mark.anyio
@pytest.mark.database
async def test_schedulers_see_no_requests(region: Region) -> None:
    scheduler = replace(region.crew, roles=frozenset({"scheduler"}), practitioner_id=uuid4())

    with pytest.raises(Forbidden):
        async with region.acting(scheduler) as session:
            await referrals.requests(session, now=NOON)
