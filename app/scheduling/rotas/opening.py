"""When a rota is open, and where in that its slots begin: wall clock in, minutes UTC out.

A slot with its buffers lies inside an open stretch, so the practitioner is never busy outside of
the hours that were entered, and neighbours never reach into each other's buffers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.models import Schedule
from app.models.time_zone import zone
from app.scheduling.rotas.recurrence import Recurrence
from app.scheduling.rotas.times import DAY_MINUTES, EPOCH, MINUTE, moment_of

Stretch = tuple[int, int]
"""Half-open, in minutes: of the wall clock since a day's midnight, or UTC since 1970."""
REMEMBERED_PATTERNS = 4096
REMEMBERED_DAYS = 1000
"""Of each pattern, more than the longest search or preview looks at."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What of a Schedule decides its slots, whoever gives them. Equal patterns share their work."""

    time_zone: str
    recurrence: str
    valid_from: date
    valid_to: date | None
    hours: Stretch
    breaks: tuple[Stretch, ...]
    slot: int
    before: int
    after: int

    @classmethod
    def of(cls, schedule: Schedule) -> "Pattern":
        """That of a schedule."""
        hours = wall_stretch(schedule.start_time, schedule.end_time)
        return cls(
            time_zone=schedule.time_zone,
            recurrence=schedule.recurrence,
            valid_from=schedule.valid_from,
            valid_to=schedule.valid_to,
            hours=hours,
            breaks=tuple(_break(*pair, hours[0]) for pair in schedule.breaks or ()),
            slot=schedule.slot_minutes,
            before=schedule.buffer_before_minutes or 0,
            after=schedule.buffer_after_minutes or 0,
        )

    @property
    def step(self) -> int:
        """From one slot to the next, in minutes: the slot and its buffers."""
        return self.before + self.slot + self.after


def minutes(value: time) -> int:
    """Since midnight."""
    return value.hour * 60 + value.minute


def wall_stretch(start: time, end: time) -> Stretch:
    """From `start` to `end`, on the next day where that is not after the start."""
    first, last = minutes(start), minutes(end)
    return first, last if last > first else last + DAY_MINUTES


@lru_cache(maxsize=REMEMBERED_PATTERNS)
def _break(start: str, end: str, opens: int) -> Stretch:
    first, last = wall_stretch(time.fromisoformat(start), time.fromisoformat(end))
    # After midnight, in a rota that crosses it.
    late = DAY_MINUTES if first < opens else 0
    return first + late, last + late


def without(stretches: Iterable[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """What is left of `stretches`."""
    left = list(stretches)
    for first, last in taken:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, first)), (max(start, last), end))
            if piece[0] < piece[1]
        ]
    return left


class Expansion:
    """A pattern's days, each worked out once in the life of the process."""

    def __init__(self, pattern: Pattern) -> None:
        self.pattern = pattern
        self.place = zone(pattern.time_zone)
        self.days = Recurrence.parse(pattern.recurrence).since(pattern.valid_from)
        self._usual = [walls for each in self.stretches() if (walls := self._walls(each))]
        self._known: dict[date, tuple[range, ...]] = {}

    def on(self, day: date) -> tuple[range, ...]:
        """Where the slots of that day's shift begin, UTC; nothing where it has no shift."""
        found = self._known.get(day)
        if found is None:
            if len(self._known) >= REMEMBERED_DAYS:
                self._known.clear()
            found = self._known[day] = self._worked_out(day)
        return found

    def is_open(self, day: date) -> bool:
        """Whether a shift begins that day, exceptions aside."""
        valid_to = self.pattern.valid_to
        return (valid_to is None or day <= valid_to) and day in self.days

    def _worked_out(self, day: date) -> tuple[range, ...]:
        if not self.is_open(day):
            return ()
        shift = _usual_shift(day, self.place)
        if shift is None:
            return self.starts(day, self.stretches())
        return tuple(_moved(walls, shift) for walls in self._usual)

    def stretches(self, hours: Stretch | None = None) -> list[Stretch]:
        """The hours of a shift (the usual ones, unless given), on the wall, without the breaks."""
        return without([hours or self.pattern.hours], self.pattern.breaks)

    def starts(self, day: date, stretches: Iterable[Stretch]) -> tuple[range, ...]:
        """Where slots begin in these stretches of the day's wall clock, in order."""
        return tuple(run for stretch in stretches for run in self._runs(day, stretch))

    def _runs(self, day: date, stretch: Stretch) -> Iterator[range]:
        walls = self._walls(stretch)
        if not walls:
            return
        offset = steady_offset(day, stretch, self.place)
        if offset is not None:
            yield _moved(walls, _midnight_minute(day) - offset)
            return
        for wall in walls:
            start = _exact_start(day, wall, self.pattern, self.place)
            if start is not None:
                yield range(start, start + 1)

    def _walls(self, stretch: Stretch) -> range:
        """Where slots begin in a stretch, on the wall."""
        pattern = self.pattern
        last = stretch[1] - pattern.after - pattern.slot
        return range(stretch[0] + pattern.before, last + 1, pattern.step)


