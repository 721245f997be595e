"""An ambulance service with a crew, and a hospital with three specialists on call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app import referrals
from app.database import Database
from app.identity import Actor, Principal, StaffRole
from app.models import (
    HealthcareService,
    Organization,
    Practitioner,
    PractitionerRole,
    ServiceRequest,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Region:
    """Two organisations. Dr Shah is in the first layer; Dr Lund and Dr Mbeki in the second."""

    database: Database
    crew: Principal
    shah: Principal
    lund: Principal
    mbeki: Principal
    service_id: UUID

    @asynccontextmanager
    async def acting(self, principal: Principal) -> AsyncIterator[AsyncSession]:
        async with self.database.transaction(Actor.of(principal)) as session:
            yield session

    async def ask(self, question: str = "Is this a stroke?") -> UUID:
        """The crew asks; Dr Shah rings."""
        asked = referrals.Asked(service_id=self.service_id, question=question, call_sign="A12")
        async with self.acting(self.crew) as session:
            return (await referrals.raise_request(session, asked, now=NOON)).id

    async def case(self, request_id: UUID) -> referrals.Case:
        """As the crew sees it."""
        async with self.acting(self.crew) as session:
            return await referrals.case(session, request_id, now=NOON)

    async def outcomes(self, request_id: UUID) -> dict[str, list[str]]:
        """What came of each ring, by name."""
        found: dict[str, list[str]] = {}
        for ring in (await self.case(request_id)).rings:
            found.setdefault(ring.practitioner_name, []).append(ring.outcome)
        return found

    async def state(self, request_id: UUID) -> str:
        return (await self.request(request_id)).state

    async def request(self, request_id: UUID) -> ServiceRequest:
        async with self.acting(self.crew) as session:
            return await session.get_one(ServiceRequest, request_id)


async def organization(database: Database, ods_code: str, kind: str) -> UUID:
    organization_id = uuid4()
    async with database.transaction(Actor(organization_id)) as session:
        session.add(
            Organization(
                id=organization_id,
                ods_code=ods_code,
                name=f"The {kind}",
                kind=kind,
                phone="01632 960100",
            )
        )
    return organization_id


async def staff(
    database: Database, organization_id: UUID, role: StaffRole, given: str, family: str
) -> Principal:
    practitioner_id = uuid4()
    async with database.transaction(Actor(organization_id)) as session:
        session.add(
            Practitioner(
                id=practitioner_id,
                organization_id=organization_id,
                given_name=given,
                family_name=family,
            )
        )
    return Principal(
        kind="staff",
        subject=uuid4(),
        organization_id=organization_id,
        name=f"{given} {family}",
        roles=frozenset({role}),
        practitioner_id=practitioner_id,
    )


async def region(database: Database) -> Region:
    ambulance = await organization(database, "RX801", "ambulance")
    hospital = await organization(database, "RR801", "hospital")
    service_id = uuid4()
    async with database.transaction(Actor(hospital)) as session:
        session.add(
            HealthcareService(
                id=service_id,
                organization_id=hospital,
                name="Stroke advice",
                specialty="stroke",
                urgent=True,
                shared=True,
                phone="01632 960101",
            )
        )
    crew = await staff(database, ambulance, "crew", "Kim", "Reed")
    people = [
        await staff(database, hospital, "clinician", given, family)
        for given, family in (("Nina", "Shah"), ("Olaf", "Lund"), ("Thabo", "Mbeki"))
    ]
    found = Region(database, crew, people[0], people[1], people[2], service_id)
    for person, order in zip(people, (1, 2, 2), strict=True):
        await on_call(found, person, order)
    return found


async def on_call(region: Region, person: Principal, order: int) -> None:
    """Set up for the region's service in this layer, and on duty."""
    await on_call_for(region, person, region.service_id, order)


async def on_call_for(region: Region, person: Principal, service_id: UUID, order: int) -> None:
    """Set up for a service in this layer, and on duty."""
    assert person.practitioner_id is not None
    async with region.acting(person) as session:
        session.add(
            PractitionerRole(
                organization_id=person.organization_id,
                practitioner_id=person.practitioner_id,
                role="clinician",
                specialty="stroke",
                service_id=service_id,
                ring_order=order,
            )
        )
        await session.flush()
        await referrals.take_duty(session, service_id, on=True, now=NOON)
