"""A crew sees every advice line open to it, and how many answer."""

import pytest

from app import referrals
from tests.referrals.world import NOON, Region

pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def test_a_line_says_whose_it_is_and_how_many_are_on_duty(region: Region) -> None:
    async with region.acting(region.shah) as session:
        await referrals.take_duty(session, region.service_id, on=False, now=NOON)

    async with region.acting(region.crew) as session:
        (line,) = await referrals.advice_lines(session, now=NOON)

    assert (line.id, line.specialty, line.organization_name) == (
        region.service_id,
        "stroke",
        "The hospital",
    )
    assert line.on_duty == 2
