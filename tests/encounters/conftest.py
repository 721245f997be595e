"""A practice in a database of its own."""

import pytest

from app.database import Database
from tests.encounters.world import Practice, practice


@pytest.fixture
async def house(database: Database) -> Practice:
    return await practice(database)
