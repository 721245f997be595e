"""How a command reaches the database: the one that is set, else the embedded one; and as whom."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.config import Settings
from app.database import Database
from app.embedded import DataDirectoryInUse, running
from app.identity import Actor, Principal
from app.models import Organization

T = TypeVar("T")


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


def on_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do this work and close the database again. Raises DatabaseUnreachable,
    EmbeddedDatabaseError, and what the work raises."""
    with owner_url(settings) as url:
        try:
            return asyncio.run(_opened(url, work))
        except (OSError, SQLAlchemyError) as error:
            raise DatabaseUnreachable(type(error).__name__) from error


async def _opened(url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    database = Database(url, pool_size=1)
    try:
        return await work(database)
    finally:
        await database.close()


async def organization_id_of(database: Database, ods_code: str) -> UUID | None:
    """Of the organisation with this ODS code, if there is one."""
    async with database.transaction() as session:
        return await session.scalar(
            select(Organization.id).where(Organization.ods_code == ods_code)
        )


def at_the_terminal(command: str, organization_id: UUID) -> Actor:
    """Whoever has the machine has everything: the audit says that it was done at the terminal."""
    name = f"openconsult {command}"
    principal = Principal(
        kind="system",
        subject=uuid5(organization_id, name),
        organization_id=organization_id,
        name=name,
    )
    return Actor.of(principal)
