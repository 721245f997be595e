"""Old events go, but none that a consumer has yet to read."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, text

from app.database import Database
from app.models import OutboxConsumer
from app.outbox.events import RELAY, OutboxPosition

KEPT_FOR = timedelta(days=30)
"""As long as a receiver may ask for webhooks to be sent once more."""
AT_ONCE = 1000

_FORGET = text(
    "WITH old AS (SELECT id FROM outbox_event WHERE created_at < :before"
    " AND (xid, id) <= (CAST(CAST(:xid AS text) AS xid8), :id) ORDER BY xid, id LIMIT :limit)"
    " DELETE FROM outbox_event WHERE id IN (SELECT id FROM old) RETURNING id"
)
_EVERYTHING = OutboxPosition(2**63 - 1, 2**63 - 1)


async def forget_old_events(
    database: Database, now: datetime, *, consumers: Collection[str]
) -> int:
    """Remove events older than `KEPT_FOR` that all these consumers have behind them."""
    gone = 0
    while True:
        async with database.transaction(RELAY) as session:
            kept = await session.scalars(
                select(OutboxConsumer.position).where(OutboxConsumer.name.in_(consumers))
            )
            behind = min(map(OutboxPosition.parse, kept), default=_EVERYTHING)
            wanted = {
                "before": now - KEPT_FOR,
                "xid": str(behind.xid),
                "id": behind.id,
                "limit": AT_ONCE,
            }
            forgotten = len((await session.execute(_FORGET, wanted)).all())
        gone += forgotten
        if forgotten < AT_ONCE:
            return gone
