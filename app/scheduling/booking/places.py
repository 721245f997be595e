"""What is asked for: who, for which service, when. Checked before anything is written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import directory
from app.database import organization_of
from app.directory import Named
from app.errors import InvalidInput
from app.models import Location, Practitioner
from app.models.time_zone import zone
from app.scheduling.booking.reading import Background, read_background
from app.scheduling.rotas import Period, Slot, covers
from app.scheduling.search import FURTHEST

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(hours=8)
MOST_WITH = 10
"""Further people and places of one appointment."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A time as asked for. Without `end` it takes as long as the service's slot.

    `time_zone` is where the wall-clock time is meant: of the rota, else of the organisation.
    `with_ids` are further practitioners and locations, whose time is taken too. Of several rotas
    at one time, `channel` says which; else it is how this appointment is held in the time offered.
    """

    service_id: UUID
    practitioner_id: UUID
    start: datetime
    end: datetime | None = None
    time_zone: str | None = None
    outside_schedule: bool = False
    with_ids: tuple[UUID, ...] = ()
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A time that may be written, if it is free. `taken` has the buffers; `group` is the slot of
    a group session, whose places several patients share; `patient` is there where one was asked
    for. `was_taken` is how it stood when it was looked at: free it may not be any more."""

    service: Named
    practitioner: Named
    period: Period
    taken: Period
    time_zone: str
    channel: str
    with_ids: tuple[UUID, ...] = ()
    outside_schedule: bool = False
    group: Slot | None = None
    patient: Named | None = None
    was_taken: bool = False

    @property
    def wall_start(self) -> str:
        """The local start as it was meant, ISO 8601 without an offset."""
        return wall_time(self.period.start, self.time_zone)

    @property
    def actors(self) -> tuple[UUID, ...]:
        """Whose time it takes beside the patient's."""
        return (self.practitioner.id, *self.with_ids)


def wall_time(start: datetime, time_zone: str) -> str:
    """The clock on the wall there, ISO 8601 without an offset."""
    return start.astimezone(zone(time_zone)).replace(tzinfo=None).isoformat()


async def check(
    session: AsyncSession, wanted: Wanted, *, now: datetime, patient_id: UUID | None = None
) -> Place:
    """Whether `wanted` makes sense. Raises ResourceNotFound, and InvalidInput naming the field."""
    if wanted.time_zone is not None:
        zone(wanted.time_zone)
    reach = check_times(wanted.start, wanted.end, default=LONGEST, now=now)
    background = await read_background(
        session,
        wanted.service_id,
        wanted.practitioner_id,
        reach,
        now=now,
        patient_id=patient_id,
    )
    with_ids = await check_with(session, wanted.with_ids, lead=wanted.practitioner_id)
    period, slots = _meant(background, wanted, now=now)
    group = _group_of(slots)
    if group is not None and group.period != period:
        if not wanted.outside_schedule:
            raise InvalidInput.field("end", "A place in a group takes the group's own time.")
        slots, group = [], None
    if not (wanted.outside_schedule or slots):
        raise InvalidInput.field("start", background.why_not_offered(wanted.start, now))
    own_zone = slots[-1].time_zone if slots else background.time_zone
    return Place(
        service=background.service,
        practitioner=background.practitioner,
        period=period,
        taken=_with_buffers(slots, period),
        time_zone=wanted.time_zone or own_zone,
        channel=wanted.channel or (slots[0].channel if slots else background.channel),
        with_ids=with_ids,
        outside_schedule=not slots,
        group=group,
        patient=background.patient,
        was_taken=background.is_taken,
    )


def check_times(
    start: datetime, end: datetime | None, *, default: timedelta, now: datetime
) -> Period:
    """The period from `start` to `end`. Raises InvalidInput for past, reversed, zero-length and
    overlong times."""
    if start <= now:
        raise InvalidInput.field("start", "must be in the future")
    if start - now > FURTHEST:
        raise InvalidInput.field("start", "must be within the next two years")
    end = start + default if end is None else end
    if end <= start:
        raise InvalidInput.field("end", "must be after the start")
    if end - start < SHORTEST:
        raise InvalidInput.field("end", "must be at least 5 minutes after the start")
    if end - start > LONGEST:
        raise InvalidInput.field("end", "must be at most 8 hours after the start")
    return Period(start, end)


