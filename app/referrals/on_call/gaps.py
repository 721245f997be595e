"""Times ahead at which a layer has nobody: listed, and warned of."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database, organization_of
from app.identity import Actor
from app.models import HealthcareService, OnCallShift
from app.outbox import emit
from app.referrals.on_call.people import AHEAD, rotas_of
from app.referrals.on_call.rota import Gap, gaps


@dataclass(frozen=True, slots=True)
class ServiceGap:
    """Nobody is on call for a service in `layer` from `start` until `end`."""

    service_id: UUID
    service_name: str
    layer: int
    start: datetime
    end: datetime


async def gaps_ahead(
    session: AsyncSession, *, now: datetime, service_id: UUID | None = None
) -> list[ServiceGap]:
    """Of our services' rotas in the next 14 days, the soonest first. Who goes on duty outside of
    the rota fills none: that is known only when they do."""
    wanted = select(HealthcareService).where(
        HealthcareService.organization_id == organization_of(session),
        HealthcareService.urgent,
        HealthcareService.active,
    )
    if service_id:
        wanted = wanted.where(HealthcareService.id == service_id)
    services = {service.id: service for service in await session.scalars(wanted)}
    rotas = await rotas_of(session, services, start=now, end=now + AHEAD)
    found = [
        ServiceGap(key, services[key].name, gap.layer, gap.start, gap.end)
        for key, rota in rotas.items()
        for gap in gaps(rota, now, now + AHEAD)
    ]
    return sorted(found, key=lambda gap: (gap.start, gap.service_name, gap.layer))


async def warn_of_gaps(database: Database, now: datetime) -> int:
    """Tell every house of the gaps in its rotas; returns how many. Once a day is enough: what a
    change tears open is told when it is made."""
    async with database.transaction(Actor(duty="jobs")) as session:
        houses = set(
            await session.scalars(
                select(OnCallShift.organization_id).where(OnCallShift.active).distinct()
            )
        )
    told = 0
    for house in sorted(houses):
        async with database.transaction(Actor(organization_id=house)) as session:
            found = await gaps_ahead(session, now=now)
            tell_gaps(session, found)
            told += len(found)
    return told


def tell_gaps(session: AsyncSession, found: Iterable[ServiceGap]) -> None:
    """An event for each."""
    house = organization_of(session)
    for gap in found:
        emit(
            session,
            "on-call.gap",
            gap.service_id,
            audience={f"{role}@{house}" for role in ("administrator", "scheduler", "clinician")},
            payload={
                "layer": gap.layer,
                "start": gap.start.isoformat(),
                "end": gap.end.isoformat(),
            },
        )


def torn_open(before: Iterable[ServiceGap], after: Iterable[ServiceGap]) -> list[ServiceGap]:
    """Gaps that were not there before, or are longer than they were."""
    known = [(gap.service_id, Gap(gap.layer, gap.start, gap.end)) for gap in before]
    return [
        gap
        for gap in after
        if not any(
            service_id == gap.service_id
            and (old.layer, old.end) == (gap.layer, gap.end)
            and old.start <= gap.start
            for service_id, old in known
        )
    ]
