"""The next free times named by a refusal: many who are refused the same time share one search."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.database import organization_of
from app.errors import FreeSlot
from app.scheduling.rotas.times import Period
from app.scheduling.search.finding import found_soonest
from app.scheduling.search.reading import Search

NEXT_FREE = 5
NEXT_FREE_WITHIN = timedelta(days=16)
"""How far a refusal looks for other times."""

Key = tuple[UUID, UUID, UUID, datetime]


@dataclass(slots=True)
class _Search:
    """The searches for one key, one at a time: how many began, and what the latest found."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    begun: int = 0
    found: Sequence[FreeSlot] | None = None


_searches: dict[Key, _Search] = {}


async def next_free(
    session: AsyncSession, service_id: UUID, practitioner_id: UUID, *, near: datetime, now: datetime
) -> list[FreeSlot]:
    """The next free times of the service, the same practitioner's before others' at each.

    A thousand may be refused one slot in a second, and the search is most of what a refusal
    costs. So whoever asks while the same search is under way waits for the next one and shares
    what it finds: nobody is told less than was true when they asked.
    """
    key = (organization_of(session), service_id, practitioner_id, near)
    shared = _searches.setdefault(key, _Search())
    arrived = shared.begun
    shared.waiting += 1
    try:
        async with shared.lock:
            if shared.begun == arrived or shared.found is None:
                shared.begun, shared.found = shared.begun + 1, None
                shared.found = await _next_free(session, key, now)
            return list(shared.found)
    finally:
        shared.waiting -= 1
        if not shared.waiting:
            _searches.pop(key, None)


async def _next_free(session: AsyncSession, key: Key, now: datetime) -> list[FreeSlot]:
    _, service_id, practitioner_id, near = key
    within = Period(near, near + NEXT_FREE_WITHIN)
    found = await found_soonest(session, within, Search(service_id), now=now, enough=NEXT_FREE)
    slots = sorted(found, key=lambda slot: (slot.start, slot.practitioner_id != practitioner_id))
    return [FreeSlot(slot.practitioner_id, slot.start, slot.end) for slot in slots[:NEXT_FREE]]
