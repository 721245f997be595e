"""Locations: rooms, and whatever else one appointment at a time can use."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import organization_of
from app.directory.announcing import announce
from app.directory.services import flush_named
from app.errors import DuplicateRecord, ResourceNotFound, StaleVersion
from app.models import Location
from app.models.paging import After, Page, fetch_page
from app.models.text import Name

Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class NewLocation(BaseModel):
    """A room, or the like, by its name. With a position it is a site crews can choose as where
    they take a patient; `shared` lets other organisations' crews do so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    shared: bool = False

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("give latitude and longitude both, or neither")
        return self


class LocationChanges(BaseModel):
    """What is to be different; absent means: as it is, whatever the default here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(default_factory=str)
    active: bool = Field(default_factory=bool)
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    shared: bool = Field(default_factory=bool)

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        given = {"latitude", "longitude"} & self.model_fields_set
        if len(given) == 1 or (self.latitude is None) != (self.longitude is None):
            raise ValueError("give latitude and longitude both, or neither")
        return self


async def list_locations(session: AsyncSession, *, after: After) -> Page[Location]:
    """Our locations in use. The key is (name, id)."""
    wanted = select(Location).where(
        Location.organization_id == organization_of(session), Location.active
    )
    return await fetch_page(session, wanted, (Location.name, Location.id), after=after)


async def find_location(session: AsyncSession, location_id: UUID) -> Location:
    """Our location with that id, in use or not. Raises ResourceNotFound."""
    found = await session.get(Location, location_id)
    if found is None or found.organization_id != organization_of(session):
        raise ResourceNotFound("Location", location_id)
    return found


async def add_location(session: AsyncSession, new: NewLocation) -> Location:
    """Enter a location. Raises DuplicateRecord where its name is used already."""
    adding = (
        insert(Location)
        .values(organization_id=organization_of(session), **new.model_dump())
        .on_conflict_do_nothing()
        .returning(Location)
    )
    added = await session.scalar(adding)
    if added is None:
        raise DuplicateRecord("There is already a location of this name.")
    audit.record(session, "C", "Added a location", resource="Location", resource_id=added.id)
    announce(session, "location.added", added)
    return added


async def change_location(
    session: AsyncSession, location_id: UUID, changes: LocationChanges, *, version: int
) -> Location:
    """Change what `changes` sets; what is booked there stays booked. Raises ResourceNotFound,
    StaleVersion, and DuplicateRecord where another location has the name."""
    await find_location(session, location_id)
    found = await session.get_one(
        Location, location_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found.version != version:
        raise StaleVersion
    for name, value in changes.model_dump(exclude_unset=True).items():
        setattr(found, name, value)
    found.touch()
    await flush_named(session, "There is already a location of this name.")
    audit.record(session, "U", "Changed a location", resource="Location", resource_id=found.id)
    announce(session, "location.changed", found)
    return found
