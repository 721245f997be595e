"""A page is open where it spoke a moment ago, and its owner did not say that they are away."""

from datetime import datetime, timedelta

import pytest

from app import referrals
from app.notifications.rings.presence import SEEN_WITHIN, has_page_open
from tests.notifications.rings.ward import Ward
from tests.referrals.world import NOON

pytestmark = [pytest.mark.anyio, pytest.mark.database]
A_MOMENT = timedelta(seconds=20)


async def is_present(ward: Ward, at: datetime) -> bool:
    shah = ward.region.shah
    assert shah.practitioner_id is not None
    async with ward.region.acting(shah) as session:
        return await has_page_open(session, shah.practitioner_id, at)


async def test_whoever_had_a_page_open_a_moment_ago_is_there(ward: Ward) -> None:
    async with ward.region.acting(ward.region.shah) as session:
        await referrals.seen(session, ward.region.shah, now=NOON)

    assert await is_present(ward, NOON + A_MOMENT)
    assert not await is_present(ward, NOON + SEEN_WITHIN)


async def test_whoever_is_away_is_not_there_with_a_page_open(ward: Ward) -> None:
    async with ward.region.acting(ward.region.shah) as session:
        await referrals.seen(session, ward.region.shah, now=NOON)
        await referrals.say_away(session, away=True, now=NOON)

    assert not await is_present(ward, NOON + A_MOMENT)


async def test_nobody_is_there_who_never_was(ward: Ward) -> None:
    assert not await is_present(ward, NOON)
