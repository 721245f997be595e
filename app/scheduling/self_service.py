"""What a patient does with their own appointment: see, move, cancel, ask to be rung instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory
from app.database import actor_of
from app.errors import ChangeNotAllowed, Conflict, Forbidden
from app.models import Appointment, Encounter, HealthcareService, Organization
from app.models.text import Telephone
from app.models.time_zone import zone
from app.scheduling.booking.changes import call_off, lock_for_move, move, to_change
from app.scheduling.booking.occupancies import busy_times
from app.scheduling.booking.places import Wanted, check
from app.scheduling.booking.records import announce, record
from app.scheduling.change_rules import ChangeRule, why_not_cancel, why_not_move
from app.scheduling.rotas import Period, Slot
from app.scheduling.search import Search, free_slots

Phone = Annotated[Telephone, StringConstraints(min_length=7)]
"""Where somebody asks to be rung: no number of three digits."""
SHOWN_AT_ONCE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class MyBooking:
    """The patient's appointment and what they may do with it. The `why_not` are in words, and
    empty where they may; `deadline` is when it becomes too late; `rooms` are booked with it."""

    appointment: Appointment
    rooms: tuple[str, ...]
    why_not_move: str
    why_not_cancel: str
    deadline: datetime
    phone: str


async def my_booking(session: AsyncSession, *, now: datetime) -> MyBooking:
    """The appointment of whoever came by a patient's link. Raises Forbidden for anybody else."""
    appointment = await _mine(session)
    service = await session.get_one(HealthcareService, appointment.service_id)
    organization = await session.get_one(Organization, appointment.organization_id)
    rule = ChangeRule.of(service)
    rooms = await directory.name_places(session, appointment.with_ids)
    return MyBooking(
        appointment=appointment,
        rooms=tuple(room.display_name for room in rooms),
        why_not_move=why_not_move(appointment, rule, now=now),
        why_not_cancel=why_not_cancel(appointment, rule, now=now),
        deadline=rule.deadline(appointment.start, zone(appointment.time_zone)),
        phone=service.phone or organization.phone,
    )


async def _mine(session: AsyncSession) -> Appointment:
    principal = actor_of(session).principal
    if principal is None or principal.kind != "patient":
        raise Forbidden("Open the link you were sent.")
    found = await session.scalar(
        select(Appointment)
        .join(Encounter, Encounter.appointment_id == Appointment.id)
        .where(
            Encounter.id == principal.encounter_id,
            Appointment.patient_id == principal.patient_id,
        )
    )
    if found is None:
        raise Forbidden("Open the link you were sent.")
    return found


async def my_free_times(session: AsyncSession, start: datetime, *, now: datetime) -> Sequence[Slot]:
    """Times the patient could move to in the week from `start`: the same service and channel,
    anybody who gives it, and free for the patient and for whoever else takes part. Raises
    ChangeNotAllowed where they may not move."""
    mine = await my_booking(session, now=now)
    _refuse(mine.why_not_move, mine.phone)
    week = Period(start, start + SHOWN_AT_ONCE)
    search = Search(mine.appointment.service_id)
    found = await free_slots(session, week, search, now=now)
    return [
        slot
        for slot in await _free_for_all(session, mine.appointment, found, now=now)
        if slot.channel == mine.appointment.channel
        and slot.end - slot.start == mine.appointment.length
    ]


async def _free_for_all(
    session: AsyncSession, appointment: Appointment, slots: Sequence[Slot], *, now: datetime
) -> list[Slot]:
    """Those at which neither the patient nor anybody who takes part has anything else."""
    if not slots:
        return []
    people = [each for each in (*appointment.with_ids, appointment.patient_id) if each]
    reach = Period(min(slot.taken.start for slot in slots), max(slot.taken.end for slot in slots))
    busy = [
        each
        for each in await busy_times(session, people, reach, now)
        if each.appointment_id != appointment.id
    ]
    patient_id = appointment.patient_id
    return [slot for slot in slots if not any(each.stops(slot, patient_id) for each in busy)]


def _refuse(why_not: str, phone: str) -> None:
    if why_not:
        raise ChangeNotAllowed(why_not, phone)


async def move_mine(
    session: AsyncSession,
    practitioner_id: UUID,
    start: datetime,
    *,
    version: int,
    now: datetime,
) -> Appointment:
    """Move one's own appointment to a free time. Raises ChangeNotAllowed, SlotNotFree,
    PatientBusy, StaleVersion, InvalidInput."""
    mine = await my_booking(session, now=now)
    present = mine.appointment
    wanted = Wanted(
        present.service_id,
        practitioner_id,
        start,
        start + present.length,
        channel=present.channel,
        with_ids=tuple(present.with_ids),
    )
    place = await check(session, wanted, now=now)
    await lock_for_move(session, present, place)
    appointment = await to_change(session, present.id, version)
    _refuse((await my_booking(session, now=now)).why_not_move, mine.phone)
    moved = await move(session, appointment, place, now=now)
    if moved.version != version:  # else it was there already
        moved.moves_by_patient += 1
        await session.flush()
    return moved


async def cancel_mine(session: AsyncSession, *, reason: str, version: int, now: datetime) -> None:
    """Cancel one's own appointment. Raises ChangeNotAllowed, StaleVersion."""
    mine = await my_booking(session, now=now)
    appointment = await to_change(session, mine.appointment.id, version)
    _refuse((await my_booking(session, now=now)).why_not_cancel, mine.phone)
    await call_off(session, appointment, code="patient", reason=reason, now=now)


async def ask_call_back(session: AsyncSession, phone: Phone, *, now: datetime) -> None:
    """Ask to be rung instead of waiting on. Raises Conflict where the appointment is over."""
    appointment = await _to_ring_about(session)
    appointment.call_back_phone, appointment.call_back_asked_at = phone, now
    await _note(session, appointment, "Asked to be rung back")


async def withdraw_call_back(session: AsyncSession) -> None:
    """Wait on after all. Raises Conflict where the appointment is over."""
    appointment = await _to_ring_about(session)
    appointment.call_back_phone, appointment.call_back_asked_at = "", None
    await _note(session, appointment, "Waits on instead of being rung back")


async def _to_ring_about(session: AsyncSession) -> Appointment:
    mine = await _mine(session)
    appointment = await session.get_one(
        Appointment, mine.id, with_for_update=True, populate_existing=True
    )
    if appointment.status not in {"booked", "arrived"}:
        raise Conflict("This appointment is over.")
    return appointment


async def _note(session: AsyncSession, appointment: Appointment, what: str) -> None:
    appointment.touch()
    await session.flush()
    record(session, "U", what, appointment)
    announce(session, "appointment.changed", appointment)
