"""How a command reaches the database: the one that is set, else the embedded one."""

import contextlib
from collections.abc import Iterator

from app.config import Settings
from app.embedded import DataDirectoryInUse, running


class DatabaseUnreachable(Exception):
    """The database cannot be reached or changed. The text is one line and says what to do."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The database cannot be reached or changed ({why}). "
            "See DATABASE_URL and OPENCONSULT_MIGRATION_DATABASE_URL."
        )


@contextlib.contextmanager
def owner_url(settings: Settings) -> Iterator[str]:
    """The owner's address for the length of a block.

    The embedded database is started where it does not run, and shared where `serve` runs it.
    Raises EmbeddedDatabaseError.
    """
    given = settings.migration_database_url or settings.database_url
    with contextlib.ExitStack() as stack:
        yield given.get_secret_value() if given else _embedded(settings, stack)


def _embedded(settings: Settings, stack: contextlib.ExitStack) -> str:
    try:
        return stack.enter_context(running(settings.data_dir))
    except DataDirectoryInUse as taken:
        return taken.url
