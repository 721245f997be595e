"""A region with its two houses, for pages of urgent advice."""

import pytest

from app.database import Database
from tests.referrals.world import Region
from tests.referrals.world import region as make_region


@pytest.fixture
async def region(database: Database) -> Region:
    return await make_region(database)
