"""Hold a time, book it, let it go. The occupancies' exclusion constraint has the last word."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory, encounters
from app.database import actor_of, organization_of
from app.directory import Named
from app.errors import HoldExpired, ResourceNotFound, StaleVersion, TooManyRequests
from app.models import Appointment
from app.models.organization import Channel
from app.scheduling.booking import occupancies
from app.scheduling.booking.occupancies import Claim
from app.scheduling.booking.places import Place, Wanted, check
from app.scheduling.booking.records import announce, record
from app.scheduling.rotas import Period
from app.writing import write_later

MOST_OPEN_HOLDS = 20
"""Per caller: a form holds one, a system of many advisers some; nobody empties a day."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a booking is for. Without a channel it is the rota's own. `series` is the series it
    belongs to, with the local day it was meant for; `booked_by` a partner that books here."""

    patient_id: UUID
    reason: str = ""
    channel: Channel | None = None
    series: tuple[UUID, date] | None = None
    booked_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """A booked Appointment. `join_secret` is the patient's way to it, given once and not kept: to
    join a video call, and to move or cancel whatever it is."""

    appointment: Appointment
    join_secret: str


async def hold(
    session: AsyncSession, wanted: Wanted, *, lifetime: timedelta, now: datetime
) -> Appointment:
    """Keep a time for a while. Raises SlotNotFree, InvalidInput, ResourceNotFound,
    TooManyRequests."""
    await _limit_holds(session, now)
    place = await check(session, wanted, now=now)
    await _refuse_taken(session, place, now=now)
    return await hold_place(session, place, lifetime=lifetime, now=now)


async def hold_place(
    session: AsyncSession, place: Place, *, lifetime: timedelta, now: datetime
) -> Appointment:
    """Keep a time that was checked, however many are held. Raises SlotNotFree."""
    expires_at = now + lifetime
    held = _appointment(session, place, now=now)
    claim = Claim(held.id, place, expires_at=expires_at)
    held.group_session_id = await occupancies.take(session, claim, now=now)
    held.status, held.hold_expires_at, held.held_by = "pending", expires_at, _subject(session)
    write_later(session, held)
    record(session, "C", "Held a time", held)
    announce(session, "appointment.changed", held)
    return held


def _appointment(session: AsyncSession, place: Place, *, now: datetime) -> Appointment:
    """The record as it will be, not yet in the session."""
    return Appointment(
        id=uuid4(),
        created_at=now,
        sequence=0,
        version=1,
        organization_id=organization_of(session),
        practitioner_id=place.practitioner.id,
        service_id=place.service.id,
        with_ids=list(place.with_ids),
        during=as_stored(place.period),
        time_zone=place.time_zone,
        wall_start=place.wall_start,
        channel=place.channel,
        outside_schedule=place.outside_schedule,
    )


def as_stored(period: Period) -> Range[datetime]:
    """The period as a half-open range."""
    return Range(period.start, period.end, bounds="[)")


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


async def release(
    session: AsyncSession, hold_id: UUID, *, now: datetime, version: int | None = None
) -> None:
    """Let a hold of one's own go. Raises ResourceNotFound where it is not there any more, and
    StaleVersion where a version is given and it is another."""
    held = await _own_hold(session, hold_id)
    if version is not None and held.version != version:
        raise StaleVersion
    if held.hold_expires_at and held.hold_expires_at > now:
        announce(session, "appointment.changed", held)
    record(session, "D", "Released a time", held)
    await occupancies.forget_hold(session, held)


async def _own_hold(session: AsyncSession, hold_id: UUID) -> Appointment:
    held = await session.scalar(
        select(Appointment)
        .where(
            Appointment.id == hold_id,
            Appointment.status == "pending",
            Appointment.held_by == _subject(session),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if held is None:
        raise ResourceNotFound("hold", hold_id)
    return held


async def book(
    session: AsyncSession, wanted: Wanted, details: Details, *, now: datetime
) -> Booking:
    """Book a time. Raises SlotNotFree, PatientBusy, InvalidInput, ResourceNotFound."""
    place = await check(session, wanted, now=now, patient_id=details.patient_id)
    if place.patient is None:
        raise LookupError("a booking needs a patient")
    await _refuse_taken(session, place, now=now)
    return await book_place(session, place, place.patient, details, now=now)


async def _refuse_taken(session: AsyncSession, place: Place, *, now: datetime) -> None:
    """Many may want one time: who comes late is told at once, and need not try to take it."""
    if place.was_taken:
        raise await occupancies.not_free(session, place, now=now)


async def book_place(
    session: AsyncSession,
    place: Place,
    patient: Named,
    details: Details,
    *,
    now: datetime,
    names_next: bool = True,
) -> Booking:
    """Book a time that was checked. Raises SlotNotFree, PatientBusy; nothing is written then."""
    appointment = _appointment(session, place, now=now)
    claim = Claim(appointment.id, place, patient.id, names_next=names_next)
    appointment.group_session_id = await occupancies.take(session, claim, now=now)
    appointment.status = "booked"
    _fill_in(appointment, details)
    write_later(session, appointment)
    return await _booked(session, appointment, (place.practitioner, patient), now=now)


def _fill_in(appointment: Appointment, details: Details) -> None:
    appointment.patient_id = details.patient_id
    appointment.reason = details.reason
    appointment.booked_by_organization_id = details.booked_by
    appointment.channel = details.channel or appointment.channel
    if details.series is not None:
        appointment.series_id, appointment.series_day = details.series


async def book_hold(
    session: AsyncSession, hold_id: UUID, details: Details, *, now: datetime
) -> Booking:
    """Book the time of one's own hold. Raises HoldExpired, PatientBusy, ResourceNotFound."""
    held = await _own_hold(session, hold_id)
    patient = await directory.name_patient(session, details.patient_id)
    return await book_held(session, held, patient, details, now=now)


async def book_held(
    session: AsyncSession, held: Appointment, patient: Named, details: Details, *, now: datetime
) -> Booking:
    """Book the time of a hold whose row is locked. Raises HoldExpired, PatientBusy."""
    if held.hold_expires_at is None or held.hold_expires_at <= now:
        raise HoldExpired
    await occupancies.keep(session, held, patient.id, now=now)
    held.hold_expires_at = None
    held.become("booked")
    _fill_in(held, details)
    await session.flush()
    practitioner = await directory.name_practitioner(session, held.practitioner_id)
    return await _booked(session, held, (practitioner, patient), now=now)


async def _booked(
    session: AsyncSession,
    appointment: Appointment,
    people: tuple[Named, Named],
    *,
    now: datetime,
) -> Booking:
    secret = encounters.plan_for_appointment(session, appointment, *people, now=now)
    if appointment.with_ids:
        await encounters.seat_others(session, appointment, now=now)
    record(session, "C", "Booked an appointment", appointment)
    announce(session, "appointment.booked", appointment)
    return Booking(appointment, secret)
