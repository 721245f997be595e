"""A staffroom in a database of its own."""

from pathlib import Path

import pytest

from app.config import Settings
from app.database import Database
from tests.accounts.staffroom import Clock, Staffroom, settings_of, staffroom


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_of(database_url, tmp_path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(database: Database, settings: Settings) -> Staffroom:
    return await staffroom(database, settings)
