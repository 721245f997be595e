"""What one-off exceptions do to a rota's day: pure.

- `closed` for all of a practitioner's rotas: nothing of theirs is offered on that wall-clock day
  or in that part of it, not even an extra session, and the shift that begins that day falls out.
- `closed` for one rota: the day's usual shift is not held (an extra one is); with times, nothing of
  the rota is offered in them.
- `extra`: the rota is open then too, where it was not open already.
- `swapped`: the colleague gives the slots that lie wholly in the time; those across its edge are
  given by nobody. The colleague's own closed times count then, not the practitioner's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.models import Schedule, ScheduleException
from app.scheduling.rotas.opening import Expansion, Stretch, wall_minute, wall_stretch, without
from app.scheduling.rotas.times import DAY_MINUTES, EPOCH

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Run:
    """Slots that begin at `starts` (minutes UTC), given by `practitioner_id`."""

    practitioner_id: UUID
    starts: range


class Exceptions:
    """Exceptions of any practitioners, found by whose and when."""

    def __init__(self, items: Iterable[ScheduleException] = ()) -> None:
        self._found: dict[tuple[UUID, date], list[ScheduleException]] = {}
        for item in items:
            self._found.setdefault((item.practitioner_id, item.day), []).append(item)

    def __bool__(self) -> bool:
        return bool(self._found)

    def around(self, schedule: Schedule, day: date) -> list[ScheduleException]:
        """Those that could touch a shift that begins that day: it may end on the next, and one
        of the day before may reach into it."""
        return [
            item
            for each in (day - ONE_DAY, day, day + ONE_DAY)
            for item in self._found.get((schedule.practitioner_id, each), ())
            if item.schedule_id in (None, schedule.id)
        ]

    def away(self, practitioner_id: UUID, day: date, place: ZoneInfo) -> list[Stretch]:
        """When that practitioner gives nothing, around a shift that begins that day, UTC."""
        return [
            _always(day) if item.start_time is None and item.day == day else _time_of(item, place)
            for each in (day - ONE_DAY, day, day + ONE_DAY)
            for item in self._found.get((practitioner_id, each), ())
            if item.kind == "closed" and item.schedule_id is None
        ]


def _always(day: date) -> Stretch:
    midnight = (day.toordinal() - EPOCH.toordinal()) * DAY_MINUTES
    return midnight - 3 * DAY_MINUTES, midnight + 5 * DAY_MINUTES


def _time_of(item: ScheduleException, place: ZoneInfo) -> Stretch:
    """The exception's time, UTC: the whole day where it has no times; the longer reading where
    the clock is put back."""
    if item.start_time is None or item.end_time is None:
        hours = (0, DAY_MINUTES)
    else:
        hours = wall_stretch(item.start_time, item.end_time)
    return wall_minute(item.day, hours[0], place), wall_minute(item.day, hours[1], place, fold=1)


def runs_on(
    schedule: Schedule, expanded: Expansion, day: date, exceptions: Exceptions
) -> list[Run]:
    """The slots of the shifts that begin that day, and who gives them."""
    around = exceptions.around(schedule, day) if exceptions else []
    if not around:
        return [Run(schedule.practitioner_id, starts) for starts in expanded.on(day)]
    return _by_giver(_changed(schedule, expanded, day, around, exceptions))


def _changed(
    schedule: Schedule,
    expanded: Expansion,
    day: date,
    around: Sequence[ScheduleException],
    exceptions: Exceptions,
) -> Iterator[tuple[UUID, int]]:
    place, pattern = expanded.place, expanded.pattern
    own = [item for item in around if item.schedule_id is not None and item.kind == "closed"]
    closed = [_time_of(item, place) for item in own if item.start_time is not None]
    swaps = [
        (_always(day) if item.start_time is None else _time_of(item, place), item.colleague_id)
        for item in around
        if item.kind == "swapped" and (item.start_time is not None or item.day == day)
    ]
    away: dict[UUID, list[Stretch]] = {}
    for start in _starts(expanded, day, around):
        taken = (start - pattern.before, start + pattern.slot + pattern.after)
        giver = _giver(taken, swaps, schedule.practitioner_id)
        if giver is None or _touches(taken, closed):
            continue
        if giver not in away:
            away[giver] = exceptions.away(giver, day, place)
        if not _touches(taken, away[giver]):
            yield giver, start


def _starts(expanded: Expansion, day: date, around: Sequence[ScheduleException]) -> Iterator[int]:
    todays = [item for item in around if item.day == day and item.schedule_id is not None]
    called_off = any(item.kind == "closed" and item.start_time is None for item in todays)
    usual = expanded.on(day) if not called_off else ()
    open_already = expanded.stretches() if usual else []
    found = {start for starts in usual for start in starts}
    for item in todays:
        if item.kind == "extra" and item.start_time and item.end_time is not None:
            hours = expanded.stretches(wall_stretch(item.start_time, item.end_time))
            added = without(hours, open_already)
            found.update(start for run in expanded.starts(day, added) for start in run)
            open_already += added
    return iter(sorted(found))


def _giver(
    taken: Stretch, swaps: Sequence[tuple[Stretch, UUID | None]], usual: UUID
) -> UUID | None:
    for (first, last), colleague_id in swaps:
        if first <= taken[0] and taken[1] <= last:
            return colleague_id
        if first < taken[1] and taken[0] < last:
            return None
    return usual


def _touches(taken: Stretch, closed: Iterable[Stretch]) -> bool:
    return any(first < taken[1] and taken[0] < last for first, last in closed)


def _by_giver(slots: Iterable[tuple[UUID, int]]) -> list[Run]:
    return [Run(giver, range(start, start + 1)) for giver, start in slots]
