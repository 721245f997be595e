"""Shifts as people write them, on a wall clock, turned into stretches of time in UTC. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Shift:
    """One line of a rota. `every_weeks` counts from the week of `valid_from`; `end` is on the
    next day where it is not after `start`, so equal times mean 24 hours by the wall clock."""

    practitioner_id: UUID
    layer: int
    weekdays: frozenset[int]
    start: time
    end: time
    zone: ZoneInfo
    valid_from: date
    valid_to: date | None = None
    every_weeks: int = 1

    def begins_on(self, day: date) -> bool:
        """Whether one begins on this local day."""
        if day < self.valid_from or (self.valid_to is not None and day > self.valid_to):
            return False
        weeks = (_monday(day) - _monday(self.valid_from)) // ONE_WEEK
        return day.isoweekday() in self.weekdays and weeks % self.every_weeks == 0


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Somebody is on call in a layer from `start` until `end`, half-open, UTC."""

    layer: int
    start: datetime
    end: datetime
    practitioner_id: UUID


def stretches(shift: Shift, start: datetime, end: datetime) -> Iterator[Stretch]:
    """Those of a shift that share an instant with the period, whole, in order."""
    day = start.astimezone(shift.zone).date() - 2 * ONE_DAY
    last = end.astimezone(shift.zone).date()
    while day <= last:
        if shift.begins_on(day):
            found = _on(shift, day)
            if found.start < found.end and found.start < end and start < found.end:
                yield found
        day += ONE_DAY


def _on(shift: Shift, day: date) -> Stretch:
    last = day if shift.end > shift.start else day + ONE_DAY
    return Stretch(
        layer=shift.layer,
        start=instant(datetime.combine(day, shift.start), shift.zone),
        end=instant(datetime.combine(last, shift.end), shift.zone),
        practitioner_id=shift.practitioner_id,
    )


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a wall-clock time, so that of two shifts that meet on the wall one begins
    when the other ends, whatever the clock does.

    A time that comes twice in autumn is its first occurrence (RFC 5545 §3.3.5); one that the
    clock jumps over in spring is the instant of the jump.
    """
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _jump(before, found, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second in (before, after] with the offset that holds at `after`."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def joined(parts: Iterable[Stretch]) -> list[Stretch]:
    """The same time with what touches or overlaps made one, for each person and layer."""
    found: list[Stretch] = []
    for part in sorted(parts, key=lambda each: (each.layer, each.practitioner_id, each.start)):
        last = found[-1] if found else None
        if last and _continues(last, part):
            found[-1] = Stretch(
                last.layer, last.start, max(last.end, part.end), last.practitioner_id
            )
        else:
            found.append(part)
    return sorted(found)


def _continues(last: Stretch, part: Stretch) -> bool:
    same = (last.layer, last.practitioner_id) == (part.layer, part.practitioner_id)
    return same and part.start <= last.end


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
