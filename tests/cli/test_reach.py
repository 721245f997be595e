"""A command reaches the database whether or not a node runs on it."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url

from app.cli.reach import owner_url
from app.config import Settings
from app.embedded import running

pytestmark = pytest.mark.database


def ask(url: str) -> object:
    async def query() -> object:
        dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval("SELECT 1")
        finally:
            await connection.close()

    return asyncio.run(query())


def test_the_embedded_database_is_started_where_it_does_not_run(tmp_path: Path) -> None:
    with owner_url(Settings(data_dir=tmp_path)) as url:
        assert ask(url) == 1


def test_the_one_that_runs_is_shared_and_left_running(tmp_path: Path) -> None:
    with running(tmp_path) as own:
        with owner_url(Settings(data_dir=tmp_path)) as url:
            assert ask(url) == 1

        assert ask(own) == 1


def test_the_owner_of_a_given_database_is_preferred() -> None:
    settings = Settings.model_validate(
        {
            "DATABASE_URL": "postgresql://service@db/openconsult",
            "migration_database_url": "postgresql://owner@db/openconsult",
        }
    )

    with owner_url(settings) as url:
        assert make_url(url).username == "owner"
