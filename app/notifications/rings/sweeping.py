"""Calls are kept for a while, to see how somebody was rung; browsers that never come back go."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.database import Database
from app.identity import Actor
from app.jobs import JOBS
from app.models import PushSubscription, RingCall

CALLS_KEPT = timedelta(days=30)
UNSEEN_FOR = timedelta(days=60)
"""A page renews it each time it is opened: whoever has not been there for so long is not rung."""


async def forget_old_rings(database: Database, now: datetime) -> int:
    """Remove both; how many rows."""
    async with database.transaction(JOBS) as session:
        calls = select(RingCall.organization_id).where(RingCall.created_at < now - CALLS_KEPT)
        browsers = select(PushSubscription.organization_id).where(
            PushSubscription.seen_at < now - UNSEEN_FOR
        )
        houses = set(await session.scalars(calls)) | set(await session.scalars(browsers))
    gone = 0
    for house in houses:
        async with database.transaction(Actor(house)) as session:
            for old in (
                delete(RingCall).where(RingCall.created_at < now - CALLS_KEPT),
                delete(PushSubscription).where(PushSubscription.seen_at < now - UNSEEN_FOR),
            ):
                removed = await session.execute(old.returning(1))
                gone += len(removed.all())
    return gone
