"""What may happen to an appointment after it was booked: read, move, cancel, mark."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import encounters
from app.database import organization_of
from app.encounters import Renewed
from app.errors import Conflict, ResourceNotFound, StaleVersion
from app.models import Appointment
from app.scheduling.booking import occupancies, returning
from app.scheduling.booking.making import as_stored
from app.scheduling.booking.occupancies import Claim
from app.scheduling.booking.places import Place, Wanted, check
from app.scheduling.booking.records import announce, record

Mark = Literal["booked", "arrived", "noshow"]
CancellationCode = Literal["patient", "practitioner", "service", "rota", "mistake", "other"]
"""Who or what it is because of (after FHIR R4 Appointment.cancelationReason)."""
CANCELLATION_CODES: Mapping[str, CancellationCode] = {
    code: code for code in get_args(CancellationCode)
}


async def read_appointment(session: AsyncSession, appointment_id: UUID) -> Appointment:
    """Open that appointment. Raises ResourceNotFound."""
    found = await session.get(Appointment, appointment_id)
    if found is None or found.organization_id != organization_of(session):
        raise ResourceNotFound("Appointment", appointment_id)
    record(session, "R", "Opened an appointment", found)
    return found


async def to_change(session: AsyncSession, appointment_id: UUID, version: int) -> Appointment:
    """That appointment, its row locked. Raises ResourceNotFound, StaleVersion."""
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
    await lock_for_move(session, present, place)
    appointment = await to_change(session, appointment_id, version)
    return await move(session, appointment, place, now=now)


async def lock_for_move(session: AsyncSession, present: Appointment, place: Place) -> None:
    """Whoever's time changes is locked before the appointment's own row."""
    patient = [present.patient_id] if present.patient_id else []
    await occupancies.lock_actors(session, (*present.actor_ids, *place.actors, *patient))


async def move(
    session: AsyncSession, appointment: Appointment, place: Place, *, now: datetime
) -> Appointment:
    """Move an appointment whose row and actors are locked to a time that was checked.

    Where that is the time and the people it has, nothing changes: nobody is told of a move that
    is none. Raises SlotNotFree, PatientBusy, and Conflict where it is over; nothing has changed
    then.
    """
    refuse_unless_ahead(appointment, now)
    if _is_there(appointment, place):
        return appointment
    before, previous_start = appointment.actor_ids, appointment.start
    claim = Claim(appointment.id, place, appointment.patient_id)
    async with session.begin_nested():  # a refusal gives the present time back
        await occupancies.free(session, appointment)
        group_id = await occupancies.take(session, claim, now=now)
    _put(appointment, place, group_id)
    await session.flush()
    await encounters.follow_appointment(session, appointment, now=now)
    record(session, "U", "Moved an appointment", appointment)
    announce(
        session, "appointment.changed", appointment, also=before, previous_start=previous_start
    )
    return appointment


def refuse_unless_ahead(appointment: Appointment, now: datetime) -> None:
    """Raises Conflict for what is over, cancelled or under way."""
    if appointment.status != "booked" or appointment.end <= now:
        raise Conflict("Only a booked appointment that is not over can be moved or cancelled.")


def _is_there(appointment: Appointment, place: Place) -> bool:
    return (
        (appointment.service_id, appointment.practitioner_id, set(appointment.with_ids))
        == (place.service.id, place.practitioner.id, set(place.with_ids))
        and (appointment.start, appointment.end) == (place.period.start, place.period.end)
        and appointment.time_zone == place.time_zone
        and appointment.outside_schedule == place.outside_schedule
        and (appointment.group_session_id is None) == (place.group is None)
    )


def _put(appointment: Appointment, place: Place, group_id: UUID | None) -> None:
    appointment.practitioner_id = place.practitioner.id
    appointment.service_id = place.service.id
    appointment.with_ids = list(place.with_ids)
    appointment.during = as_stored(place.period)
    appointment.time_zone = place.time_zone
    appointment.wall_start = place.wall_start
    appointment.outside_schedule = place.outside_schedule
    appointment.group_session_id = group_id
    appointment.sequence += 1
    appointment.touch()


async def cancel(
    session: AsyncSession,
    appointment_id: UUID,
    *,
    reason: str,
    version: int,
    now: datetime,
    code: CancellationCode = "other",
) -> Appointment:
    """Cancel a booked appointment; its time is free again. Raises StaleVersion, Conflict where
    it is over, ResourceNotFound."""
    appointment = await to_change(session, appointment_id, version)
    return await call_off(session, appointment, code=code, reason=reason, now=now)


async def call_off(
    session: AsyncSession,
    appointment: Appointment,
    *,
    code: CancellationCode,
    reason: str,
    now: datetime,
) -> Appointment:
    """Cancel an appointment whose row is locked. Raises Conflict where it is over."""
    refuse_unless_ahead(appointment, now)
    appointment.become("cancelled")
    appointment.sequence += 1
    appointment.cancellation_code, appointment.cancellation_reason = code, reason
    await session.flush()
    await occupancies.free(session, appointment)
    await encounters.cancel_for_appointment(session, appointment, now=now)
    record(session, "U", "Cancelled an appointment", appointment)
    announce(session, "appointment.cancelled", appointment)
    return appointment


async def mark(
    session: AsyncSession,
    appointment_id: UUID,
    status: Mark,
    *,
    version: int,
    now: datetime,
    reason: str = "",
) -> Appointment:
    """Note that the patient has arrived, has not (`booked` again), or did not come (`noshow`).

    A no-show is taken back on its local day, for a `reason` that is kept in the audit. Raises
    InvalidTransition, StaleVersion, ResourceNotFound, Conflict for a no-show before the
    appointment has begun and for an arrival on another local day than its own, and what
    `returning.take_again` does.
    """
    appointment = await to_change(session, appointment_id, version)
    is_taken_back = appointment.status == "noshow" != status
    if status == "noshow" and appointment.start > now:
        raise Conflict("The appointment has not begun yet.")
    if status == "arrived" and not is_taken_back and not returning.is_its_day(appointment, now):
        raise Conflict("A patient can be noted as arrived on the day of the appointment only.")
    if is_taken_back:  # before the status: a page shows a refusal and commits what it did
        await returning.take_again(session, appointment, reason=reason, now=now)
    appointment.become(status)
    await session.flush()
    if status == "noshow":
        await occupancies.free(session, appointment)
    what = f"Marked an appointment {status}"
    record(
        session, "U", f"{what} after a no-show: {reason}" if is_taken_back else what, appointment
    )
    announce(session, "appointment.changed", appointment)
    return appointment


async def amend(
    session: AsyncSession, appointment_id: UUID, reason: str, *, version: int, now: datetime
) -> Appointment:
    """Change what a booked appointment is for, in words; all else is moved or cancelled. Raises
    StaleVersion, Conflict where it is over, ResourceNotFound."""
    appointment = await to_change(session, appointment_id, version)
    refuse_unless_ahead(appointment, now)
    appointment.reason = reason
    appointment.touch()
    await session.flush()
    record(session, "U", "Changed the reason of an appointment", appointment)
    announce(session, "appointment.changed", appointment)
    return appointment


async def renew_link(
    session: AsyncSession, appointment_id: UUID, *, version: int, now: datetime
) -> tuple[Appointment, Renewed]:
    """Another link for the patient, which counts as a change: of two who renew it at once, the
    second is told. Raises StaleVersion, ResourceNotFound, EncounterOver."""
    appointment = await to_change(session, appointment_id, version)
    renewed = await encounters.renew_link(session, appointment_id, now=now)
    appointment.touch()
    await session.flush()
    announce(session, "appointment.changed", appointment)
    return appointment, renewed
