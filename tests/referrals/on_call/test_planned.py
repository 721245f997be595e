"""The rota of a period in names: covers are in it, other houses are not."""

from datetime import timedelta

import pytest

from app import referrals
from tests.referrals.on_call.mondays import HOUR, cover, put_on
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def put_on_with_cover(region: Region) -> None:
    await put_on(region)
    async with region.acting(region.shah) as session:
        await referrals.add_override(session, cover(region), now=NOON)


async def test_shifts_and_covers_are_in_order_of_time(region: Region) -> None:
    await put_on_with_cover(region)

    async with region.acting(region.shah) as session:
        found = await referrals.planned(session, start=NOON, end=NOON + timedelta(days=7))

    assert [(each.name, each.end - each.start) for each in found] == [
        ("Nina Shah", 4 * HOUR),
        ("Olaf Lund", HOUR),
        ("Nina Shah", 7 * HOUR),
    ]
    assert {(each.service_name, each.layer) for each in found} == {("Stroke advice", 1)}


async def test_another_house_plans_nothing_of_ours(region: Region) -> None:
    await put_on_with_cover(region)

    async with region.acting(region.crew) as session:
        found = await referrals.planned(session, start=NOON, end=NOON + timedelta(days=7))
        services = await referrals.urgent_services(session)

    assert (found, services) == ([], [])
