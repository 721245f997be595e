"""A clinic in a database of its own."""

import pytest

from app.database import Database
from tests.clinic import Clinic, open_clinic


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)
