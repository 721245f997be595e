"""The engine and the transaction: nobody else commits.

One request, one transaction; sockets and jobs open short ones. Every transaction carries its
actor, and row-level security follows the actor's organisation (docs/decisions/0003).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Set
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from alembic.config import Config
from sqlalchemy import Connection, Executable, Row, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InterfaceError, InvalidatePoolError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, SessionTransaction

from alembic import command
from app.config import LOCK_TIMEOUT, POOL_TIMEOUT, STATEMENT_TIMEOUT
from app.identity import Actor
from app.writing import WritingSession, send, send_on

RUNTIME_ROLE = "openconsult_runtime"
DRIVER_ERRORS = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection cut while one statement follows another
)
"""What asyncpg raises when the database is away; within SQLAlchemy all are DBAPIError."""
CommitListener = Callable[[Set[str]], None]
_ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"

_SET_TENANT = text(
    "SELECT set_config('openconsult.organization', :organization, true),"
    " set_config('openconsult.duty', :duty, true)"
)


def _set_tenant(session: Session, _: SessionTransaction, connection: Connection) -> None:
    actor: Actor = session.info.get("actor") or Actor()
    send_on(connection, _SET_TENANT, _tenant_of(actor))


def _tenant_of(actor: Actor) -> dict[str, str]:
    organization = actor.organization_id
    return {"organization": str(organization) if organization else "", "duty": actor.duty or ""}


async def act_as(session: AsyncSession, actor: Actor) -> None:
    """Go on with the same transaction as somebody else: after sign-in, once the tenant is known."""
    session.info["actor"] = actor
    await send(session, _SET_TENANT, _tenant_of(actor))


@asynccontextmanager
async def acting_as(session: AsyncSession, actor: Actor) -> AsyncIterator[None]:
    """The same until the end of the block, then back. What was done is written before either
    change."""
    own = actor_of(session)
    await session.flush()
    await act_as(session, actor)
    try:
        yield
    except BaseException:
        session.info["actor"] = own  # the transaction is given up: nothing more is sent in it
        raise
    await session.flush()
    await act_as(session, own)


def actor_of(session: AsyncSession) -> Actor:
    """Whoever this transaction belongs to."""
    actor: Actor = session.info.get("actor") or Actor()
    return actor


def organization_of(session: AsyncSession) -> UUID:
    """The organisation this transaction acts for. Raises LookupError where there is none."""
    organization_id = actor_of(session).organization_id
    if organization_id is None:
        raise LookupError("this needs an organisation")
    return organization_id


class Database:
    """One engine for the life of a process."""

    def __init__(self, url: str, *, pool_size: int = 10, runtime_role: str | None = RUNTIME_ROLE):
        self.url = url
        self.engine = _engine(url, pool_size, runtime_role)
        self._sessions = async_sessionmaker(
            self.engine,
            expire_on_commit=False,
            autoflush=False,
            sync_session_class=WritingSession,
        )
        # The same connections; nothing is begun on them.
        self._asking = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._commit_listeners: list[CommitListener] = []

    def on_commit(self, listener: CommitListener) -> None:
        """Call `listener` after each commit that wrote domain events, with the names of these: the
        relay's wake-up."""
        self._commit_listeners.append(listener)

    @asynccontextmanager
    async def transaction(self, actor: Actor | None = None) -> AsyncIterator[AsyncSession]:
        """A transaction for `actor`: committed at the end, rolled back on any exception."""
        session = self._sessions(info={"actor": actor or Actor()})
        try:
            await session.run_sync(_begin)
            yield session
            await session.run_sync(_commit)
        except BaseException:
            await asyncio.shield(session.close())  # which rolls back, whoever is not waited for
            raise
        if events := session.info.pop("events", None):
            for listener in self._commit_listeners:
                listener(events)

    async def ask(self, statement: Executable, **parameters: Any) -> Row[Any] | None:
        """The row that one statement finds, as nobody: a function of the database's that takes up
        its duty itself. A transaction would take four more answers to wait for. Raises DBAPIError.
        """
        try:
            async with self._asking.connect() as connection:
                return (await connection.execute(statement, parameters)).one_or_none()
        except DRIVER_ERRORS as error:
            raise InterfaceError("connect", None, error) from error

    async def close(self) -> None:
        """Give the connections back."""
        await self.engine.dispose()


def _begin(session: Session) -> None:
    """Take the connection at once. Raises DBAPIError when there is none to be had: what goes wrong
    while a connection is made comes out of SQLAlchemy as whatever it was."""
    try:
        session.connection()
    except DRIVER_ERRORS as error:
        raise InterfaceError("connect", None, error) from error


def _commit(session: Session) -> None:
    # Else a failed flush has undone it all, and whoever caught that has said so.
    if session.is_active:
        session.commit()
    session.close()


def is_lost_race(error: Exception) -> bool:
    """Whether PostgreSQL gave the transaction up for another's sake: a deadlock, or a conflict of
    serialisation. All of it was rolled back; the same may well succeed now."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) in {"40P01", "40001"}


def _engine(url: str, pool_size: int, runtime_role: str | None) -> AsyncEngine:
    settings = {
        "application_name": "openconsult",
        "lock_timeout": f"{LOCK_TIMEOUT.seconds}s",
        "statement_timeout": f"{STATEMENT_TIMEOUT.seconds}s",
        "timezone": "UTC",
        "jit": "off",  # small statements: compiling them costs more than running them
    }
    if runtime_role:
        settings["role"] = runtime_role
    engine = create_async_engine(
        make_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT.total_seconds(),
        connect_args={
            "server_settings": settings,
            # A line that is dead on one side only says nothing: nobody waits for it for ever.
            "command_timeout": (STATEMENT_TIMEOUT + LOCK_TIMEOUT).total_seconds(),
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: DBAPIConnection, _: object, __: object) -> None:
    """The pool takes another where the server has hung up on this one, and on all as old.

    The driver knows it without asking; SQLAlchemy's own `pool_pre_ping` begins and ends a
    transaction for each of ours, three more answers to wait for.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError


event.listen(Session, "after_begin", _set_tenant)


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to `revision` as its owner. Blocking: call it from a thread in a loop."""
    command.upgrade(alembic_config(url), revision)


def alembic_config(url: str) -> Config:
    """Alembic's configuration for one database."""
    config = Config(_ALEMBIC_INI)
    config.attributes["url"] = url
    return config
