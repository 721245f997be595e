"""Domain events: written in the business transaction, read in commit order.

Readers go by (xid, id) below the oldest running transaction (docs/decisions/0006), so a row that
commits late is never passed over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import utc_now
from app.database import actor_of
from app.identity import Actor
from app.models import OutboxEvent
from app.writing import append_later, send

RELAY = Actor(duty="relay")

# The table's name in ORDER BY is needed: `xid` alone is the text, and '1000' comes before '999'.
_READ = text(
    "SELECT xid::text AS xid, id, organization_id, event, resource_id, payload, audience,"
    " created_at FROM outbox_event"
    " WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), :id)"
    " AND xid < pg_snapshot_xmin(pg_current_snapshot())"
    " AND (CAST(:everyone AS boolean) OR audience && CAST(:audience AS varchar[]))"
    " ORDER BY outbox_event.xid, id LIMIT :limit"
)
_NEWEST = text(
    "SELECT xid::text AS xid, id FROM outbox_event"
    " WHERE xid < pg_snapshot_xmin(pg_current_snapshot())"
    " AND (CAST(:before AS timestamptz) IS NULL OR created_at < :before)"
    " ORDER BY outbox_event.xid DESC, id DESC LIMIT 1"
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
    organization_id: UUID
    event: str
    resource_id: UUID
    payload: Mapping[str, object]
    audience: frozenset[str]
    created_at: datetime


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
    append_later(
        session,
        OutboxEvent,
        organization_id=organization_id,
        event=event,
        resource_id=resource_id,
        payload=dict(payload or {}),
        audience=sorted(set(audience)),
        created_at=utc_now(),
    )
    session.info.setdefault("events", set()).add(event)


async def read_after(
    session: AsyncSession,
    position: OutboxPosition,
    *,
    audience: Iterable[str] | None = None,
    limit: int = 500,
) -> list[DomainEvent]:
    """Up to `limit` events after `position`, oldest first. Needs the duty `relay`."""
    rows = await send(
        session,
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
            organization_id=row.organization_id,
            event=row.event,
            resource_id=row.resource_id,
            payload=row.payload,
            audience=frozenset(row.audience),
            created_at=row.created_at,
        )
        for row in rows
    ]


async def newest(session: AsyncSession, before: datetime | None = None) -> OutboxPosition:
    """Where a reader begins that wants nothing of the past, or of what was written `before`.

    Needs the duty `relay`.
    """
    row = (await send(session, _NEWEST, {"before": before})).one_or_none()
    return OutboxPosition(int(row.xid), row.id) if row else OutboxPosition()
