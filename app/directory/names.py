"""Who somebody is, by id and as people read it: all that many deeds have to know of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import organization_of
from app.errors import ResourceNotFound
from app.models import Location, Patient, Practitioner


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody or something."""

    id: UUID
    display_name: str = ""


def _by_id(kind: type[Patient] | type[Practitioner]) -> Select[str, str, str]:
    return select(kind.title, kind.given_name, kind.family_name).where(
        kind.id == bindparam("id"), kind.organization_id == bindparam("organization")
    )


_PATIENT, _PRACTITIONER = _by_id(Patient), _by_id(Practitioner)


async def name_patient(session: AsyncSession, patient_id: UUID) -> Named:
    """Our patient of that id. Raises ResourceNotFound."""
    return await _name(session, _PATIENT, "Patient", patient_id)


async def name_practitioner(session: AsyncSession, practitioner_id: UUID) -> Named:
    """Our member of staff of that id, active or not. Raises ResourceNotFound."""
    return await _name(session, _PRACTITIONER, "Practitioner", practitioner_id)


async def name_all(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Named]:
    """Those of our staff and places, by name. Who is not here is left out."""
    if not ids:
        return []
    ours = organization_of(session)
    people = await session.scalars(
        select(Practitioner).where(Practitioner.id.in_(ids), Practitioner.organization_id == ours)
    )
    named = [Named(person.id, person.display_name) for person in people]
    return sorted([*named, *await name_places(session, ids)], key=lambda one: one.display_name)


async def name_places(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Named]:
    """Those of them that are places of ours, by name."""
    if not ids:
        return []
    places = await session.scalars(
        select(Location)
        .where(Location.id.in_(ids), Location.organization_id == organization_of(session))
        .order_by(Location.name)
    )
    return [Named(place.id, place.name) for place in places]


async def _name(
    session: AsyncSession, statement: Select[str, str, str], what: str, wanted: UUID
) -> Named:
    values = {"id": wanted, "organization": organization_of(session)}
    row = (await session.execute(statement, values)).one_or_none()
    if row is None:
        raise ResourceNotFound(what, wanted)
    return Named(wanted, " ".join(part for part in row if part))
