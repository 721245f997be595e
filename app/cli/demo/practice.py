"""The demo's practice: its clinic, its patients, and appointments around the present time."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import encounters, scheduling
from app.cli.demo.world import (
    CONSULTATION,
    CONTACTS,
    NAMESPACE,
    PATIENTS,
    PEOPLE,
    PRACTICE,
    REASONS,
    Known,
)
from app.config import Settings
from app.models import Appointment, Encounter, EncounterParticipant, Patient, Schedule

SLOT = timedelta(minutes=15)
SERVICE_ID = uuid5(NAMESPACE, CONSULTATION)


@dataclass(frozen=True, slots=True)
class DemoAccess:
    """What the terminal prints: how to get in."""

    patient_link: str
    patient_birth_date: date


def furnish(session: AsyncSession) -> None:
    """The clinic and its patients."""
    for person in PEOPLE[:2]:
        session.add(
            Schedule(
                organization_id=PRACTICE.id,
                practitioner_id=person.id,
                service_id=SERVICE_ID,
                time_zone="Europe/London",
                recurrence="FREQ=DAILY",
                start_time=time(8),
                end_time=time(20),
                slot_minutes=15,
                valid_from=date(2026, 1, 1),
            )
        )
    for contact, known in zip(CONTACTS, PATIENTS, strict=True):
        patient = patient_of(known)
        patient.phone = "07700 900100"
        patient.email = f"{patient.given_name}.{patient.family_name}@example.com".lower()
        patient.preferred_contact = contact
        session.add(patient)


def patient_of(known: Known) -> Patient:
    """One of the practice's, as yet without a way to be told anything."""
    number, title, given_name, family_name, birth_date, gender = known
    return Patient(
        id=uuid5(NAMESPACE, number),
        organization_id=PRACTICE.id,
        nhs_number=number,
        title=title,
        given_name=given_name,
        family_name=family_name,
        birth_date=birth_date,
        gender=gender,
        address="1 Mill Lane, Riverside",
        postcode="LS1 4AP",
    )


def soon(now: datetime) -> datetime:
    """The next quarter of an hour: near enough to be in the waiting room at once."""
    quarter = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    return quarter + SLOT


async def book_day(session: AsyncSession, now: datetime) -> None:
    """Where none is left today. Booked outside the schedule too: the demo is tried at night."""
    if await _next_encounter(session, now):
        return
    first = soon(now)
    starts = [first, first + SLOT, first + 3 * SLOT, first, first + 2 * SLOT]
    doctors = [PEOPLE[0], PEOPLE[0], PEOPLE[0], PEOPLE[1], PEOPLE[1]]
    for (number, *_), start, doctor, reason in zip(PATIENTS, starts, doctors, REASONS, strict=True):
        wanted = scheduling.Wanted(
            service_id=SERVICE_ID,
            practitioner_id=doctor.id,
            start=start,
            end=start + SLOT,
            outside_schedule=True,
        )
        details = scheduling.Details(patient_id=uuid5(NAMESPACE, number), reason=reason)
        await scheduling.book(session, wanted, details, now=now)


async def _next_encounter(session: AsyncSession, now: datetime) -> Encounter | None:
    """The first of Dr Okafor's that a patient can still join and the clinic would still see."""
    found: Encounter | None = await session.scalar(
        select(Encounter)
        .join(Appointment, Appointment.id == Encounter.appointment_id)
        .where(
            Encounter.practitioner_id == PEOPLE[0].id,
            Encounter.status.in_(["planned", "arrived"]),
            Appointment.starts_at > now - 4 * SLOT,
        )
        .order_by(Appointment.starts_at)
        .limit(1)
    )
    return found


async def patient_access(session: AsyncSession, settings: Settings, now: datetime) -> DemoAccess:
    """A fresh link for the next patient."""
    encounter = await _next_encounter(session, now)
    if encounter is None or encounter.patient_id is None:
        raise LookupError("the demo appointments are missing")
    seat = await session.scalar(
        select(EncounterParticipant).where(
            EncounterParticipant.encounter_id == encounter.id,
            EncounterParticipant.role == "patient",
        )
    )
    patient = await session.get_one(Patient, encounter.patient_id)
    assert seat is not None  # noqa: S101 (planned together with the encounter)
    link, secret = encounters.new_link(seat, expires_at=now + timedelta(days=1))
    session.add(link)
    return DemoAccess(
        patient_link=f"{settings.base_url}/join#{secret}",
        patient_birth_date=patient.birth_date,
    )
