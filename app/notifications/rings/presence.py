"""Whether somebody has a page of ours open, and so hears the ring there."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Presence

IsPresent = Callable[[AsyncSession, UUID, datetime], Awaitable[bool]]
SEEN_WITHIN = timedelta(seconds=60)
"""A page says every 20 s that it is open: three missed, and nobody hears it ring."""


async def has_page_open(session: AsyncSession, practitioner_id: UUID, now: datetime) -> bool:
    """Whether a page of theirs spoke a moment ago, and they did not say that they are away."""
    found = await session.scalar(
        select(Presence.id).where(
            Presence.practitioner_id == practitioner_id,
            Presence.last_seen_at > now - SEEN_WITHIN,
            Presence.away_since.is_(None),
        )
    )
    return found is not None
