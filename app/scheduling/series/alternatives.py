"""Free times near one that cannot be had: what the patient would mind least, first."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import FreeSlot
from app.models import Occupancy
from app.scheduling.booking.occupancies import is_unexpired
from app.scheduling.rotas import Period, Slot, covers
from app.scheduling.search import Search, free_slots, touches

ALTERNATIVES = 3
AROUND = timedelta(days=3)
"""Further away it is another week's appointment."""
COLLEAGUE = timedelta(hours=3)
"""Another face is minded as much as so many hours: the same time with a colleague comes before
another half of the day, and before another day."""
COLLEAGUES_AROUND = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Sought:
    """What an alternative must be like."""

    patient_id: UUID
    service_id: UUID
    practitioner_id: UUID
    minutes: int
    channel: str | None = None

    @property
    def length(self) -> timedelta:
        """How long it takes."""
        return timedelta(minutes=self.minutes)


async def alternatives_to(
    session: AsyncSession, about: datetime, sought: Sought, *, now: datetime
) -> Sequence[FreeSlot]:
    """The nearest free times at which the patient is free too."""
    window = Period(about - AROUND, about + AROUND)
    near = Period(about - COLLEAGUES_AROUND, about + COLLEAGUES_AROUND)
    own = Search(sought.service_id, sought.practitioner_id)
    slots = [
        *await free_slots(session, window, own, now=now),
        *(
            slot
            for slot in await free_slots(session, near, Search(sought.service_id), now=now)
            if slot.practitioner_id != sought.practitioner_id
        ),
    ]
    slots = [slot for slot in slots if sought.channel in {None, slot.channel}]
    busy = await _busy(session, sought.patient_id, window, now)
    return nearest(slots, about, sought, busy)


def nearest(
    slots: Sequence[Slot], about: datetime, sought: Sought, busy: Sequence[Period] = ()
) -> Sequence[FreeSlot]:
    """The few that are minded least, the least first, long enough and apart from `busy`."""

    def minded(slot: Slot) -> tuple[timedelta, datetime, UUID]:
        other = COLLEAGUE if slot.practitioner_id != sought.practitioner_id else timedelta(0)
        return (abs(slot.start - about) + other, slot.start, slot.practitioner_id)

    of_each: dict[UUID, list[Slot]] = defaultdict(list)
    for slot in slots:
        of_each[slot.practitioner_id].append(slot)
    found: list[FreeSlot] = []
    for slot in sorted(slots, key=minded):
        fitting = FreeSlot(slot.practitioner_id, slot.start, slot.start + sought.length)
        if fitting not in found and _fits(slot, fitting, of_each[slot.practitioner_id], busy):
            found.append(fitting)
        if len(found) == ALTERNATIVES:
            break
    return found


def _fits(slot: Slot, fitting: FreeSlot, same: Sequence[Slot], busy: Sequence[Period]) -> bool:
    """Whether one person's slots go on for as long, and the patient can come. A place in a group
    takes the group's own time."""
    period = Period(fitting.start, fitting.end)
    if any(other.overlaps(period) for other in busy):
        return False
    if slot.capacity > 1 or slot.period == period:
        return slot.period == period
    return covers([other for other in same if other.period.overlaps(period)], period)


async def _busy(
    session: AsyncSession, patient_id: UUID, window: Period, now: datetime
) -> Sequence[Period]:
    rows = await session.execute(
        select(Occupancy.starts_at, Occupancy.ends_at).where(
            Occupancy.actor_id == patient_id,
            touches(Occupancy, window),
            is_unexpired(now),
        )
    )
    return [Period(start, end) for start, end in rows]
