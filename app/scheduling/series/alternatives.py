"""Free times near one that cannot be had: what the patient would mind least, first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FreeSlot
from app.models import Occupancy
from app.scheduling.booking.occupancies import is_unexpired
from app.scheduling.rotas import Period, Slot, covers
from app.scheduling.search import Search, as_range, free_slots

ALTERNATIVES = 3
AROUND = timedelta(days=3)
"""Further away it is another week's appointment."""
COLLEAGUE = timedelta(hours=3)
"""Another face is minded as much as so many hours: the same time with a colleague comes before
another half of the day, and before another day."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What an alternative must be like."""

    patient_id: UUID
    service_id: UUID
    practitioner_id: UUID
    minutes: int
    channel: str | None = None


async def alternatives_to(
    session: AsyncSession, about: datetime, sought: Sought, *, now: datetime
) -> Sequence[FreeSlot]:
    """The nearest free times at which the patient is free too."""
    window = Period(about - AROUND, about + AROUND)
    slots = await free_slots(session, window, Search(sought.service_id), now=now)
    slots = [slot for slot in slots if sought.channel in {None, slot.channel}]
    busy = await _busy(session, sought.patient_id, window, now)
    fitting = (
        slot
        for slot in _long_enough(slots, timedelta(minutes=sought.minutes))
        if not any(period.overlaps(Period(slot.start, slot.end)) for period in busy)
    )
    return nearest(fitting, about, sought.practitioner_id)


def nearest(
    slots: Iterable[FreeSlot], about: datetime, practitioner_id: UUID
) -> Sequence[FreeSlot]:
    """The few that are minded least, the least first."""

    def minded(slot: FreeSlot) -> tuple[timedelta, datetime, UUID]:
        other = COLLEAGUE if slot.practitioner_id != practitioner_id else timedelta(0)
        return (abs(slot.start - about) + other, slot.start, slot.practitioner_id)

    return sorted(slots, key=minded)[:ALTERNATIVES]


def _long_enough(slots: Sequence[Slot], length: timedelta) -> Iterator[FreeSlot]:
    """Starts from which one person's slots go on for as long."""
    for slot in slots:
        period = Period(slot.start, slot.start + length)
        same = [
            other
            for other in slots
            if other.practitioner_id == slot.practitioner_id and other.period.overlaps(period)
        ]
        if slot.capacity == 1 and covers(same, period):
            yield FreeSlot(slot.practitioner_id, period.start, period.end)
        elif slot.capacity > 1 and slot.period == period:
            yield FreeSlot(slot.practitioner_id, slot.start, slot.end)


async def _busy(
    session: AsyncSession, patient_id: UUID, window: Period, now: datetime
) -> Sequence[Period]:
    rows = await session.execute(
        select(func.lower(Occupancy.during), func.upper(Occupancy.during)).where(
            Occupancy.actor_id == patient_id,
            Occupancy.during.overlaps(as_range(window)),
            is_unexpired(now),
        )
    )
    return [Period(start, end) for start, end in rows]
