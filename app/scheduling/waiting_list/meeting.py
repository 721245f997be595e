"""Booked otherwise: who has got what they wait for waits no more.

Seen after the booking, not within it: a booking that locked an entry would wait for somebody who
answers an offer and waits for the patient's time.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Appointment, Practitioner, WaitingListEntry
from app.scheduling.waiting_list.answering import end_open_offer
from app.scheduling.waiting_list.entries import OPEN
from app.scheduling.waiting_list.records import lock_entry, note_entry, one_at_a_time
from app.scheduling.waiting_list.suitability import Taken, suits

_PAIRS = (
    select(WaitingListEntry.id, Appointment.id)
    .join(
        Appointment,
        and_(
            Appointment.patient_id == WaitingListEntry.patient_id,
            Appointment.service_id == WaitingListEntry.service_id,
            Appointment.organization_id == WaitingListEntry.organization_id,
        ),
    )
    .where(WaitingListEntry.status.in_(OPEN), Appointment.status == "booked")
    .order_by(Appointment.starts_at, Appointment.id)
)
Pair = tuple[UUID, UUID]
"""An entry, and an appointment of its patient and service."""


async def who_meet(session: AsyncSession, appointment_ids: Collection[UUID]) -> set[UUID]:
    """Which of these are of a patient who waits for the same service: most are of nobody's."""
    if not appointment_ids:
        return set()
    found = await session.execute(_PAIRS.where(Appointment.id.in_(appointment_ids)))
    return {appointment_id for _, appointment_id in found}


async def close_met_by(
    session: AsyncSession, appointment_id: UUID, *, booked_at: datetime, now: datetime
) -> int:
    """Close the entry that this appointment meets, booked or moved there at `booked_at`; how many.

    What the patient had before they joined the list does not count: they waited all the same.
    """
    found = await session.execute(
        _PAIRS.where(Appointment.id == appointment_id, WaitingListEntry.created_at <= booked_at)
    )
    return await _close(session, [(pair[0], pair[1]) for pair in found], moved=True, now=now)


async def close_met(session: AsyncSession, service_id: UUID, *, now: datetime) -> int:
    """Close all entries for the service that a later booking meets; how many. It finds what no
    event has told, but for moves."""
    found = await session.execute(
        _PAIRS.where(
            WaitingListEntry.service_id == service_id,
            Appointment.starts_at > now,
            Appointment.created_at >= WaitingListEntry.created_at,
        )
    )
    return await _close(session, [(pair[0], pair[1]) for pair in found], moved=False, now=now)


async def _close(
    session: AsyncSession, pairs: Sequence[Pair], *, moved: bool, now: datetime
) -> int:
    meeting = [pair for pair in pairs if await _meets(session, *pair, moved=moved, now=now)]
    if not meeting:
        return 0
    await one_at_a_time(session)  # this frees an offered time, as others take one
    return sum(
        [await _close_one(session, *pair, moved=moved, now=now) for pair in meeting],
    )


async def _close_one(
    session: AsyncSession, entry_id: UUID, appointment_id: UUID, *, moved: bool, now: datetime
) -> int:
    entry = await lock_entry(session, entry_id)
    if not entry.waits or not await _meets(session, entry_id, appointment_id, moved=moved, now=now):
        return 0  # answered, changed or cancelled in the meantime
    await end_open_offer(session, entry, now=now)
    entry.appointment_id, entry.booked_otherwise = appointment_id, True
    entry.become("booked")
    what = "Took a patient off the waiting list who was booked otherwise"
    note_entry(session, "waiting-list.met", "U", what, entry)
    await session.flush()
    return 1


async def _meets(
    session: AsyncSession, entry_id: UUID, appointment_id: UUID, *, moved: bool, now: datetime
) -> bool:
    """Whether the appointment is as they asked, still to come, and sooner than the one they have
    (which may itself have `moved`)."""
    entry = await session.get_one(WaitingListEntry, entry_id)
    taken = await session.get_one(Appointment, appointment_id, populate_existing=True)
    if taken.status != "booked" or taken.start <= now:
        return False
    if entry.replaces_id is not None and not await _is_sooner(session, entry, taken, moved=moved):
        return False
    practitioner = await session.get_one(Practitioner, taken.practitioner_id)
    return suits(entry, Taken.of(taken, practitioner.languages))


async def _is_sooner(
    session: AsyncSession, entry: WaitingListEntry, taken: Appointment, *, moved: bool
) -> bool:
    if entry.replaces_id == taken.id:
        return moved
    present = await session.get(Appointment, entry.replaces_id)
    return present is None or present.status != "booked" or taken.start < present.start
