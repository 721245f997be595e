"""The rota of a period as people read it: who, for which service, in which layer, from when."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import organization_of
from app.models import HealthcareService, OnCallShift, Practitioner
from app.referrals.on_call.people import rotas_of
from app.referrals.on_call.rota import on_call


@dataclass(frozen=True, slots=True)
class Planned:
    """Somebody is on call for a service by its rota, covers and swaps included. Half-open, UTC."""

    service_id: UUID
    service_name: str
    layer: int
    start: datetime
    end: datetime
    practitioner_id: UUID
    name: str


async def urgent_services(session: AsyncSession) -> list[HealthcareService]:
    """Our own that take urgent requests, by name."""
    found = await session.scalars(
        select(HealthcareService)
        .where(
            HealthcareService.organization_id == organization_of(session),
            HealthcareService.urgent,
            HealthcareService.active,
        )
        .order_by(HealthcareService.name, HealthcareService.id)
    )
    return list(found)


async def opening_service(
    session: AsyncSession, services: Sequence[HealthcareService]
) -> HealthcareService | None:
    """The one that a page about rotas opens on: the first that anybody is on the rota of, else the
    first; None where there are none."""
    ids = [each.id for each in services]
    shifts = select(OnCallShift.service_id).where(OnCallShift.active)
    found = await session.scalars(shifts.where(OnCallShift.service_id.in_(ids)).distinct())
    with_rota = set(found)
    return next((each for each in services if each.id in with_rota), next(iter(services), None))


async def planned(
    session: AsyncSession,
    *,
    start: datetime,
    end: datetime,
    service_ids: Collection[UUID] | None = None,
) -> list[Planned]:
    """All of the house's, or of these services of it, by time."""
    services = {
        each.id: each
        for each in await urgent_services(session)
        if service_ids is None or each.id in service_ids
    }
    rotas = await rotas_of(session, services, start=start, end=end)
    stretches = [
        (service_id, part)
        for service_id, rota in rotas.items()
        for part in on_call(rota, start, end)
    ]
    names = await _names(session, {part.practitioner_id for _, part in stretches})
    found = [
        Planned(
            service_id,
            services[service_id].name,
            part.layer,
            part.start,
            part.end,
            part.practitioner_id,
            names.get(part.practitioner_id, ""),
        )
        for service_id, part in stretches
    ]
    return sorted(found, key=lambda each: (each.start, each.service_name, each.layer, each.name))


async def _names(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    people = await session.scalars(select(Practitioner).where(Practitioner.id.in_(ids)))
    return {person.id: person.display_name for person in people}
