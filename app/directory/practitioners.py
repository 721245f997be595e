"""Practitioners and what each may do (FHIR PractitionerRole)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import organization_of
from app.directory.announcing import announce
from app.errors import DuplicateRecord, ResourceNotFound, StaleVersion
from app.identity import StaffRole
from app.models import HealthcareService, Practitioner, PractitionerRole
from app.models.paging import After, Page, fetch_page
from app.models.text import Line, Name


def _each_once(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tags))


# RFC 5646 §2.1: a language of two or three letters, then script, region and variants.
LANGUAGE = (
    r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*$"
)
Language = Annotated[str, StringConstraints(max_length=35, pattern=LANGUAGE)]
"""A language tag in the usual case (BCP 47): en, cy, bsl, zh-Hant, pt-BR."""
Languages = Annotated[tuple[Language, ...], Field(max_length=20), AfterValidator(_each_once)]


class NewPractitioner(BaseModel):
    """A member of staff to be entered. `registration` is the GMC, NMC or HCPC number; `languages`
    are what they consult in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line = ""
    given_name: Name
    family_name: Name
    registration: Line = ""
    languages: Languages = ()
    shared: bool = False


class PractitionerChanges(BaseModel):
    """What is to be different; absent means: as it is, whatever the default here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line = Field(default_factory=str)
    given_name: Name = Field(default_factory=str)
    family_name: Name = Field(default_factory=str)
    registration: Line = Field(default_factory=str)
    languages: Languages = Field(default_factory=tuple)
    shared: bool = Field(default_factory=bool)
    active: bool = Field(default_factory=bool)


class NewRole(BaseModel):
    """A role to be given. `ring_order` is the layer in which urgent requests ring, from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: StaffRole
    specialty: Line = ""
    service_id: UUID | None = None
    call_sign: Line = ""
    ring_order: Annotated[int, Field(ge=1, le=9)] = 1
    shared: bool = False


@dataclass(frozen=True, slots=True)
class PractitionerEntry:
    """A practitioner with the roles in force."""

    practitioner: Practitioner
    roles: Sequence[PractitionerRole]


async def list_practitioners(
    session: AsyncSession, *, after: After, role: StaffRole | None = None
) -> Page[PractitionerEntry]:
    """Our active staff by name. The key is (family name, given name, id)."""
    wanted = select(Practitioner).where(
        Practitioner.organization_id == organization_of(session), Practitioner.active
    )
    if role is not None:
        holders = select(PractitionerRole.practitioner_id).where(
            PractitionerRole.role == role, PractitionerRole.active
        )
        wanted = wanted.where(Practitioner.id.in_(holders))
    key = (Practitioner.family_name, Practitioner.given_name, Practitioner.id)
    page = await fetch_page(session, wanted, key, after=after)
    roles = await _roles(session, [practitioner.id for practitioner in page.items])
    entries = [PractitionerEntry(each, roles.get(each.id, ())) for each in page.items]
    return Page(entries, page.next_key)


async def _roles(
    session: AsyncSession, practitioner_ids: Sequence[UUID]
) -> dict[UUID, list[PractitionerRole]]:
    rows = await session.scalars(
        select(PractitionerRole)
        .where(PractitionerRole.practitioner_id.in_(practitioner_ids), PractitionerRole.active)
        .order_by(PractitionerRole.role, PractitionerRole.id)
    )
    found: dict[UUID, list[PractitionerRole]] = {}
    for role in rows:
        found.setdefault(role.practitioner_id, []).append(role)
    return found


async def find_own_practitioner(session: AsyncSession, practitioner_id: UUID) -> Practitioner:
    """Our member of staff with that id, active or not. Raises ResourceNotFound."""
    found = await session.get(Practitioner, practitioner_id)
    if found is None or found.organization_id != organization_of(session):
        raise ResourceNotFound("Practitioner", practitioner_id)
    return found


async def read_practitioner(session: AsyncSession, practitioner_id: UUID) -> PractitionerEntry:
    """That member of staff with roles. Raises ResourceNotFound."""
    found = await find_own_practitioner(session, practitioner_id)
    return PractitionerEntry(found, (await _roles(session, [found.id])).get(found.id, ()))


async def add_practitioner(session: AsyncSession, new: NewPractitioner) -> PractitionerEntry:
    """Enter a member of staff; roles come after."""
    added = Practitioner(organization_id=organization_of(session), **new.model_dump())
    session.add(added)
    await session.flush()
    audit.record(
        session, "C", "Entered a member of staff", resource="Practitioner", resource_id=added.id
    )
    announce(session, "practitioner.added", added)
    return PractitionerEntry(added, ())


async def change_practitioner(
    session: AsyncSession, practitioner_id: UUID, changes: PractitionerChanges, *, version: int
) -> PractitionerEntry:
    """Change what `changes` sets. Raises ResourceNotFound, StaleVersion."""
    await find_own_practitioner(session, practitioner_id)
    found = await session.get_one(
        Practitioner, practitioner_id, with_for_update=True, populate_existing=True
    )
    if found.version != version:
        raise StaleVersion
    for name, value in changes.model_dump(exclude_unset=True).items():
        setattr(found, name, value)
    found.touch()
    await session.flush()
    audit.record(
        session, "U", "Changed a member of staff", resource="Practitioner", resource_id=found.id
    )
    announce(session, "practitioner.changed", found)
    return PractitionerEntry(found, (await _roles(session, [found.id])).get(found.id, ()))


async def add_role(session: AsyncSession, practitioner_id: UUID, new: NewRole) -> PractitionerEntry:
    """Give a role. Raises ResourceNotFound, and DuplicateRecord where it is held already."""
    practitioner = await find_own_practitioner(session, practitioner_id)
    if new.service_id is not None:
        await _known_service(session, new.service_id)
    adding = (
        insert(PractitionerRole)
        .values(
            organization_id=organization_of(session),
            practitioner_id=practitioner.id,
            **new.model_dump(),
        )
        .on_conflict_do_nothing()
        .returning(PractitionerRole.id)
    )
    added = await session.scalar(adding)
    if added is None:
        raise DuplicateRecord("This role is held already.")
    audit.record(session, "C", "Gave a role", resource="PractitionerRole", resource_id=added)
    announce(session, "practitioner.changed", practitioner)
    return await read_practitioner(session, practitioner_id)


async def _known_service(session: AsyncSession, service_id: UUID) -> None:
    if await session.get(HealthcareService, service_id) is None:
        raise ResourceNotFound("HealthcareService", service_id)
