"""The most urgent first, for both sides, and the reason why."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app import referrals
from app.errors import Forbidden
from tests.referrals.world import NOON, Region


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


@pytest.mark.anyio
@pytest.mark.database
async def test_a_ring_has_reached_somebody_from_the_first_time_they_ask(region: Region) -> None:
    request_id = await region.ask()

    for seconds in (1, 9):
        async with region.acting(region.shah) as session:
            await referrals.ringing_for_me(session, now=NOON + timedelta(seconds=seconds))

    (ring,) = (await region.case(request_id)).rings
    assert ring.reached_at == NOON + timedelta(seconds=1)
