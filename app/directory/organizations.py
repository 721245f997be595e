"""Organisations: what the NHS publishes of them, open to everyone who has signed in."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import organization_of
from app.errors import Forbidden, ResourceNotFound, StaleVersion
from app.models import Organization
from app.models.paging import After, Page, fetch_page
from app.outbox import emit

Dictation = Literal["off", "on-device", "any"]
DirectCalls = Literal["no", "relayed", "any"]


class OrganizationChanges(BaseModel):
    """What is given changes. `dictation`: whether crews may speak into forms, and who hears it.
    `relay_only`: whether calls go over TURN servers alone; those that go on stay as they are.
    `direct_calls`: whether two browsers may send to each other directly."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dictation: Dictation | None = None
    relay_only: bool | None = None
    direct_calls: bool | None = None


async def list_organizations(session: AsyncSession, *, after: After) -> Page[Organization]:
    """All organisations by ODS code. The key is (ODS code, id)."""
    key = (Organization.ods_code, Organization.id)
    return await fetch_page(session, select(Organization), key, after=after)


async def find_organization(session: AsyncSession, organization_id: UUID) -> Organization:
    """That organisation. Raises ResourceNotFound."""
    found = await session.get(Organization, organization_id)
    if found is None:
        raise ResourceNotFound("Organization", organization_id)
    return found


async def any_relay_only(session: AsyncSession, organization_ids: Iterable[UUID]) -> bool:
    """Whether the policy of one of them is that calls go over TURN servers alone."""
    of_one = select(Organization.id).where(
        Organization.id.in_(set(organization_ids)), Organization.relay_only
    )
    return await session.scalar(of_one.limit(1)) is not None


async def direct_calls(session: AsyncSession, organization_ids: Iterable[UUID]) -> DirectCalls:
    """Whether the policy of all of them is that two browsers may send to each other, and by which
    ways; `relayed`, over TURN servers alone."""
    houses = set(organization_ids)
    of_one = select(Organization.id).where(Organization.id.in_(houses), ~Organization.direct_calls)
    if await session.scalar(of_one.limit(1)) is not None:
        return "no"
    return "relayed" if await any_relay_only(session, houses) else "any"


async def change_organization(
    session: AsyncSession, organization_id: UUID, changes: OrganizationChanges, *, version: int
) -> Organization:
    """Change one's own organisation's settings. Raises ResourceNotFound, Forbidden for another's,
    StaleVersion."""
    await find_organization(session, organization_id)
    if organization_id != organization_of(session):
        raise Forbidden("Only its own administrators change an organisation.")
    found = await session.get_one(
        Organization, organization_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found.version != version:
        raise StaleVersion
    if changes.dictation is not None:
        found.dictation = changes.dictation
    if changes.relay_only is not None:
        found.relay_only = changes.relay_only
    if changes.direct_calls is not None:
        found.direct_calls = changes.direct_calls
    found.touch()
    audit.record(
        session, "U", "Changed an organisation", resource="Organization", resource_id=found.id
    )
    audience = {f"{role}@{found.id}" for role in ("administrator", "crew")}
    emit(session, "organization.changed", found.id, audience=audience)
    await session.flush()
    return found
