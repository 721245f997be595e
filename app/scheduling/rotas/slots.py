"""Slots: computed from rotas and never stored; right across changes of the clock. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from uuid import UUID
from zoneinfo import ZoneInfo

from app.models import Schedule
from app.models.time_zone import zone
from app.scheduling.rotas.exceptions import Exceptions, Run, runs_on
from app.scheduling.rotas.opening import Expansion, expansion
from app.scheduling.rotas.times import (
    MINUTE,
    Period,
    local_day,
    minute_from,
    minute_of,
    moment_of,
)


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A time of one practitioner that a schedule offers for one service, UTC.

    `time_zone` is where its wall-clock time was meant. `taken` is how long the practitioner is
    busy, buffers included. `places` of `capacity` are left: more than one for a group.
    """

    start: datetime
    practitioner_id: UUID
    end: datetime
    service_id: UUID
    time_zone: str
    schedule_id: UUID
    channel: str
    capacity: int
    taken: Period
    places: int

    @property
    def period(self) -> Period:
        """When it is."""
        return Period(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Roster:
    """A schedule, and the exceptions of all who may be concerned in the time asked about.

    `expanded` is its expansion, where that is at hand.
    """

    schedule: Schedule
    exceptions: Exceptions = field(default_factory=Exceptions)
    expanded: Expansion | None = None

    @property
    def place(self) -> ZoneInfo:
        """Where its wall clock hangs."""
        return zone(self.schedule.time_zone)

    def runs(self, days: Iterable[date]) -> Iterator[Run]:
        """What the shifts that begin on these local days offer."""
        if not self.schedule.active:
            return
        expanded = self.expanded or expansion(self.schedule)
        for day in days:
            yield from runs_on(self.schedule, expanded, day, self.exceptions)

    def slot(
        self,
        practitioner_id: UUID,
        start: int,
        *,
        places: int | None = None,
        schedule_id: UUID | None = None,
    ) -> Slot:
        """The slot that begins at that minute UTC; of another schedule, where that is alike."""
        schedule = self.schedule
        begins = moment_of(start)
        ends = begins + schedule.slot_minutes * MINUTE
        before = (schedule.buffer_before_minutes or 0) * MINUTE
        after = (schedule.buffer_after_minutes or 0) * MINUTE
        capacity = schedule.capacity or 1
        return Slot(
            start=begins,
            practitioner_id=practitioner_id,
            end=ends,
            service_id=schedule.service_id,
            time_zone=schedule.time_zone,
            schedule_id=schedule_id or schedule.id,
            channel=schedule.channel or "video",
            capacity=capacity,
            taken=Period(begins - before, ends + after),
            places=capacity if places is None else places,
        )


def offered(roster: Roster, window: Period) -> Iterator[Slot]:
    """The roster's slots that begin in `window`, by (start, practitioner); lazily.

    A slot whose wall-clock start does not exist, or during which the clock changes, is not
    offered; the hour that comes twice in autumn is offered once.
    """
    if window.end <= window.start:
        return
    slot = partial(_slot, roster)
    yield from map(slot, _in_order(roster, minute_from(window.start), minute_from(window.end)))


def _slot(roster: Roster, found: tuple[int, UUID]) -> Slot:
    return roster.slot(found[1], found[0])


def _in_order(roster: Roster, first: int, last: int) -> Iterator[tuple[int, UUID]]:
    place = roster.place
    waiting: set[tuple[int, UUID]] = set()
    day, end = (moment_of(minute).astimezone(place).date() for minute in (first, last))
    day -= timedelta(days=1)  # a shift of the day before may reach in
    while day <= end:
        for run in roster.runs([day]):
            starts = within(run.starts, first, last)
            waiting.update((start, run.practitioner_id) for start in starts)
        day += timedelta(days=1)
        # What the next day brings does not begin before its midnight.
        midnight = minute_of(local_day(day, place).start)
        yield from sorted(pair for pair in waiting if pair[0] < midnight)
        waiting = {pair for pair in waiting if pair[0] >= midnight}
    yield from sorted(waiting)


def within(starts: range, first: int, last: int) -> range:
    """Those of `starts` from `first` on and before `last`, without looking at each."""
    low = max(0, -((starts.start - first) // starts.step))
    high = max(low, -((starts.start - last) // starts.step))
    return starts[low:high]


def covers(slots: Iterable[Slot], period: Period) -> bool:
    """Whether slots, one after another or overlapping, cover the whole `period`.

    It begins in a slot. Buffers between slots may lie in it: a double appointment takes both.
    """
    ordered = sorted(slots)
    if not any(slot.start <= period.start < slot.end for slot in ordered):
        return False
    reached = joined = period.start
    for slot in ordered:
        if min(slot.start, slot.taken.start) > joined:
            break
        reached = max(reached, slot.end)
        joined = max(joined, slot.taken.end)
    return reached >= period.end


def booking_window(schedule: Schedule, now: datetime) -> Period:
    """When a slot may begin to be booked at `now`: `notice_minutes` from now at the earliest, and
    to the end of the local day `horizon_days` from today. Whole days of notice keep the time on
    the wall: a slot at 9am can be booked until 9am the day before, in a day of 23 hours too."""
    return Period(
        _noticed(schedule.time_zone, schedule.notice_minutes or 0, now),
        _horizon(schedule.time_zone, schedule.horizon_days or 730, now),
    )


@lru_cache(maxsize=256)
def _noticed(time_zone: str, minutes: int, now: datetime) -> datetime:
    days, rest = divmod(timedelta(minutes=minutes), timedelta(days=1))
    if not days:
        return now + rest
    wall = now.astimezone(zone(time_zone)) + timedelta(days=days)  # on the wall, not elapsed
    return wall.astimezone(UTC) + rest


@lru_cache(maxsize=256)  # a search asks for the same of every schedule
def _horizon(time_zone: str, days: int, now: datetime) -> datetime:
    place = zone(time_zone)
    return local_day(now.astimezone(place).date() + timedelta(days=days), place).end


def in_booking_window(schedule: Schedule, start: datetime, now: datetime) -> bool:
    """Whether a slot of the schedule that begins at `start` may be booked at `now`."""
    window = booking_window(schedule, now)
    return window.start <= start < window.end
