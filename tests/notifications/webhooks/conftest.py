"""An office for each test."""

import pytest

from app.database import Database
from tests.notifications.webhooks.office import Office, open_office


@pytest.fixture
async def office(database: Database) -> Office:
    return await open_office(database)
