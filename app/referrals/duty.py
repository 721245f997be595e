"""Who takes urgent requests now."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import Forbidden
from app.models import HealthcareService, Practitioner, PractitionerRole
from app.outbox import emit
from app.referrals.records import principal_in
from app.referrals.ringing import people_on_duty


@dataclass(frozen=True, slots=True)
class Duty:
    """One urgent service someone can be on duty for, and who else is."""

    service_id: UUID
    service_name: str
    specialty: str
    since: datetime | None
    ring_order: int
    others: tuple[str, ...]

    @property
    def is_on(self) -> bool:
        """Whether requests ring for them."""
        return self.since is not None


async def duties(session: AsyncSession) -> list[Duty]:
    """What the principal can be on duty for. Empty for those who are no specialists."""
    practitioner_id = principal_in(session).practitioner_id
    rows = await session.execute(
        select(PractitionerRole, HealthcareService)
        .join(HealthcareService, HealthcareService.id == PractitionerRole.service_id)
        .where(
            PractitionerRole.practitioner_id == practitioner_id,
            PractitionerRole.role == "clinician",
            PractitionerRole.active,
            HealthcareService.urgent,
            HealthcareService.active,
        )
        .order_by(HealthcareService.name, HealthcareService.id)
    )
    return [await _duty(session, role, service) for role, service in rows.all()]


async def _duty(session: AsyncSession, role: PractitionerRole, service: HealthcareService) -> Duty:
    on_duty = await people_on_duty(session, service.id)
    return Duty(
        service_id=service.id,
        service_name=service.name,
        specialty=service.specialty,
        since=role.on_duty_since,
        ring_order=role.ring_order,
        others=tuple(
            person.name for person in on_duty if person.practitioner_id != role.practitioner_id
        ),
    )


async def take_duty(
    session: AsyncSession, service_id: UUID, *, on: bool, now: datetime
) -> list[Duty]:
    """Go on or off duty for a service. On duty for a shared one, partners see the name.

    Again is no error. Raises Forbidden for a service that is not theirs.
    """
    practitioner_id = principal_in(session).practitioner_id
    role = await session.scalar(
        select(PractitionerRole)
        .where(
            PractitionerRole.practitioner_id == practitioner_id,
            PractitionerRole.service_id == service_id,
            PractitionerRole.role == "clinician",
            PractitionerRole.active,
        )
        .with_for_update()
    )
    service = await session.get(HealthcareService, service_id)
    if role is None or practitioner_id is None or service is None or not service.urgent:
        raise Forbidden("You are not set up to take requests for this service.")
    if on != (role.on_duty_since is not None):
        role.on_duty_since = now if on else None
        role.touch()
        if on and service.shared:
            role.shared = True
            (await session.get_one(Practitioner, practitioner_id)).shared = True
        _tell(session, role, on=on)
        await session.flush()
    return await duties(session)


def _tell(session: AsyncSession, role: PractitionerRole, *, on: bool) -> None:
    audit.record(
        session,
        "U",
        "go on duty" if on else "go off duty",
        resource="PractitionerRole",
        resource_id=role.id,
    )
    emit(
        session,
        "duty.changed",
        role.id,
        audience={f"clinician@{role.organization_id}"},
        payload={"service_id": str(role.service_id), "on": on},
    )
