"""`openconsult migrate`: give the database the shape this version needs."""

import asyncio
import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from app import database
from app.cli.demo import load_demo
from app.config import Settings
from app.embedded import EmbeddedDatabaseError, running


class MigrationError(Exception):
    """The database cannot be brought up to date. The text is one line and says what to do."""


def migrate(settings: Settings) -> str:
    """Bring the database up to date; in demo mode fill it. What to tell whoever runs it.

    Raises MigrationError.
    """
    with _owner_url(settings) as url:
        try:
            database.migrate(url)
            return asyncio.run(load_demo(url, settings))
        except (OSError, SQLAlchemyError) as error:
            raise MigrationError(
                f"The database cannot be reached or changed ({type(error).__name__}). "
                "See DATABASE_URL and OPENCONSULT_MIGRATION_DATABASE_URL."
            ) from error


@contextlib.contextmanager
def _owner_url(settings: Settings) -> Iterator[str]:
    """The owner's address, of the embedded database where none is set."""
    given = settings.migration_database_url or settings.database_url
    if given is not None:
        yield given.get_secret_value()
        return
    try:
        with running(settings.data_dir) as url:
            yield url
    except EmbeddedDatabaseError as error:
        raise MigrationError(str(error)) from error
