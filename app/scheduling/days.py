"""Appointments as people look at them: a list, and one day across practitioners."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import organization_of
from app.errors import InvalidInput
from app.models import Appointment, HealthcareService, Patient, Practitioner, PractitionerRole
from app.models.paging import After, Page, fetch_page
from app.models.time_zone import zone
from app.scheduling.rotas import Period, Slot, local_day
from app.scheduling.search import as_range, free_slots

EntryState = Literal["free", "held", "booked", "arrived", "fulfilled", "noshow"]
_STATES: dict[str, EntryState] = {
    "pending": "held",
    "booked": "booked",
    "arrived": "arrived",
    "fulfilled": "fulfilled",
    "noshow": "noshow",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which appointments; None means any."""

    practitioner_id: UUID | None = None
    patient_id: UUID | None = None
    status: str | None = None
    start: datetime | None = None
    end: datetime | None = None


async def list_appointments(
    session: AsyncSession, filters: Filters, *, after: After
) -> Page[Appointment]:
    """Appointments by start, without holds. The key is (start, id). Raises InvalidInput for a
    reversed period."""
    if filters.start and filters.end and filters.end <= filters.start:
        raise InvalidInput.field("end", "must be after the start")
    wanted = select(Appointment).where(
        Appointment.organization_id == organization_of(session), Appointment.status != "pending"
    )
    start = func.lower(Appointment.during, type_=Appointment.created_at.type)
    if filters.practitioner_id is not None:
        wanted = wanted.where(Appointment.practitioner_id == filters.practitioner_id)
    if filters.patient_id is not None:
        wanted = wanted.where(Appointment.patient_id == filters.patient_id)
    if filters.status is not None:
        wanted = wanted.where(Appointment.status == filters.status)
    if filters.start is not None:
        wanted = wanted.where(start >= filters.start)
    if filters.end is not None:
        wanted = wanted.where(start < filters.end)
    audit.record(
        session,
        "R",
        "Listed appointments",
        resource="Appointment list",
        patient_id=filters.patient_id,
    )
    return await fetch_page(session, wanted, (start, Appointment.id), after=after)


@dataclass(frozen=True, slots=True)
class Entry:
    """One stretch of somebody's day: a free slot, a hold, or an appointment of `state`."""

    state: EntryState
    start: datetime
    end: datetime
    service_id: UUID
    service_name: str
    appointment_id: UUID | None = None
    version: int = 0
    patient_id: UUID | None = None
    patient_name: str = ""
    channel: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One practitioner's day, entries by start."""

    practitioner_id: UUID
    name: str
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Day:
    """A local day across practitioners. `start` and `end` are its first and last midnight."""

    date: date
    time_zone: str
    start: datetime
    end: datetime
    columns: Sequence[Column]


async def day(session: AsyncSession, wanted: date, time_zone: str, *, now: datetime) -> Day:
    """That day of every clinician who has slots or appointments in it, or holds a clinician's
    role. Cancelled appointments are left out. Raises InvalidInput for an unknown zone."""
    period = local_day(wanted, zone(time_zone))
    services = await _services(session)
    entries: dict[UUID, list[Entry]] = {}
    for practitioner_id, entry in await _booked(session, period, services, now):
        entries.setdefault(practitioner_id, []).append(entry)
    for slot in await free_slots(session, period, now=now):
        entries.setdefault(slot.practitioner_id, []).append(_free(slot, services))
    columns = [
        Column(person.id, person.display_name, _in_order(entries.get(person.id, [])))
        for person in await _people(session, entries.keys())
    ]
    audit.record(session, "R", "Looked at a day's appointments", resource="Appointment list")
    return Day(wanted, time_zone, period.start, period.end, columns)


def _in_order(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.start, entry.state, entry.service_name))


def _free(slot: Slot, services: dict[UUID, str]) -> Entry:
    return Entry("free", slot.start, slot.end, slot.service_id, services.get(slot.service_id, ""))


async def _services(session: AsyncSession) -> dict[UUID, str]:
    rows = await session.execute(
        select(HealthcareService.id, HealthcareService.name).where(
            HealthcareService.organization_id == organization_of(session)
        )
    )
    return {row.id: row.name for row in rows}


async def _booked(
    session: AsyncSession, period: Period, services: dict[UUID, str], now: datetime
) -> list[tuple[UUID, Entry]]:
    rows = await session.execute(
        select(Appointment, Patient)
        .outerjoin(Patient, Patient.id == Appointment.patient_id)
        .where(
            Appointment.organization_id == organization_of(session),
            Appointment.during.overlaps(as_range(period)),
            Appointment.status.in_(_STATES),
            or_(Appointment.status != "pending", Appointment.hold_expires_at > now),
        )
    )
    return [
        (appointment.practitioner_id, _taken(appointment, patient, services))
        for appointment, patient in rows
    ]


def _taken(appointment: Appointment, patient: Patient | None, services: dict[UUID, str]) -> Entry:
    return Entry(
        state=_STATES[appointment.status],
        start=appointment.start,
        end=appointment.end,
        service_id=appointment.service_id,
        service_name=services.get(appointment.service_id, ""),
        appointment_id=appointment.id,
        version=appointment.version,
        patient_id=appointment.patient_id,
        patient_name=patient.display_name if patient else "",
        channel=appointment.channel,
        reason=appointment.reason,
    )


async def _people(session: AsyncSession, busy: Iterable[UUID]) -> Sequence[Practitioner]:
    clinicians = select(PractitionerRole.practitioner_id).where(
        PractitionerRole.role == "clinician",
        PractitionerRole.active,
        PractitionerRole.service_id.is_(None),
    )
    found = await session.scalars(
        select(Practitioner)
        .where(
            Practitioner.organization_id == organization_of(session),
            or_(
                Practitioner.id.in_(list(busy)),
                Practitioner.active & Practitioner.id.in_(clinicians),
            ),
        )
        .order_by(Practitioner.family_name, Practitioner.given_name, Practitioner.id)
    )
    return found.all()
