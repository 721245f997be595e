"""HealthcareServices: what can be booked here, and what can be asked for urgently."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import organization_of
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound
from app.models import HealthcareService
from app.models.organization import Channel
from app.models.paging import After, Page, fetch_page
from app.models.text import Line, Name

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,49}$")]
SlotMinutes = Annotated[int, Field(ge=5, le=480)]


class NewService(BaseModel):
    """A service to be offered. `specialty` is a code such as general-practice or stroke."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    specialty: Code
    channel: Channel = "video"
    slot_minutes: SlotMinutes = 15
    urgent: bool = False
    shared: bool = False
    phone: Line = ""


async def list_services(session: AsyncSession, *, after: After) -> Page[HealthcareService]:
    """Our services and those partners share with us. The key is (name, id)."""
    key = (HealthcareService.name, HealthcareService.id)
    wanted = select(HealthcareService).where(HealthcareService.active)
    return await fetch_page(session, wanted, key, after=after)


async def add_service(session: AsyncSession, new: NewService) -> HealthcareService:
    """Offer a new service. Raises DuplicateRecord where its name is used already."""
    adding = (
        insert(HealthcareService)
        .values(organization_id=organization_of(session), **new.model_dump())
        .on_conflict_do_nothing()
        .returning(HealthcareService)
    )
    added = await session.scalar(adding)
    if added is None:
        raise DuplicateRecord("There is already a service of this name.")
    audit.record(
        session, "C", "Added a service", resource="HealthcareService", resource_id=added.id
    )
    return added


async def find_bookable_service(session: AsyncSession, service_id: UUID) -> HealthcareService:
    """Our own service of that id, open for booking. Raises ResourceNotFound, InvalidInput."""
    found = await session.get(HealthcareService, service_id)
    if found is None or found.organization_id != organization_of(session):
        raise ResourceNotFound("HealthcareService", service_id)
    if found.urgent or not found.active:
        raise InvalidInput.field("service_id", "This service cannot be booked.")
    return found
