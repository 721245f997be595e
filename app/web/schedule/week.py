"""Days side by side: columns days, rows the hours in which anything begins. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.scheduling import Column, Day, Entry


@dataclass(frozen=True, slots=True)
class Chip:
    """One entry, with whose it is."""

    column: Column
    entry: Entry


@dataclass(frozen=True, slots=True)
class Moment:
    """What begins at one instant: `taken`, and the free times of one or several people."""

    start: datetime
    taken: tuple[Chip, ...]
    free: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the wall clock, and what begins in it on each day."""

    number: int
    cells: tuple[tuple[Moment, ...], ...]

    @property
    def words(self) -> str:
        """`9am`, `midday`."""
        if self.number in {0, 12}:
            return "midday" if self.number else "midnight"
        return f"{self.number % 12}{'am' if self.number < 12 else 'pm'}"


def hours_of(days: Sequence[Day]) -> tuple[Hour, ...]:
    """From the first to the last hour in which anything begins; the hour that comes twice in
    autumn is one row, in the order of the instants."""
    cells = [_by_hour(day) for day in days]
    found = sorted({hour for each in cells for hour in each})
    if not found:
        return ()
    return tuple(
        Hour(hour, tuple(_moments(each.get(hour, ())) for each in cells))
        for hour in range(found[0], found[-1] + 1)
    )


def _by_hour(day: Day) -> dict[int, list[Chip]]:
    place = ZoneInfo(day.time_zone)
    hours: dict[int, list[Chip]] = {}
    for column, entry in day.once():
        begins = max(entry.start, day.start).astimezone(place)
        hours.setdefault(begins.hour, []).append(Chip(column, entry))
    return hours


def _moments(chips: Iterable[Chip]) -> tuple[Moment, ...]:
    starts: dict[datetime, list[Chip]] = {}
    for chip in chips:
        starts.setdefault(chip.entry.start, []).append(chip)
    return tuple(
        Moment(
            start,
            tuple(chip for chip in starts[start] if chip.entry.state != "free"),
            tuple(chip for chip in starts[start] if chip.entry.state == "free"),
        )
        for start in sorted(starts)
    )
