"""A ring is passed to somebody better: they ring at once, and it goes on from there."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from app import referrals
from app.errors import AlreadyAnswered, InvalidInput, InvalidTransition
from app.identity import Principal
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def pass_to(region: Region, request_id: UUID, who: Principal, whom: UUID | None) -> None:
    assert whom is not None
    async with region.acting(who) as session:
        await referrals.pass_to(session, request_id, whom, now=NOON)


async def test_whoever_it_is_passed_to_rings_at_once(region: Region) -> None:
    request_id = await region.ask()

    await pass_to(region, request_id, region.shah, region.mbeki.practitioner_id)

    assert await region.outcomes(request_id) == {
        "Nina Shah": ["declined"],
        "Thabo Mbeki": ["ringing"],
    }
    case = await region.case(request_id)
    assert [step.kind for step in case.steps] == ["raised", "rang", "declined", "rang"]
    assert case.steps[2].detail["passed_to"] == "Thabo Mbeki"


async def test_unanswered_it_goes_on_from_where_it_was(region: Region) -> None:
    request_id = await region.ask()
    await pass_to(region, request_id, region.shah, region.mbeki.practitioner_id)

    await referrals.escalate_due(region.database, NOON + timedelta(seconds=30))

    ringing = {ring.practitioner_name for ring in (await region.case(request_id)).ringing}
    assert ringing == {"Olaf Lund", "Thabo Mbeki"}


async def test_a_ring_is_passed_once(region: Region) -> None:
    request_id = await region.ask()
    await pass_to(region, request_id, region.shah, region.mbeki.practitioner_id)

    with pytest.raises(InvalidTransition):
        await pass_to(region, request_id, region.shah, region.lund.practitioner_id)


async def test_it_is_passed_to_somebody_on_call_only(region: Region) -> None:
    request_id = await region.ask()

    with pytest.raises(InvalidInput):
        await pass_to(region, request_id, region.shah, uuid4())

    assert await region.outcomes(request_id) == {"Nina Shah": ["ringing"]}


async def test_what_somebody_has_answered_is_not_passed_on(region: Region) -> None:
    request_id = await region.ask()
    async with region.acting(region.lund) as session:
        await referrals.accept(session, request_id, now=NOON)

    with pytest.raises(AlreadyAnswered):
        await pass_to(region, request_id, region.shah, region.mbeki.practitioner_id)
