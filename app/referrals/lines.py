"""The advice lines a crew may ask: their own organisation's and those shared with it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import HealthcareService, Organization
from app.referrals.on_call.people import everyone_on_call


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One service that takes urgent requests, how many are on call for it now, and its number."""

    id: UUID
    name: str
    specialty: str
    organization_name: str
    on_duty: int
    phone: str = ""


async def advice_lines(session: AsyncSession, *, now: datetime) -> list[AdviceLine]:
    """All that are open to the principal's organisation, those with somebody on call first."""
    rows = (
        await session.execute(
            select(HealthcareService, Organization)
            .join(Organization, Organization.id == HealthcareService.organization_id)
            .where(HealthcareService.urgent, HealthcareService.active)
            .order_by(HealthcareService.name, HealthcareService.id)
        )
    ).all()
    on_call = await everyone_on_call(session, [service for service, _ in rows], now=now)
    lines = [
        AdviceLine(
            id=service.id,
            name=service.name,
            specialty=service.specialty,
            organization_name=organization.name,
            on_duty=len({person.practitioner_id for person in on_call[service.id]}),
            phone=service.phone or organization.phone,
        )
        for service, organization in rows
    ]
    return sorted(lines, key=lambda line: line.on_duty == 0)
