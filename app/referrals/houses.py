"""The one place of urgent advice where a transaction goes on as another house.

A crew's request rings at a hospital, and may move on to another: who is on call there is read, and
what happens there is written, as that house, under its own row-level security. Whoever acts has a
name there and no role, as a partner who books has (docs/decisions/0018, 0021).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.database import acting_as, actor_of
from app.identity import Actor
from app.models import Organization


@asynccontextmanager
async def acting_for(session: AsyncSession, organization_id: UUID) -> AsyncIterator[None]:
    """As this house until the end; then back."""
    own = actor_of(session)
    if own.organization_id == organization_id:
        yield
        return
    async with acting_as(session, await _abroad(session, own, organization_id)):
        yield


async def _abroad(session: AsyncSession, own: Actor, organization_id: UUID) -> Actor:
    principal = own.principal
    if principal is None or principal.organization_id == organization_id:
        return Actor(organization_id=organization_id, principal=principal, origin=own.origin)
    home = await session.get_one(Organization, principal.organization_id)
    there = replace(
        principal,
        organization_id=organization_id,
        name=f"{principal.name} ({home.name})",
        roles=frozenset(),
        scopes=frozenset(),
        practitioner_id=None,
        session_id=None,
    )
    return Actor(organization_id=organization_id, principal=there, origin=own.origin)
