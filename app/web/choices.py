"""What selects offer: colleagues, services, rooms, by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import directory
from app.database import organization_of
from app.models.paging import After

MOST_CHOICES = 500
"""A select longer than this helps nobody."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a select's options."""

    id: UUID
    name: str


async def practitioner_choices(session: AsyncSession) -> Sequence[Choice]:
    """Clinicians who work here, by last name."""
    page = await directory.list_practitioners(
        session, after=After(limit=MOST_CHOICES), role="clinician"
    )
    return [
        Choice(entry.practitioner.id, entry.practitioner.display_name)
        for entry in page.items
        if any(role.role == "clinician" and role.service_id is None for role in entry.roles)
    ]


async def service_choices(session: AsyncSession) -> Sequence[Choice]:
    """Services of ours that can be booked, by name."""
    page = await directory.list_services(session, after=After(limit=MOST_CHOICES))
    ours = organization_of(session)
    return [
        Choice(service.id, service.name)
        for service in page.items
        if not service.urgent and service.organization_id == ours
    ]


async def room_choices(session: AsyncSession) -> Sequence[Choice]:
    """Our rooms and other places in use, by name."""
    page = await directory.list_locations(session, after=After(limit=MOST_CHOICES))
    return [Choice(location.id, location.name) for location in page.items]
