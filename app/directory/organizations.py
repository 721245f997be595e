"""Organisations: what the NHS publishes of them, open to everyone who has signed in."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import ResourceNotFound
from app.models import Organization
from app.models.paging import After, Page, fetch_page


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
