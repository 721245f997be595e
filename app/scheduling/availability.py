"""Slots, computed from schedules: pure, and right across changes of the clock."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.models import Schedule
from app.models.time_zone import instant, zone


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-open stretch of time, UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Period") -> bool:
        """Whether they share an instant; periods that only touch do not."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A time of one practitioner that a schedule offers for one service, UTC.

    `time_zone` is where its wall-clock time was meant.
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

    @property
    def period(self) -> Period:
        """When it is."""
        return Period(self.start, self.end)


def offered(schedule: Schedule, window: Period) -> Iterator[Slot]:
    """The schedule's slots that begin in `window`, in order.

    A slot whose wall-clock start does not exist, or during which the clock changes, is not
    offered; the hour that comes twice in autumn is offered once.
    """
    if not schedule.active:
        return
    place = zone(schedule.time_zone)
    length = timedelta(minutes=schedule.slot_minutes)
    for day in _days(schedule, window, place):
        for wall in _wall_starts(schedule, day):
            start = instant(wall, place)
            if start is None or not window.start <= start < window.end:
                continue
            if _clock_is_steady(start, length, place):
                yield Slot(
                    start=start,
                    practitioner_id=schedule.practitioner_id,
                    end=start + length,
                    service_id=schedule.service_id,
                    time_zone=schedule.time_zone,
                    schedule_id=schedule.id,
                    channel=schedule.channel,
                    capacity=schedule.capacity,
                    taken=Period(start, start + length),
                )


def _days(schedule: Schedule, window: Period, place: ZoneInfo) -> Iterator[date]:
    first = max(window.start.astimezone(place).date(), schedule.valid_from)
    last = window.end.astimezone(place).date()
    if schedule.valid_to is not None:
        last = min(last, schedule.valid_to)
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if "DAILY" in schedule.recurrence or f"{day:%a}"[:2].upper() in schedule.recurrence:
            yield day


def _wall_starts(schedule: Schedule, day: date) -> Iterator[datetime]:
    length = timedelta(minutes=schedule.slot_minutes)
    wall = datetime.combine(day, schedule.start_time)
    close = datetime.combine(day, schedule.end_time)
    while wall + length <= close:
        yield wall
        wall += length


def _clock_is_steady(start: datetime, length: timedelta, place: ZoneInfo) -> bool:
    last = start + length - timedelta(microseconds=1)
    return start.astimezone(place).utcoffset() == last.astimezone(place).utcoffset()


def free(
    schedules: Iterable[Schedule], window: Period, taken: Mapping[UUID, Sequence[Period]]
) -> list[Slot]:
    """What the schedules offer minus what is `taken` of each practitioner, soonest first.

    `taken` periods of one practitioner are sorted and do not overlap. Where two schedules offer
    the same time of the same person for the same service, it appears once.
    """
    slots = {slot for schedule in schedules for slot in offered(schedule, window)}
    return sorted(
        slot for slot in slots if not _is_taken(slot.period, taken.get(slot.practitioner_id, ()))
    )


def _is_taken(period: Period, taken: Sequence[Period]) -> bool:
    # Only the last one that begins before the period ends can reach into it.
    index = bisect_left(taken, period.end, key=lambda other: other.start)
    return index > 0 and taken[index - 1].overlaps(period)


def covers(slots: Iterable[Slot], period: Period) -> bool:
    """Whether slots, one after another or overlapping, cover the whole `period`."""
    reached = period.start
    for slot in sorted(slots):
        if slot.start > reached:
            break
        reached = max(reached, slot.end)
    return reached >= period.end


def local_day(day: date, place: ZoneInfo) -> Period:
    """The local day: 23, 24 or 25 hours."""
    midnight = datetime.combine(day, datetime.min.time())
    return Period(_midnight(midnight, place), _midnight(midnight + timedelta(days=1), place))


def _midnight(wall: datetime, place: ZoneInfo) -> datetime:
    # Where the clock jumps at midnight, the day begins at the jump.
    return wall.replace(tzinfo=place).astimezone(UTC)
