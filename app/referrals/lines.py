"""The advice lines a crew may ask: their own organisation's and those shared with it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import HealthcareService, Organization, PractitionerRole


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """One service that takes urgent requests, and how many are on duty for it now."""

    id: UUID
    name: str
    specialty: str
    organization_name: str
    on_duty: int


async def advice_lines(session: AsyncSession) -> list[AdviceLine]:
    """All that are open to the principal's organisation, those with somebody on duty first."""
    on_duty = (
        select(func.count(PractitionerRole.practitioner_id.distinct()))
        .where(
            PractitionerRole.service_id == HealthcareService.id,
            PractitionerRole.on_duty_since.is_not(None),
            PractitionerRole.active,
        )
        .scalar_subquery()
    )
    rows = await session.execute(
        select(HealthcareService, Organization.name, on_duty)
        .join(Organization, Organization.id == HealthcareService.organization_id)
        .where(HealthcareService.urgent, HealthcareService.active)
        .order_by((on_duty > 0).desc(), HealthcareService.name, HealthcareService.id)
    )
    return [
        AdviceLine(service.id, service.name, service.specialty, organization, count)
        for service, organization, count in rows
    ]
