"""An ambulance service with a hundred crews out, each with a monitor, and a hospital."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from app import accounts, referrals
from app.clock import utc_now
from app.database import Database
from app.identity import Actor, Principal, StaffRole
from app.models import (
    HealthcareService,
    Organization,
    Practitioner,
    PractitionerRole,
)
from app.observations.feed import NewMonitor, register_monitor

PASSWORD = "measured by a benchmark"  # noqa: S105 (of a database that is thrown away)


@dataclass(frozen=True)
class Ground:
    """Monitors by id and secret, their requests in the same order, and who watches."""

    monitors: list[tuple[str, str]]
    requests: list[UUID]
    watchers: list[str]


async def lay(database: Database, devices: int) -> Ground:
    """Everything is there before the first reading."""
    ambulance, hospital = uuid4(), uuid4()
    await _organization(database, ambulance, "RX901", "ambulance")
    await _organization(database, hospital, "RR901", "hospital")
    service_id = await _service(database, hospital)
    crew = await _person(database, ambulance, "crew", "bench.crew", None)
    await _person(database, hospital, "clinician", "bench.clinician", service_id)
    admin = replace(crew, roles=frozenset({"administrator"}))
    monitors = []
    requests = []
    for number in range(devices):
        sign = f"VB{number:03}"
        async with database.transaction(Actor.of(admin)) as session:
            made = await register_monitor(session, NewMonitor(name=f"M {sign}", call_sign=sign))
        monitors.append((made.client_id, made.secret))
        asked = referrals.Asked(
            service_id=service_id, question="Measured", call_sign=sign, age_years=60
        )
        async with database.transaction(Actor.of(crew)) as session:
            raised = await referrals.raise_request(session, asked, now=utc_now())
        requests.append(raised.id)
    return Ground(monitors, requests, ["bench.crew", "bench.clinician"])


async def _organization(database: Database, key: UUID, ods_code: str, kind: str) -> None:
    async with database.transaction(Actor(key)) as session:
        session.add(Organization(id=key, ods_code=ods_code, name=ods_code, kind=kind))


async def _service(database: Database, hospital: UUID) -> UUID:
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
            )
        )
    return service_id


async def _person(
    database: Database,
    organization_id: UUID,
    role: StaffRole,
    username: str,
    service_id: UUID | None,
) -> Principal:
    person = Practitioner(
        id=uuid4(), organization_id=organization_id, given_name="Bench", family_name=role
    )
    async with database.transaction(Actor(organization_id)) as session:
        session.add(person)
        await session.flush()
        session.add(
            PractitionerRole(
                organization_id=organization_id,
                practitioner_id=person.id,
                role=role,
                service_id=service_id,
            )
        )
        await session.flush()
        await accounts.create_account(session, person, username, PASSWORD)
    return Principal(
        kind="staff",
        subject=uuid4(),
        organization_id=organization_id,
        name="Bench",
        roles=frozenset({role}),
        practitioner_id=person.id,
    )
