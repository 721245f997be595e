"""Who waits, in order, with what stands in each one's way; and the free times there are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Appointment, Occupancy, Practitioner, WaitingListEntry, WaitingListOffer
from app.scheduling.booking.occupancies import is_unexpired
from app.scheduling.rotas import Period, Slot
from app.scheduling.search import Search, free_slots, touches
from app.scheduling.waiting_list.order import rank_columns
from app.scheduling.waiting_list.suitability import Candidate, Option, as_options

AHEAD = timedelta(days=30)
"""Whoever can wait longer than this books in the usual way."""


@dataclass(frozen=True, slots=True)
class Freed:
    """Where time may have become free: of one service; None means any practitioner, and any time
    from now on."""

    service_id: UUID
    practitioner_id: UUID | None = None
    period: Period | None = None


async def waited_for(session: AsyncSession) -> list[UUID]:
    """The services that somebody here waits for, in a fixed order."""
    found = await session.scalars(
        select(WaitingListEntry.service_id)
        .where(WaitingListEntry.status == "waiting")
        .distinct()
        .order_by(WaitingListEntry.service_id)
    )
    return list(found)


async def options_of(session: AsyncSession, freed: Freed, now: datetime) -> list[Option]:
    """The free times, soonest first."""
    period = freed.period or Period(now, now + AHEAD)
    search = Search(freed.service_id, freed.practitioner_id)
    slots = await free_slots(session, period, search, now=now)
    return as_options(slots, await _languages(session, slots))


async def _languages(session: AsyncSession, slots: Sequence[Slot]) -> dict[UUID, list[str]]:
    people = {slot.practitioner_id for slot in slots}
    rows = await session.execute(
        select(Practitioner.id, Practitioner.languages).where(Practitioner.id.in_(people))
    )
    return {row.id: row.languages for row in rows}


async def candidates_of(
    session: AsyncSession, freed: Freed, now: datetime, *, until: datetime
) -> list[Candidate]:
    """Who waits for the service and has no open offer, in the order of the queue. What they have
    on until then is known."""
    entries = await _waiting(session, freed, now)
    busy = await _busy(session, entries, Period(now, until), now)
    refused = await _refused(session, entries)
    before = await _before(session, entries, now)
    return [
        Candidate(
            entry,
            busy=[
                period
                for appointment_id, period in busy[entry.patient_id]
                if appointment_id is None or appointment_id != entry.replaces_id
            ],
            refused=frozenset(refused[entry.id]),
            before=before.get(entry.replaces_id) if entry.replaces_id else None,
        )
        for entry in entries
    ]


async def _waiting(
    session: AsyncSession, freed: Freed, now: datetime
) -> Sequence[WaitingListEntry]:
    asked = (
        select(WaitingListEntry.patient_id)
        .join(WaitingListOffer, WaitingListOffer.entry_id == WaitingListEntry.id)
        .where(WaitingListOffer.status == "open")
    )
    wanted = select(WaitingListEntry).where(
        WaitingListEntry.service_id == freed.service_id,
        WaitingListEntry.status == "waiting",
        WaitingListEntry.patient_id.not_in(asked),
    )
    if freed.practitioner_id is not None:
        anybody = WaitingListEntry.practitioner_id.is_(None)
        this_one = WaitingListEntry.practitioner_id == freed.practitioner_id
        wanted = wanted.where(anybody | this_one)
    return (await session.scalars(wanted.order_by(*rank_columns(now)))).all()


async def _busy(
    session: AsyncSession, entries: Sequence[WaitingListEntry], period: Period, now: datetime
) -> dict[UUID, list[tuple[UUID | None, Period]]]:
    rows = await session.execute(
        select(
            Occupancy.actor_id,
            Occupancy.appointment_id,
            Occupancy.starts_at,
            Occupancy.ends_at,
        ).where(
            Occupancy.actor_id.in_({entry.patient_id for entry in entries}),
            touches(Occupancy, period),
            is_unexpired(now),
        )
    )
    found: dict[UUID, list[tuple[UUID | None, Period]]] = defaultdict(list)
    for patient_id, appointment_id, start, end in rows:
        found[patient_id].append((appointment_id, Period(start, end)))
    return found


async def _refused(
    session: AsyncSession, entries: Sequence[WaitingListEntry]
) -> dict[UUID, set[tuple[UUID, datetime]]]:
    rows = await session.execute(
        select(
            WaitingListOffer.entry_id, WaitingListOffer.practitioner_id, WaitingListOffer.start
        ).where(
            WaitingListOffer.entry_id.in_([entry.id for entry in entries]),
            WaitingListOffer.status.in_(["declined", "lapsed"]),
        )
    )
    found: dict[UUID, set[tuple[UUID, datetime]]] = defaultdict(set)
    for entry_id, practitioner_id, start in rows:
        found[entry_id].add((practitioner_id, start))
    return found


async def _before(
    session: AsyncSession, entries: Sequence[WaitingListEntry], now: datetime
) -> dict[UUID, datetime]:
    """The starts of those appointments that would be given up and are still to come."""
    present = await session.scalars(
        select(Appointment).where(
            Appointment.id.in_([entry.replaces_id for entry in entries if entry.replaces_id]),
            Appointment.status == "booked",
        )
    )
    return {each.id: each.start for each in present if each.start > now}
