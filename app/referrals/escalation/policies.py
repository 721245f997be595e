"""Escalation policies as kept: versions are added, never changed; a request keeps its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import organization_of
from app.errors import InvalidInput, ResourceNotFound, StaleVersion
from app.models import EscalationPolicy, HealthcareService, Organization
from app.models.paging import After, Page, fetch_page
from app.models.text import TELEPHONE
from app.outbox import emit
from app.referrals.escalation.plan import Plan, Site
from app.referrals.escalation.policy import Policy, default_policy
from app.referrals.houses import acting_for
from app.referrals.records import principal_in


@dataclass(frozen=True, slots=True)
class Scope:
    """What a policy is for: one service, all of a specialty, or (neither) the whole house."""

    service_id: UUID | None = None
    specialty: str = ""


async def plan_for(
    session: AsyncSession, service: HealthcareService, *, ring_for: timedelta
) -> tuple[Plan, UUID | None]:
    """What a request for this service will run under, and the policy's id, None for the default."""
    async with acting_for(session, service.organization_id):
        stored = await policy_in_force(session, service)
        policy = Policy.model_validate(stored.rules) if stored else default_policy(ring_for)
        sites = await _sites(session, policy)
    number = stored.number if stored else 0
    plan = Plan(number=number, service_id=service.id, policy=policy, sites=tuple(sites))
    return plan, stored.id if stored else None


async def policy_in_force(
    session: AsyncSession, service: HealthcareService
) -> EscalationPolicy | None:
    """The newest version for the service, else for its specialty, else for the house."""
    found = await session.scalars(
        select(EscalationPolicy)
        .where(
            EscalationPolicy.organization_id == service.organization_id,
            or_(
                EscalationPolicy.service_id == service.id,
                EscalationPolicy.service_id.is_(None)
                & EscalationPolicy.specialty.in_(("", service.specialty)),
            ),
        )
        .order_by(
            EscalationPolicy.service_id.is_(None),
            EscalationPolicy.specialty.desc(),
            EscalationPolicy.number.desc(),
        )
        .limit(1)
    )
    return found.one_or_none()


async def policy_for(session: AsyncSession, service_id: UUID) -> EscalationPolicy | None:
    """The version in force for a service of ours; None where the default is.

    Raises ResourceNotFound.
    """
    service = await session.get(HealthcareService, service_id)
    if service is None or service.organization_id != organization_of(session):
        raise ResourceNotFound("HealthcareService", service_id)
    return await policy_in_force(session, service)


async def _sites(session: AsyncSession, policy: Policy) -> list[Site]:
    """The other services it rings, those that are still there to be rung."""
    rows = await session.execute(
        select(HealthcareService, Organization.name)
        .join(Organization, Organization.id == HealthcareService.organization_id)
        .where(
            HealthcareService.id.in_(list(policy.service_ids)),
            HealthcareService.urgent,
            HealthcareService.active,
        )
    )
    return [
        Site(
            service_id=service.id,
            organization_id=service.organization_id,
            name=service.name,
            organization_name=organization,
            specialty=service.specialty,
        )
        for service, organization in rows
    ]


async def list_policies(session: AsyncSession, *, after: After) -> Page[EscalationPolicy]:
    """Every version of every policy of the house. The key is (created_at, id), newest first."""
    return await fetch_page(
        session,
        select(EscalationPolicy),
        (EscalationPolicy.created_at, EscalationPolicy.id),
        after=after,
        newest_first=True,
    )


async def write_policy(
    session: AsyncSession, scope: Scope, policy: Policy, *, after_number: int, now: datetime
) -> EscalationPolicy:
    """Add the next version. `after_number` is the version it was written from, 0 for the first.

    Requests that ring already keep theirs. Raises InvalidInput, and StaleVersion where somebody
    has written another version meanwhile.
    """
    principal = principal_in(session)
    await _require_sense(session, scope, policy)
    house = organization_of(session)
    newest = await session.scalar(
        select(func.max(EscalationPolicy.number)).where(
            EscalationPolicy.service_id.is_not_distinct_from(scope.service_id),
            EscalationPolicy.specialty == scope.specialty,
        )
    )
    if (newest or 0) != after_number:
        raise StaleVersion
    row = insert(EscalationPolicy).values(
        id=uuid4(),
        created_at=now,
        organization_id=house,
        service_id=scope.service_id,
        specialty=scope.specialty,
        number=after_number + 1,
        rules=policy.model_dump(mode="json"),
        created_by=principal.practitioner_id,
        created_by_name=principal.name,
    )
    added: EscalationPolicy | None = await session.scalar(
        row.on_conflict_do_nothing().returning(EscalationPolicy)
    )
    if added is None:  # two were written from the same version at the same moment
        raise StaleVersion
    audit.record(
        session, "C", "write EscalationPolicy", resource="EscalationPolicy", resource_id=added.id
    )
    emit(
        session,
        "escalation-policy.written",
        added.id,
        audience={f"administrator@{house}", f"scheduler@{house}"},
        payload={"number": added.number},
    )
    await session.flush()
    return added


async def _require_sense(session: AsyncSession, scope: Scope, policy: Policy) -> None:
    if scope.service_id and scope.specialty:
        raise InvalidInput.field("specialty", "Name a service or a specialty, not both.")
    service = await _own_service(session, scope.service_id) if scope.service_id else None
    await _require_sites(session, scope, policy)
    # Not of Policy's own: what was written before the rule must still be readable while it rings.
    if not re.fullmatch(TELEPHONE, policy.phone):
        raise InvalidInput.field("policy.phone", "Enter a telephone number, like 0113 496 0222.")
    if policy.ends_with == "phone" and not policy.phone and not (service and service.phone):
        house = await session.get_one(Organization, organization_of(session))
        if not house.phone:
            raise InvalidInput.field(
                "policy.phone", "Give the number to ring, or say that it ends with nothing."
            )


async def _own_service(session: AsyncSession, service_id: UUID) -> HealthcareService:
    found = await session.get(HealthcareService, service_id)
    if found is None or found.organization_id != organization_of(session) or not found.urgent:
        raise InvalidInput.field("service_id", "This is not an urgent service of yours.")
    return found


async def _require_sites(session: AsyncSession, scope: Scope, policy: Policy) -> None:
    wanted: Sequence[UUID] = list(dict.fromkeys(policy.service_ids))
    found = {site.service_id for site in await _sites(session, policy)}
    for service_id in wanted:
        if service_id not in found or service_id == scope.service_id:
            raise InvalidInput.field(
                "policy.steps", "A site must be another urgent service, of yours or shared."
            )
