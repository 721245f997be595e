"""A request moves on to another house, and everything that belongs to it goes with it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, inspect, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Base, RequestOwner, RequestStep, Ring, ServiceRequest
from app.models.base import Shared
from app.referrals.escalation.plan import Site
from app.referrals.houses import acting_for
from app.referrals.records import houses_of

KEPT = (Ring, RequestStep, RequestOwner)
"""Seen by whoever sees the request, and each stays that of the house it speaks of."""


async def follow_to(
    session: AsyncSession, request: ServiceRequest, site: Site | None, *, now: datetime
) -> None:
    """The request is asked of this site too from now on. Those it was asked of before still see
    it, and can still answer it."""
    if site is None:
        return
    request.asked_organization_ids = [*houses_of(request), site.organization_id]
    detail: dict[str, object] = {
        "organization_id": str(site.organization_id),
        "organization_name": site.organization_name,
        "service_id": str(site.service_id),
        "service_name": site.name,
    }
    session.add(request.step("moved", at=now, detail=detail))
    await hand_to(session, request, site.organization_id)


async def hand_to(session: AsyncSession, request: ServiceRequest, organization_id: UUID) -> None:
    """Make this house the one that looks after it: it sees what belongs to the request."""
    if request.partner_organization_id == organization_id:
        return
    request.partner_organization_id = organization_id
    async with acting_for(session, request.organization_id):
        for table in _belonging():
            columns = inspect(table).columns
            names_it = or_(*(column == request.id for column in _naming(table)))
            await session.execute(
                update(table)
                .where(
                    names_it,
                    columns.organization_id == request.organization_id,
                )
                .values(partner_organization_id=organization_id)
                .execution_options(synchronize_session=False)
            )


def _belonging() -> Iterator[type[Shared]]:
    """Every table of shared records that name a request."""
    for mapper in Base.registry.mappers:
        table: type[Any] = mapper.class_
        if issubclass(table, Shared) and table not in KEPT and _naming(table):
            yield table


def _naming(table: type[Shared]) -> list[Column[Any]]:
    """Its foreign keys to a request."""
    target = inspect(ServiceRequest).columns.id
    return [
        column
        for column in inspect(table).columns
        if any(key.references(target.table) for key in column.foreign_keys)
    ]