async def place_of(session: AsyncSession, slot: Slot, with_ids: tuple[UUID, ...] = ()) -> Place:
    """A slot that a search has just found, as a place; `with_ids` were checked."""
    return Place(
        service=Named(slot.service_id),
        practitioner=await directory.name_practitioner(session, slot.practitioner_id),
        period=slot.period,
        taken=slot.taken,
        time_zone=slot.time_zone,
        channel=slot.channel,
        with_ids=tuple(each for each in with_ids if each != slot.practitioner_id),
        group=_group_of([slot]),
    )


async def check_with(
    session: AsyncSession, wanted: Iterable[UUID], *, lead: UUID | None = None
) -> tuple[UUID, ...]:
    """Further actors, each once and without the `lead`. Raises InvalidInput for who or what is
    not ours or not active."""
    with_ids = tuple(sorted(set(wanted) - {lead}))
    if not with_ids:
        return ()
    if len(with_ids) > MOST_WITH:
        raise InvalidInput.field("with_ids", f"can name {MOST_WITH} people and places at most")
    ours = organization_of(session)
    people = select(Practitioner.id).where(
        Practitioner.id.in_(with_ids), Practitioner.active, Practitioner.organization_id == ours
    )
    places = select(Location.id).where(
        Location.id.in_(with_ids), Location.active, Location.organization_id == ours
    )
    known = set(await session.scalars(people.union(places)))
    if known != set(with_ids):
        raise InvalidInput.field("with_ids", "names somebody or a place that is not here")
    return with_ids


async def length_of(session: AsyncSession, wanted: Wanted, *, now: datetime) -> timedelta:
    """How long a booking then would be. Raises ResourceNotFound, InvalidInput."""
    reach = check_times(wanted.start, wanted.end, default=LONGEST, now=now)
    background = await read_background(
        session, wanted.service_id, wanted.practitioner_id, reach, now=now
    )
    period, _ = _meant(background, wanted, now=now)
    return period.end - period.start


def _meant(
    background: Background, wanted: Wanted, *, now: datetime
) -> tuple[Period, Sequence[Slot]]:
    """The time that is wanted, and the rota's slots that make it up. Without an end it is the slot
    that begins then, else as long as the service's own."""
    if wanted.end is None:
        at_once = Period(wanted.start, wanted.start + timedelta(minutes=1))
        own = [slot for slot in background.slots(at_once, now) if slot.start == wanted.start]
        for slot in sorted(own, key=lambda slot: wanted.channel not in {None, slot.channel}):
            return slot.period, [slot]
    end = wanted.end or wanted.start + timedelta(minutes=background.slot_minutes)
    period = Period(wanted.start, end)
    return period, _slots_of(background, wanted, period, now=now)


def _slots_of(
    background: Background, wanted: Wanted, period: Period, *, now: datetime
) -> list[Slot]:
    """The rota's slots that make up the period, in order; none where they do not cover it."""
    offered = [slot for slot in background.slots(period, now) if slot.period.overlaps(period)]
    meant = [slot for slot in offered if wanted.channel in {None, slot.channel}]
    return next((slots for slots in (meant, offered) if covers(slots, period)), [])


def _with_buffers(slots: Sequence[Slot], period: Period) -> Period:
    starts = [slot.taken.start - (slot.start - period.start) for slot in slots[:1]]
    ends = [period.end + (slot.taken.end - slot.end) for slot in slots[-1:]]
    return Period(min([period.start, *starts]), max([period.end, *ends]))


def _group_of(slots: Sequence[Slot]) -> Slot | None:
    return next((slot for slot in slots if slot.capacity > 1), None)
