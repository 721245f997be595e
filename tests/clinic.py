"""A GP practice with two doctors, a service, schedules and patients, for tests of booking."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID, uuid4

from app.database import Database
from app.identity import Actor, Principal
from app.models import (
    HealthcareService,
    Organization,
    Patient,
    Practitioner,
    PractitionerRole,
    Schedule,
)

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
"""A Friday in winter: London is at UTC."""
MONDAY = date(2026, 11, 23)


def at(hour: int, minute: int = 0, *, day: int = 23) -> datetime:
    """A time in November 2026, UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clinic:
    """Ids, and the scheduler who acts."""

    database: Database
    organization_id: UUID
    service_id: UUID
    doctor_id: UUID
    second_doctor_id: UUID
    patient_id: UUID
    second_patient_id: UUID
    schedule_id: UUID
    scheduler: Principal

    @property
    def actor(self) -> Actor:
        """The scheduler's transactions."""
        return Actor.of(self.scheduler)


def scheduler(organization_id: UUID) -> Principal:
    """Somebody at the desk."""
    return Principal(
        kind="staff",
        subject=uuid4(),
        organization_id=organization_id,
        name="Sam Desk",
        roles=frozenset({"scheduler"}),
        practitioner_id=uuid4(),
    )


async def open_clinic(database: Database, ods_code: str | None = None) -> Clinic:
    """Both doctors see patients on weekdays from 09:00 to 12:00, a quarter of an hour each."""
    organization_id, service_id, schedule_id = uuid4(), uuid4(), uuid4()
    doctors, patients = (uuid4(), uuid4()), (uuid4(), uuid4())
    async with database.transaction(Actor(organization_id=organization_id)) as session:
        session.add(
            Organization(
                id=organization_id,
                ods_code=ods_code or f"A{organization_id.hex[:8].upper()}",
                name="High Street",
                kind="gp-practice",
            )
        )
        await session.flush()
        session.add(
            HealthcareService(
                id=service_id,
                organization_id=organization_id,
                name="GP appointment",
                specialty="general-practice",
            )
        )
        for doctor_id, name in zip(doctors, ("Adams", "Brown"), strict=True):
            session.add(_doctor(organization_id, doctor_id, name))
        for patient_id, name in zip(patients, ("Young", "Zeller"), strict=True):
            session.add(patient(organization_id, patient_id, name))
        await session.flush()
        for doctor_id, key in zip(doctors, (schedule_id, uuid4()), strict=True):
            session.add(_role(organization_id, doctor_id))
            session.add(_schedule(organization_id, key, doctor_id, service_id))
    return Clinic(
        database=database,
        organization_id=organization_id,
        service_id=service_id,
        doctor_id=doctors[0],
        second_doctor_id=doctors[1],
        patient_id=patients[0],
        second_patient_id=patients[1],
        schedule_id=schedule_id,
        scheduler=scheduler(organization_id),
    )


def _doctor(organization_id: UUID, doctor_id: UUID, name: str) -> Practitioner:
    return Practitioner(
        id=doctor_id,
        organization_id=organization_id,
        title="Dr",
        given_name="Alex",
        family_name=name,
    )


def _role(organization_id: UUID, doctor_id: UUID) -> PractitionerRole:
    return PractitionerRole(
        organization_id=organization_id, practitioner_id=doctor_id, role="clinician"
    )


def patient(organization_id: UUID, patient_id: UUID, name: str) -> Patient:
    return Patient(
        id=patient_id,
        organization_id=organization_id,
        given_name="Kim",
        family_name=name,
        birth_date=date(1980, 5, 17),
    )


def _schedule(
    organization_id: UUID, schedule_id: UUID, doctor_id: UUID, service_id: UUID
) -> Schedule:
    return Schedule(
        id=schedule_id,
        organization_id=organization_id,
        practitioner_id=doctor_id,
        service_id=service_id,
        time_zone="Europe/London",
        recurrence="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        start_time=time(9),
        end_time=time(12),
        slot_minutes=15,
        valid_from=date(2026, 1, 1),
    )
