"""HealthcareServices: what can be booked here, and what can be asked for urgently."""

from datetime import time
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import organization_of
from app.directory.announcing import announce
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound, StaleVersion
from app.models import HealthcareService
from app.models.organization import Channel
from app.models.paging import After, Page, fetch_page
from app.models.text import Name, Telephone
from app.models.time_zone import WallTime

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,49}$")]
SlotMinutes = Annotated[int, Field(ge=5, le=480)]


CutoffDays = Annotated[int, Field(ge=0, le=60)]
Moves = Annotated[int, Field(ge=0, le=100)]


class NewService(BaseModel):
    """A service to be offered. `specialty` is a code such as general-practice or stroke.

    Patients may move or cancel (`patients_may_change`) until `change_cutoff_time`, local,
    `change_cutoff_days` before, and move `most_patient_moves` times.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    specialty: Code
    channel: Channel = "video"
    slot_minutes: SlotMinutes = 15
    urgent: bool = False
    shared: bool = False
    phone: Telephone = ""
    patients_may_change: bool = True
    change_cutoff_days: CutoffDays = 1
    change_cutoff_time: WallTime = time(17)
    most_patient_moves: Moves = 3


class ServiceChanges(BaseModel):
    """What is to be different; absent means: as it is, whatever the default here.

    Whether it is urgent stays: what was booked and what was asked for differ too much.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(default_factory=str)
    specialty: Code = Field(default_factory=str)
    channel: Channel = Field(default_factory=lambda: "video")
    slot_minutes: SlotMinutes = Field(default_factory=int)
    shared: bool = Field(default_factory=bool)
    active: bool = Field(default_factory=bool)
    phone: Telephone = Field(default_factory=str)
    patients_may_change: bool = Field(default_factory=bool)
    change_cutoff_days: CutoffDays = Field(default_factory=int)
    change_cutoff_time: WallTime = Field(default_factory=time)
    most_patient_moves: Moves = Field(default_factory=int)


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
    announce(session, "service.added", added)
    return added


async def find_own_service(session: AsyncSession, service_id: UUID) -> HealthcareService:
    """Our own service of that id, active or not. Raises ResourceNotFound."""
    found = await session.get(HealthcareService, service_id)
    if found is None or found.organization_id != organization_of(session):
        raise ResourceNotFound("HealthcareService", service_id)
    return found


async def change_service(
    session: AsyncSession, service_id: UUID, changes: ServiceChanges, *, version: int
) -> HealthcareService:
    """Change what `changes` sets. Raises ResourceNotFound, StaleVersion, and DuplicateRecord
    where another service has the name."""
    await find_own_service(session, service_id)
    found = await session.get_one(
        HealthcareService, service_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found.version != version:
        raise StaleVersion
    for name, value in changes.model_dump(exclude_unset=True).items():
        setattr(found, name, value)
    found.touch()
    await flush_named(session, "There is already a service of this name.")
    audit.record(
        session, "U", "Changed a service", resource="HealthcareService", resource_id=found.id
    )
    announce(session, "service.changed", found)
    return found


async def flush_named(session: AsyncSession, refusal: str) -> None:
    """Write a changed name. Raises DuplicateRecord with `refusal` where it is used already."""
    try:
        async with session.begin_nested():
            await session.flush()
    except IntegrityError as error:
        raise DuplicateRecord(refusal) from error


async def find_bookable_service(session: AsyncSession, service_id: UUID) -> HealthcareService:
    """Our own service of that id, open for booking. Raises ResourceNotFound, InvalidInput."""
    found = await find_own_service(session, service_id)
    if found.urgent or not found.active:
        raise InvalidInput.field("service_id", "This service cannot be booked.")
    return found
