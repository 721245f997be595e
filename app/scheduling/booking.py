"""Hold a time, book it, let it go. The database's exclusion constraints have the last word."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory, encounters
from app.database import actor_of
from app.errors import HoldExpired, PatientBusy, ResourceNotFound, TooManyRequests
from app.models import Appointment, Patient
from app.models.organization import Channel
from app.scheduling import rows
from app.scheduling.places import Wanted, check

MOST_OPEN_HOLDS = 20
"""Per caller: a form holds one, a system of many advisers some; nobody empties a day."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a booking is for. Without a channel it is the service's own."""

    patient_id: UUID
    reason: str = ""
    channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """A booked Appointment. `join_secret` is the patient's way in, given once and not kept."""

    appointment: Appointment
    join_secret: str | None


async def hold(
    session: AsyncSession, wanted: Wanted, *, lifetime: timedelta, now: datetime
) -> Appointment:
    """Keep a time for a while. Raises SlotNotFree, InvalidInput, ResourceNotFound,
    TooManyRequests."""
    place = await check(session, wanted, now=now)
    await _limit_holds(session, now)
    held = await rows.insert_row(
        session,
        place,
        {"status": "pending", "hold_expires_at": now + lifetime, "held_by": _subject(session)},
        now=now,
    )
    rows.record(session, "C", "Held a time", held)
    rows.announce(session, "appointment.changed", held)
    return held


def _subject(session: AsyncSession) -> UUID:
    principal = actor_of(session).principal
    if principal is None:
        raise LookupError("a hold needs somebody who holds it")
    return principal.subject


async def _limit_holds(session: AsyncSession, now: datetime) -> None:
    subject = _subject(session)
    lock = func.pg_advisory_xact_lock(func.hashtextextended(f"holds {subject}", 0))
    await session.execute(select(lock))  # else two at a time would both count the same
    open_holds = select(func.count()).where(
        Appointment.held_by == subject,
        Appointment.status == "pending",
        Appointment.hold_expires_at > now,
    )
    if (await session.scalar(open_holds) or 0) >= MOST_OPEN_HOLDS:
        raise TooManyRequests(60, "You are holding too many times. Book or release some first.")


async def release(session: AsyncSession, hold_id: UUID, *, now: datetime) -> None:
    """Let a hold of one's own go. Raises ResourceNotFound where it is not there any more."""
    held = await _own_hold(session, hold_id)
    if held.hold_expires_at and held.hold_expires_at > now:
        rows.announce(session, "appointment.changed", held)
    rows.record(session, "D", "Released a time", held)
    await session.delete(held)
    await session.flush()


async def _own_hold(session: AsyncSession, hold_id: UUID) -> Appointment:
    held = await session.scalar(
        select(Appointment)
        .where(
            Appointment.id == hold_id,
            Appointment.status == "pending",
            Appointment.held_by == _subject(session),
        )
        .with_for_update()
    )
    if held is None:
        raise ResourceNotFound("hold", hold_id)
    return held


async def book(
    session: AsyncSession, wanted: Wanted, details: Details, *, now: datetime
) -> Booking:
    """Book a time. Raises SlotNotFree, PatientBusy, InvalidInput, ResourceNotFound."""
    place = await check(session, wanted, now=now)
    patient = await directory.find_patient(session, details.patient_id)
    values = {
        "status": "booked",
        "patient_id": patient.id,
        "reason": details.reason,
        "channel": details.channel or place.service.channel,
    }
    appointment = await rows.insert_row(session, place, values, now=now)
    return await _booked(session, appointment, patient, now=now)


async def book_hold(
    session: AsyncSession, hold_id: UUID, details: Details, *, now: datetime
) -> Booking:
    """Book the time of one's own hold, by compare-and-swap. Raises HoldExpired, PatientBusy,
    ResourceNotFound."""
    await _own_hold(session, hold_id)
    patient = await directory.find_patient(session, details.patient_id)
    await rows.lock_people(session, practitioners=(), patient_id=patient.id)
    values = {
        "status": "booked",
        "patient_id": patient.id,
        "reason": details.reason,
        "hold_expires_at": None,
        "version": Appointment.version + 1,
    }
    if details.channel:
        values["channel"] = details.channel
    swapping = (
        update(Appointment)
        .where(
            Appointment.id == hold_id,
            Appointment.status == "pending",
            Appointment.hold_expires_at > now,
        )
        .values(values)
        .returning(Appointment)
    )
    appointment = await rows.update_row(session, swapping)
    if appointment is None:
        raise PatientBusy if await _is_unexpired(session, hold_id, now) else HoldExpired
    return await _booked(session, appointment, patient, now=now)


async def _is_unexpired(session: AsyncSession, hold_id: UUID, now: datetime) -> bool:
    expires = await session.scalar(
        select(Appointment.hold_expires_at).where(Appointment.id == hold_id)
    )
    return expires is not None and expires > now


async def _booked(
    session: AsyncSession, appointment: Appointment, patient: Patient, *, now: datetime
) -> Booking:
    secret = None
    if appointment.channel == "video":
        secret = await encounters.plan_for_appointment(session, appointment, patient, now=now)
    rows.record(session, "C", "Booked an appointment", appointment)
    rows.announce(session, "appointment.booked", appointment)
    return Booking(appointment, secret)
