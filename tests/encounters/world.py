"""A practice with a clinician, a scheduler and a patient; transactions as any of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory, encounters
from app.database import Database
from app.identity import Actor, Origin, Principal, StaffRole
from app.models import (
    Appointment,
    GroupSession,
    HealthcareService,
    Organization,
    Patient,
    Practitioner,
    Schedule,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BIRTH_DATE = date(1958, 3, 14)


@dataclass
class Practice:
    """One organisation's people, and how they act."""

    database: Database
    organization_id: UUID
    practitioner_id: UUID
    patient_id: UUID
    service_id: UUID

    def staff(
        self, *roles: StaffRole, practitioner_id: UUID | None = None, name: str = "Dr Amara Okafor"
    ) -> Principal:
        return Principal(
            kind="staff",
            subject=uuid4(),
            organization_id=self.organization_id,
            name=name,
            roles=frozenset(roles or ("clinician",)),
            practitioner_id=practitioner_id or self.practitioner_id,
        )

    @asynccontextmanager
    async def acting(self, principal: Principal | None = None) -> AsyncIterator[AsyncSession]:
        """A transaction as this person; the clinician where none is named."""
        actor = Actor.of(principal or self.staff(), Origin("192.0.2.7", "test"))
        async with self.database.transaction(actor) as session:
            yield session

    @asynccontextmanager
    async def as_room(self) -> AsyncIterator[AsyncSession]:
        """A transaction as the pipe opens it: the encounter's organisation, nobody in person."""
        async with self.database.transaction(Actor(self.organization_id)) as session:
            yield session

    @asynccontextmanager
    async def at_the_door(self) -> AsyncIterator[AsyncSession]:
        """A transaction before anyone is known."""
        async with self.database.transaction(Actor(duty="sign-in")) as session:
            yield session


@dataclass(frozen=True)
class Planned:
    """A planned consultation: its id, its seats, and the secret of the patient's link."""

    encounter_id: UUID
    appointment_id: UUID
    clinician: UUID
    patient: UUID
    secret: str
    patient_principal: Principal


async def practice(database: Database, ods_code: str = "A81001") -> Practice:
    organization_id, service_id = uuid4(), uuid4()
    async with database.transaction(Actor(organization_id)) as session:
        session.add(
            Organization(
                id=organization_id,
                ods_code=ods_code,
                name="Riverside Surgery",
                kind="gp-practice",
                phone="01632 960001",
            )
        )
        await session.flush()
        session.add(
            HealthcareService(
                id=service_id,
                organization_id=organization_id,
                name="Video appointments",
                specialty="general-practice",
                phone="01632 960002",
            )
        )
        await session.flush()
    house = Practice(database, organization_id, uuid4(), uuid4(), service_id)
    async with database.transaction(Actor(organization_id)) as session:
        session.add(_practitioner(house, house.practitioner_id))
        session.add(_patient(house, house.patient_id, "Joan"))
    return house


def _practitioner(house: Practice, practitioner_id: UUID) -> Practitioner:
    return Practitioner(
        id=practitioner_id,
        organization_id=house.organization_id,
        title="Dr",
        given_name="Amara",
        family_name="Okafor",
    )


def _patient(house: Practice, patient_id: UUID, given_name: str) -> Patient:
    return Patient(
        id=patient_id,
        organization_id=house.organization_id,
        given_name=given_name,
        family_name="Ashworth",
        birth_date=BIRTH_DATE,
    )


async def another_practitioner(house: Practice, given_name: str, family_name: str) -> Principal:
    """A clinician of the same house, as they act."""
    practitioner_id = uuid4()
    async with house.acting() as session:
        session.add(
            Practitioner(
                id=practitioner_id,
                organization_id=house.organization_id,
                given_name=given_name,
                family_name=family_name,
            )
        )
    return house.staff(
        "clinician", practitioner_id=practitioner_id, name=f"{given_name} {family_name}"
    )


async def another_patient(house: Practice, given_name: str) -> UUID:
    patient_id = uuid4()
    async with house.acting() as session:
        session.add(_patient(house, patient_id, given_name))
    return patient_id


async def group_session(house: Practice, *, start: datetime = NOON, capacity: int = 8) -> UUID:
    """A slot of a group, in which places can be planned."""
    group_id = uuid4()
    async with house.acting(house.staff("scheduler")) as session:
        rota = Schedule(
            organization_id=house.organization_id,
            practitioner_id=house.practitioner_id,
            service_id=house.service_id,
            time_zone="Europe/London",
            recurrence="FREQ=DAILY",
            start_time=time(9),
            end_time=time(17),
            slot_minutes=60,
            capacity=capacity,
            valid_from=start.date(),
        )
        session.add(rota)
        await session.flush()
        session.add(
            GroupSession(
                id=group_id,
                organization_id=house.organization_id,
                schedule_id=rota.id,
                practitioner_id=house.practitioner_id,
                service_id=house.service_id,
                start=start,
                end=start + timedelta(hours=1),
                capacity=capacity,
                taken=capacity,
            )
        )
    return group_id


async def agreed(house: Practice, visit: Planned, shown_name: str) -> None:
    """This patient has said yes to the group call."""
    async with house.acting(visit.patient_principal) as session:
        await encounters.agree_to_group(session, visit.encounter_id, shown_name, now=NOON)


async def planned(
    house: Practice,
    *,
    start: datetime = NOON,
    patient_id: UUID | None = None,
    group_session_id: UUID | None = None,
) -> Planned:
    """A booked video appointment and its consultation."""
    async with house.acting(house.staff("scheduler")) as session:
        patient = await directory.name_patient(session, patient_id or house.patient_id)
        practitioner = await directory.name_practitioner(session, house.practitioner_id)
        appointment = Appointment(
            organization_id=house.organization_id,
            practitioner_id=house.practitioner_id,
            service_id=house.service_id,
            patient_id=patient.id,
            group_session_id=group_session_id,
            status="booked",
            during=Range(start, start + timedelta(minutes=15)),
            time_zone="Europe/London",
            wall_start=start.replace(tzinfo=None).isoformat(),
        )
        session.add(appointment)
        await session.flush()
        secret = encounters.plan_for_appointment(
            session, appointment, practitioner, patient, now=start - timedelta(days=1)
        )
    async with house.at_the_door() as session:
        opened = await encounters.open_link(session, secret, now=start)
        people = await encounters.participants_of(session, opened.participant.encounter_id)
    clinician = next(person for person in people if person.role == "clinician")
    return Planned(
        encounter_id=opened.participant.encounter_id,
        appointment_id=appointment.id,
        clinician=clinician.id,
        patient=opened.participant.id,
        secret=secret,
        patient_principal=encounters.participant_principal(opened.participant),
    )
