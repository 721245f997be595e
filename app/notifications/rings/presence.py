"""Whether somebody has a page of ours open, and so hears the ring there."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Account, SignIn

Presence = Callable[[AsyncSession, UUID, datetime], Awaitable[bool]]
SEEN_WITHIN = timedelta(minutes=10)
"""An open page asks for a new token for its socket every few minutes."""


async def has_page_open(session: AsyncSession, practitioner_id: UUID, now: datetime) -> bool:
    """Whether a session of theirs was used a moment ago."""
    found = await session.scalar(
        select(SignIn.id)
        .join(Account, Account.id == SignIn.account_id)
        .where(
            Account.practitioner_id == practitioner_id,
            SignIn.revoked_at.is_(None),
            SignIn.expires_at > now,
            SignIn.last_used_at > now - SEEN_WITHIN,
        )
        .limit(1)
    )
    return found is not None
