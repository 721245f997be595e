"""A busy practice for clients to fight over: few people, few slots, many who want them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

from app import accounts
from app.database import Database
from app.identity import Actor
from app.models import (
    HealthcareService,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Schedule,
)

PASSWORD = "correct horse battery"
USERNAME = "sam.desk"
SLOT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Practice:
    """Ids, when there are slots, and how to sign in: systems by id and secret.

    Whoever wants to note arrivals plays the morning of the first day (`opens`)."""

    organization_id: UUID
    service_id: UUID
    practitioners: tuple[UUID, ...]
    patients: tuple[UUID, ...]
    starts: tuple[datetime, ...]
    systems: tuple[tuple[str, str], ...]

    @property
    def opens(self) -> datetime:
        """Two hours before the first slot, on its day in London too."""
        return self.starts[0] - timedelta(hours=2)


async def open_practice(
    database: Database, *, practitioners: int, patients: int, days: int, systems: int = 8
) -> Practice:
    """Every practitioner works every day from 09:00 to 17:00, a quarter of an hour each.

    The times begin the day after tomorrow, so that none passes during a run.
    """
    organization_id, service_id = uuid4(), uuid4()
    staff = tuple(uuid4() for _ in range(practitioners))
    people = tuple(uuid4() for _ in range(patients))
    first = datetime.now(UTC).date() + timedelta(days=2)
    async with database.transaction(Actor(organization_id=organization_id)) as session:
        session.add(
            Organization(
                id=organization_id, ods_code="A81001", name="High Street", kind="gp-practice"
            )
        )
        await session.flush()
        session.add(
            HealthcareService(
                id=service_id,
                organization_id=organization_id,
                name="GP appointment",
                specialty="general-practice",
                channel="telephone",
            )
        )
        session.add_all(_doctor(organization_id, each) for each in staff)
        session.add_all(_patient(organization_id, each) for each in people)
        await session.flush()
        session.add_all(_rota(organization_id, service_id, each, first) for each in staff)
        desk = _doctor(organization_id, uuid4())
        session.add(desk)
        await session.flush()
        session.add(
            PractitionerRole(
                organization_id=organization_id, practitioner_id=desk.id, role="scheduler"
            )
        )
        await accounts.create_account(session, desk, USERNAME, PASSWORD)
        made = [
            await accounts.create_client(session, f"System {number}", {"booking"})
            for number in range(systems)
        ]
    return Practice(
        organization_id=organization_id,
        service_id=service_id,
        practitioners=staff,
        patients=people,
        starts=tuple(_starts(first, days)),
        systems=tuple((client.client_id, secret) for client, secret in made),
    )


def _starts(first: date, days: int) -> list[datetime]:
    """In UTC, where the day may begin an hour sooner than in London: so from 10:00 on."""
    mornings = [datetime.combine(first + timedelta(days=day), time(10), UTC) for day in range(days)]
    return [morning + SLOT * number for morning in mornings for number in range(24)]


def _doctor(organization_id: UUID, practitioner_id: UUID) -> Practitioner:
    return Practitioner(
        id=practitioner_id,
        organization_id=organization_id,
        title="Dr",
        given_name="Alex",
        family_name="Adams",
    )


def _patient(organization_id: UUID, patient_id: UUID) -> Patient:
    return Patient(
        id=patient_id,
        organization_id=organization_id,
        given_name="Kim",
        family_name="Young",
        birth_date=date(1980, 5, 17),
    )


def _rota(organization_id: UUID, service_id: UUID, practitioner_id: UUID, first: date) -> Schedule:
    return Schedule(
        organization_id=organization_id,
        practitioner_id=practitioner_id,
        service_id=service_id,
        channel="telephone",
        time_zone="Europe/London",
        recurrence="FREQ=DAILY",
        start_time=time(9),
        end_time=time(17),
        slot_minutes=15,
        valid_from=first - timedelta(days=7),
    )
