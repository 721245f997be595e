"""The plainest way to search: every slot of every rota, each held against everything that is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    BusyTime,
    GroupSession,
    HealthcareService,
    Occupancy,
    Practitioner,
    Schedule,
    ScheduleException,
)
from app.models.time_zone import zone
from app.scheduling import Period, Search, Slot
from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.slots import Roster, in_booking_window, offered

PARTS = {"morning": range(6, 12), "afternoon": range(12, 17), "evening": range(17, 24)}


@dataclass(frozen=True)
class Everything:
    """All rows of one organisation that have to do with times."""

    schedules: Sequence[Schedule]
    exceptions: Exceptions
    services: dict[object, HealthcareService]
    practitioners: dict[object, Practitioner]
    taken: Mapping[object, Sequence[Period]]
    groups: Sequence[GroupSession]


async def read_everything(session: AsyncSession, now: datetime) -> Everything:
    """As it is at `now`: holds that have run out take no time."""
    taken: dict[object, list[Period]] = {}
    for row in await session.scalars(select(Occupancy)):
        if row.expires_at is None or row.expires_at > now:
            taken.setdefault(row.actor_id, []).append(Period(row.starts_at, row.ends_at))
    for busy in await session.scalars(select(BusyTime)):
        taken.setdefault(busy.practitioner_id, []).append(Period(busy.starts_at, busy.ends_at))
    return Everything(
        schedules=list(await session.scalars(select(Schedule).where(Schedule.active))),
        exceptions=Exceptions(await session.scalars(select(ScheduleException))),
        services={row.id: row for row in await session.scalars(select(HealthcareService))},
        practitioners={row.id: row for row in await session.scalars(select(Practitioner))},
        taken=taken,
        groups=list(await session.scalars(select(GroupSession).where(GroupSession.taken > 0))),
    )


def plainly(known: Everything, period: Period, search: Search, now: datetime) -> list[Slot]:
    """All free slots that begin then, in order."""
    # What is offered of a rota may begin only after `now`, and whole minutes are whole.
    window = Period(max(period.start, now + timedelta(microseconds=1)), period.end)
    found = [
        slot
        for schedule in known.schedules
        if _is_wanted(schedule, known.services[schedule.service_id], search)
        for offer in offered(Roster(schedule, known.exceptions), window)
        if in_booking_window(schedule, offer.start, now) and _is_then(offer, search)
        if _may_give(known.practitioners[offer.practitioner_id], search)
        for slot in _free(offer, known, search)
    ]
    return list(_once(sorted(found, key=key)))


def key(slot: Slot) -> tuple[datetime, object, object]:
    """What slots are sorted by."""
    return slot.start, slot.practitioner_id, slot.schedule_id


def _is_wanted(schedule: Schedule, service: HealthcareService, search: Search) -> bool:
    return (
        service.active
        and not service.urgent
        and schedule.capacity >= search.places
        and search.service_id in (None, service.id)
        and search.specialty in (None, service.specialty)
        and search.channel in (None, schedule.channel)
    )


def _is_then(offer: Slot, search: Search) -> bool:
    local = offer.start.astimezone(zone(offer.time_zone))
    return (not search.weekdays or local.isoweekday() in search.weekdays) and (
        search.part_of_day is None or local.hour in PARTS[search.part_of_day]
    )


def _may_give(practitioner: Practitioner, search: Search) -> bool:
    return (
        practitioner.active
        and (search.language is None or _speaks(practitioner.languages, search.language))
        and search.practitioner_id in (None, practitioner.id)
    )


def _speaks(languages: Sequence[str], wanted: str) -> bool:
    return any(f"{tag}-".lower().startswith(f"{wanted}-".lower()) for tag in languages)


def _free(offer: Slot, known: Everything, search: Search) -> Iterator[Slot]:
    who = offer.practitioner_id
    if not any(offer.taken.overlaps(time) for time in known.taken.get(who, ())):
        yield offer
        return
    for group in known.groups:
        same = (group.schedule_id, group.practitioner_id, group.start)
        if same == (offer.schedule_id, who, offer.start):
            left = offer.capacity - group.taken
            if offer.capacity > 1 and left >= search.places:
                yield replace(offer, places=left)


def _once(slots: Sequence[Slot]) -> Iterator[Slot]:
    seen = set()
    for slot in slots:
        same = (slot.start, slot.end, slot.practitioner_id, slot.service_id, slot.channel)
        if same not in seen:
            seen.add(same)
            yield slot
