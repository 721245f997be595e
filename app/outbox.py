"""Domain events: written in the business transaction, read in commit order, woken by NOTIFY.

Readers go by (xid, id) below the oldest running transaction (docs/decisions/0006), so a row that
commits late is never passed over. A lost wake-up heals by the poll.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from app.config import OUTBOX_POLL
from app.database import Database, actor_of
from app.identity import Actor
from app.models import OutboxEvent, utc_now

CHANNEL = "openconsult_outbox"
RELAY = Actor(duty="relay")

_READ = text(
    "SELECT xid::text AS xid, id, event, resource_id, payload, audience, created_at"
    " FROM outbox_event"
    " WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), :id)"
    " AND xid < pg_snapshot_xmin(pg_current_snapshot())"
    " AND (CAST(:everyone AS boolean) OR audience && CAST(:audience AS varchar[]))"
    " ORDER BY xid, id LIMIT :limit"
)
_NEWEST = text(
    "SELECT xid::text AS xid, id FROM outbox_event"
    " WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid DESC, id DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True, order=True)
class OutboxPosition:
    """How far a reader has come. Printed as `xid.id`."""

    xid: int = 0
    id: int = 0

    def __str__(self) -> str:
        return f"{self.xid}.{self.id}"

    @classmethod
    def parse(cls, value: str) -> "OutboxPosition":
        """From `xid.id`. Raises ValueError."""
        xid, _, row = value.partition(".")
        position = cls(int(xid), int(row))
        if not (0 <= position.xid < 2**63 and 0 <= position.id < 2**63):
            raise ValueError("out of range")
        return position


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """One committed event as its readers see it."""

    position: OutboxPosition
    event: str
    resource_id: UUID
    payload: Mapping[str, object]
    audience: frozenset[str]


def emit(
    session: AsyncSession,
    event: str,
    resource_id: UUID,
    *,
    audience: Iterable[str],
    payload: Mapping[str, object] | None = None,
) -> None:
    """Tell `audience` (Principal.audiences) that something happened, if this commits.

    `payload` may hold ids, states and times, nothing that names or describes a person.
    """
    organization_id = actor_of(session).organization_id
    if organization_id is None:
        raise LookupError("a domain event needs an organisation")
    session.add(
        OutboxEvent(
            organization_id=organization_id,
            event=event,
            resource_id=resource_id,
            payload=dict(payload or {}),
            audience=sorted(set(audience)),
            created_at=utc_now(),
        )
    )
    session.info["events"] = True


async def read_after(
    session: AsyncSession,
    position: OutboxPosition,
    *,
    audience: Iterable[str] | None = None,
    limit: int = 500,
) -> list[DomainEvent]:
    """Up to `limit` events after `position`, oldest first. Needs the duty `relay`."""
    rows = await session.execute(
        _READ,
        {
            "xid": str(position.xid),
            "id": position.id,
            "everyone": audience is None,
            "audience": list(audience or ()),
            "limit": limit,
        },
    )
    return [
        DomainEvent(
            position=OutboxPosition(int(row.xid), row.id),
            event=row.event,
            resource_id=row.resource_id,
            payload=row.payload,
            audience=frozenset(row.audience),
        )
        for row in rows
    ]


async def newest(session: AsyncSession) -> OutboxPosition:
    """Where a reader begins that wants nothing of the past. Needs the duty `relay`."""
    row = (await session.execute(_NEWEST)).one_or_none()
    return OutboxPosition(int(row.xid), row.id) if row else OutboxPosition()


class Wakeup:
    """Tells this process that there may be something to read: LISTEN, own commits, and a poll."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bell = asyncio.Event()
        self._tell = asyncio.Event()
        database.on_commit(self._committed)

    def _committed(self) -> None:
        self._bell.set()
        self._tell.set()

    async def wait(self) -> None:
        """Return when woken, or after the poll interval at the latest."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), OUTBOX_POLL.total_seconds())
        self._bell.clear()

    async def run(self) -> None:
        """Listen to the other processes and tell them of our commits, for ever."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(OUTBOX_POLL.total_seconds())  # the poll goes on meanwhile

    async def _listen(self) -> None:
        url = make_url(self._database.url).set(drivername="postgresql")
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._bell.set())
            while not connection.is_closed():
                await self._tell.wait()
                self._tell.clear()
                # One NOTIFY for all commits since the last: it takes a lock across the cluster.
                await connection.execute(f"NOTIFY {CHANNEL}")
        finally:
            await connection.close(timeout=2)
