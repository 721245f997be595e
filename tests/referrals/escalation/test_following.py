"""On to another site: it sees the case, and both sites can answer."""

from datetime import datetime, timedelta

import pytest

from app import referrals
from app.database import Database
from tests.referrals.sites import PHONE, Sites, sites
from tests.referrals.world import NOON

pytestmark = [pytest.mark.anyio, pytest.mark.database]
TO_THE_SITE = timedelta(seconds=20 + 20 + 25 + 30)


@pytest.fixture
async def both(database: Database) -> Sites:
    return await sites(database)


async def pass_time(both: Sites, length: timedelta) -> datetime:
    now = NOON
    while now < NOON + length:
        now += timedelta(seconds=5)
        await referrals.escalate_due(both.region.database, now)
    return now


async def test_after_everyone_it_rings_at_the_other_site(both: Sites) -> None:
    request_id = await both.region.ask()

    now = await pass_time(both, TO_THE_SITE)

    case = await both.region.case(request_id)
    assert [ring.practitioner_name for ring in case.ringing] == ["Ida Cole"]
    moved = next(step for step in case.steps if step.kind == "moved")
    assert (moved.at, moved.detail["organization_name"]) == (now, "The other hospital")
    assert case.phone == PHONE
