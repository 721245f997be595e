"""A practice for each test, in a database of its own: the sender looks at all organisations."""

import pytest

from app.database import Database
from tests.encounters.world import Practice
from tests.notifications.world import reachable_practice


@pytest.fixture
async def house(database: Database) -> Practice:
    return await reachable_practice(database)
