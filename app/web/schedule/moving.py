"""Moving an appointment: which one, and what is in the way, with what is free instead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import directory, scheduling
from app.errors import Conflict, FreeSlot, SlotNotFree


@dataclass(frozen=True, slots=True)
class Moving:
    """The appointment for which a new time is being chosen."""

    id: UUID
    version: int
    service_id: UUID
    start: datetime
    patient_name: str
    practitioner_name: str


@dataclass(frozen=True, slots=True)
class NamedSlot:
    """A free time, with whose it is."""

    practitioner_id: UUID
    practitioner_name: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a time could not be taken, and what is free instead."""

    title: str
    times: tuple[NamedSlot, ...] = ()


async def moving_of(session: AsyncSession, appointment_id: UUID) -> Moving:
    """What the page says of the appointment that is being moved. Raises ResourceNotFound."""
    appointment = await scheduling.read_appointment(session, appointment_id)
    practitioner = await directory.find_own_practitioner(session, appointment.practitioner_id)
    patient_id = appointment.patient_id
    patient = await directory.find_patient(session, patient_id) if patient_id else None
    return Moving(
        id=appointment.id,
        version=appointment.version,
        service_id=appointment.service_id,
        start=appointment.start,
        patient_name=patient.display_name if patient else "",
        practitioner_name=practitioner.display_name,
    )


async def obstacle_of(session: AsyncSession, refusal: Conflict) -> Obstacle:
    """The refusal in words; a taken time with free ones and the names of whose they are."""
    if not isinstance(refusal, SlotNotFree):
        return Obstacle(refusal.detail)
    return Obstacle(refusal.title, await named(session, refusal.next_free))


async def named(session: AsyncSession, slots: Iterable[FreeSlot]) -> tuple[NamedSlot, ...]:
    """With the names of whose they are."""
    return tuple([await _named(session, slot) for slot in slots])


async def _named(session: AsyncSession, slot: FreeSlot) -> NamedSlot:
    practitioner = await directory.find_own_practitioner(session, slot.practitioner_id)
    return NamedSlot(slot.practitioner_id, practitioner.display_name, slot.start)
