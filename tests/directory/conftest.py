"""A clinic for each test, in one database for each module: clinics do not see each other."""

from collections.abc import Callable

import pytest

from app.database import Database
from tests.clinic import Clinic, open_clinic


@pytest.fixture(scope="module")
def database_url(make_database: Callable[[], str]) -> str:
    return make_database()


@pytest.fixture
async def clinic(database: Database) -> Clinic:
    return await open_clinic(database)
