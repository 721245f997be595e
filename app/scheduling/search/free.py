"""What is left of slots when busy time is taken away: pure, in whole minutes UTC since 1970."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from app.scheduling.rotas.exceptions import ONE_DAY
from app.scheduling.rotas.opening import Stretch, steady_offset, wall_minute
from app.scheduling.rotas.recurrence import span
from app.scheduling.rotas.times import DAY_MINUTES, local_day, minute_of, moment_of

PartOfDay = Literal["morning", "afternoon", "evening"]
PARTS: dict[str, tuple[int, int]] = {
    "morning": (6 * 60, 12 * 60),
    "afternoon": (12 * 60, 17 * 60),
    "evening": (17 * 60, DAY_MINUTES),
}
"""From and before, minutes of the local day: surgeries close at five, or stay for the evening. Who
asks for mornings means none of the hours after midnight."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody's busy time: sorted, apart from each other; `ends` are exclusive."""

    starts: Sequence[int]
    ends: Sequence[int]


def free_starts(starts: range, before: int, after: int, busy: Busy | None) -> Iterable[int]:
    """Those of `starts` (not empty) with nothing busy from `before` minutes before to `after`
    minutes after them. A run that is booked up altogether costs no more than one slot."""
    if busy is None:
        return starts
    first, last = starts[0] - before, starts[-1] + after
    index = bisect_right(busy.ends, first)
    if index == len(busy.ends) or busy.starts[index] >= last:
        return starts
    if busy.starts[index] <= first and busy.ends[index] >= last:
        return ()
    return _each_free(starts, (before, after), busy, index)


def _each_free(starts: range, around: tuple[int, int], busy: Busy, index: int) -> Iterator[int]:
    before, after = around
    begins, ends, count = busy.starts, busy.ends, len(busy.ends)
    for start in starts:
        while index < count and ends[index] <= start - before:
            index += 1
        if index == count or begins[index] >= start + after:
            yield start


@lru_cache(maxsize=64)  # a search asks for the same of every rota
def local_windows(
    window: Stretch, place: ZoneInfo, weekdays: frozenset[int], part: PartOfDay | None
) -> Sequence[Stretch]:
    """Of a stretch of minutes UTC, what is on these ISO weekdays (any, if empty) and in that part
    of the day there."""
    if not (weekdays or part):
        return [window]
    days = [moment_of(minute).astimezone(place).date() for minute in window]
    around = span(min(days) - ONE_DAY, max(days) + ONE_DAY)
    found = (piece for day in around for piece in _of_day(day, place, weekdays, part))
    clipped = ((max(first, window[0]), min(last, window[1])) for first, last in found)
    return _joined(piece for piece in clipped if piece[0] < piece[1])


def _joined(pieces: Iterable[Stretch]) -> list[Stretch]:
    """Pieces in order, those that touch in one."""
    joined: list[Stretch] = []
    for first, last in pieces:
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _of_day(
    day: date, place: ZoneInfo, weekdays: frozenset[int], part: PartOfDay | None
) -> Iterator[Stretch]:
    opens, closes = PARTS[part] if part else (0, DAY_MINUTES)
    if steady_offset(day, (0, DAY_MINUTES), place) is not None:
        if not weekdays or day.isoweekday() in weekdays:
            yield wall_minute(day, opens, place), wall_minute(day, closes, place)
        return
    whole = local_day(day, place)
    for minute in range(minute_of(whole.start), minute_of(whole.end)):
        local = moment_of(minute).astimezone(place)
        is_then = opens <= local.hour * 60 + local.minute < closes
        if is_then and (not weekdays or local.isoweekday() in weekdays):
            yield minute, minute + 1
