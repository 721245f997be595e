"""A ward and a push service for each test."""

from collections.abc import AsyncIterator

import pytest

from app.database import Database
from tests.notifications.rings.pushservice import PushService, push_service
from tests.notifications.rings.ward import Ward
from tests.referrals.world import region


@pytest.fixture
async def ward(database: Database) -> Ward:
    return Ward(await region(database))


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as running:
        yield running
