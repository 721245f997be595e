"""What may happen to an appointment after it was booked: read, move, cancel, mark."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from app import encounters
from app.errors import Conflict, ResourceNotFound, StaleVersion
from app.models import Appointment
from app.scheduling import rows
from app.scheduling.places import Place, Wanted, check
from app.scheduling.search import as_range

Mark = Literal["booked", "arrived", "noshow"]


async def read_appointment(session: AsyncSession, appointment_id: UUID) -> Appointment:
    """Open that appointment. Raises ResourceNotFound."""
    found = await session.get(Appointment, appointment_id)
    if found is None:
        raise ResourceNotFound("Appointment", appointment_id)
    rows.record(session, "R", "Opened an appointment", found)
    return found


async def _to_change(session: AsyncSession, appointment_id: UUID, version: int) -> Appointment:
    found = await session.scalar(
        select(Appointment)
        .where(Appointment.id == appointment_id, Appointment.status != "pending")
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise ResourceNotFound("Appointment", appointment_id)
    if found.version != version:
        raise StaleVersion
    return found


async def reschedule(
    session: AsyncSession, appointment_id: UUID, wanted: Wanted, *, version: int, now: datetime
) -> Appointment:
    """Move a booked appointment, to another practitioner too; the patient's link stays good.

    Raises SlotNotFree, PatientBusy, StaleVersion, Conflict where it is over, InvalidInput,
    ResourceNotFound.
    """
    place = await check(session, wanted, now=now)
    present = await session.get(Appointment, appointment_id)
    if present is None:
        raise ResourceNotFound("Appointment", appointment_id)
    people = (present.practitioner_id, place.practitioner.id)
    await rows.lock_people(session, practitioners=people, patient_id=present.patient_id)
    appointment = await _to_change(session, appointment_id, version)
    _refuse_unless_ahead(appointment, now)
    before = appointment.practitioner_id
    await rows.drop_expired_holds(session, place.practitioner.id, place.period, now)
    moved = await rows.update_row(session, _moving(appointment_id, place))
    if moved is None:
        patient_id = present.patient_id
        why = await rows.why_not(session, place, patient_id, now=now, moving=appointment_id)
        raise why or await rows.not_free(session, place, now=now)
    await encounters.follow_appointment(session, moved, now=now)
    rows.record(session, "U", "Moved an appointment", moved)
    rows.announce(session, "appointment.changed", moved, also=before)
    return moved


def _refuse_unless_ahead(appointment: Appointment, now: datetime) -> None:
    if appointment.status != "booked" or appointment.end <= now:
        raise Conflict("Only a booked appointment that is not over can be moved or cancelled.")


def _moving(appointment_id: UUID, place: Place) -> ReturningUpdate[Appointment]:
    return (
        update(Appointment)
        .where(Appointment.id == appointment_id)
        .values(
            practitioner_id=place.practitioner.id,
            service_id=place.service.id,
            during=as_range(place.period),
            time_zone=place.time_zone,
            wall_start=place.wall_start,
            version=Appointment.version + 1,
        )
        .returning(Appointment)
    )


async def cancel(
    session: AsyncSession, appointment_id: UUID, *, reason: str, version: int, now: datetime
) -> Appointment:
    """Cancel a booked appointment; its time is free again. Raises StaleVersion, Conflict where
    it is over, ResourceNotFound."""
    appointment = await _to_change(session, appointment_id, version)
    _refuse_unless_ahead(appointment, now)
    appointment.become("cancelled")
    appointment.cancellation_reason = reason
    await session.flush()
    await encounters.cancel_for_appointment(session, appointment, now=now)
    rows.record(session, "U", "Cancelled an appointment", appointment)
    rows.announce(session, "appointment.cancelled", appointment)
    return appointment


async def mark(
    session: AsyncSession, appointment_id: UUID, status: Mark, *, version: int, now: datetime
) -> Appointment:
    """Note that the patient has arrived, has not (`booked` again), or did not come (`noshow`).

    Raises InvalidTransition, StaleVersion, ResourceNotFound, and Conflict for a no-show before
    the appointment has begun.
    """
    appointment = await _to_change(session, appointment_id, version)
    if status == "noshow" and appointment.start > now:
        raise Conflict("The appointment has not begun yet.")
    appointment.become(status)
    await session.flush()
    rows.record(session, "U", f"Marked an appointment {status}", appointment)
    rows.announce(session, "appointment.changed", appointment)
    return appointment