def _moved(walls: range, shift: int) -> range:
    return range(walls.start + shift, walls.stop + shift, walls.step)


@lru_cache(maxsize=REMEMBERED_PATTERNS)
def _expansion(pattern: Pattern) -> Expansion:
    return Expansion(pattern)


def expansion(schedule: Schedule) -> Expansion:
    """The schedule's days, worked out once for all rotas that are equal."""
    return _expansion(Pattern.of(schedule))


def _midnight_minute(day: date) -> int:
    return (day.toordinal() - EPOCH.toordinal()) * DAY_MINUTES


@lru_cache(maxsize=REMEMBERED_DAYS)
def _usual_shift(day: date, place: ZoneInfo) -> int | None:
    """Minutes from the wall clock of a day's shift to UTC since 1970, for all shifts of that day;
    None where the clock may change on it or on the next."""
    halves = ((0, DAY_MINUTES), (DAY_MINUTES, 2 * DAY_MINUTES))
    first, second = (steady_offset(day, half, place) for half in halves)
    return None if first is None or first != second else _midnight_minute(day) - first


def steady_offset(day: date, stretch: Stretch, place: ZoneInfo) -> int | None:
    """Minutes from UTC to the wall clock, or None where it may change within the stretch.

    No zone changes twice within the 24 hours that a stretch can take.
    """
    midnight = datetime.combine(day, time())
    found = {
        (midnight + timedelta(minutes=minute)).replace(tzinfo=place, fold=fold).utcoffset()
        for minute in stretch
        for fold in (0, 1)
    }
    offset = found.pop()
    return None if found or offset is None else offset // MINUTE


def wall_minute(day: date, wall: int, place: ZoneInfo, *, fold: int = 0) -> int:
    """The UTC minute of a wall-clock minute counted from the day's midnight. In a gap, as if the
    clock had not changed yet (RFC 5545 §3.3.5)."""
    there = datetime.combine(day, time()) + timedelta(minutes=wall)
    return (there.replace(tzinfo=place, fold=fold) - EPOCH) // MINUTE


def _exact_start(day: date, wall: int, pattern: Pattern, place: ZoneInfo) -> int | None:
    """Where the slot begins; None where its start does not exist, or where the clock changes
    within it or its buffers. A time that comes twice means its first occurrence."""
    start = wall_minute(day, wall, place)
    offset = _midnight_minute(day) + wall - start
    first, last = start - pattern.before, start + pattern.slot + pattern.after - 1
    return start if _offset(first, place) == offset == _offset(last, place) else None


def _offset(minute: int, place: ZoneInfo) -> int:
    offset = moment_of(minute).astimezone(place).utcoffset() or timedelta()
    return offset // MINUTE
