"""A request moves on to another house, and everything that belongs to it goes with it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, inspect, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Base, RequestOwner, RequestStep, Ring, ServiceRequest
from app.models.base import Shared
from app.referrals.escalation.plan import Site
from app.referrals.houses import acting_for
from app.referrals.records import houses_of

KEPT = (ServiceRequest, Ring, RequestStep, RequestOwner)
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
        for table, condition in _belonging(request.id).items():
            columns = inspect(table).columns
            await session.execute(
                update(table)
                .where(condition, columns.organization_id == request.organization_id)
                .values(partner_organization_id=organization_id)
                .execution_options(synchronize_session=False)
            )


def _belonging(request_id: UUID) -> dict[type[Any], ColumnElement[bool]]:
    """Every table of shared records that name a request, or what names one (a mark on a picture),
    and which of their rows belong to this one."""
    tables: dict[type[Any], ColumnElement[bool]] = {}
    candidates = [
        mapper.class_
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Shared) and mapper.class_ not in KEPT
    ]
    while True:
        found = {
            table: or_(*conditions)
            for table in candidates
            if table not in tables and (conditions := list(_naming(table, tables, request_id)))
        }
        if not found:
            return tables
        tables |= found


def _naming(
    table: type[Any], known: Mapping[type[Any], ColumnElement[bool]], request_id: UUID
) -> Iterator[ColumnElement[bool]]:
    """What of its foreign keys points at the request, or at what is known to belong to it."""
    for column in inspect(table).columns:
        for key in column.foreign_keys:
            if key.references(inspect(ServiceRequest).local_table):
                yield column == request_id
            for parent, condition in known.items():
                if key.references(inspect(parent).local_table):
                    yield column.in_(select(inspect(parent).columns.id).where(condition))
