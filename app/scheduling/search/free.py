"""What is left of slots when busy time is taken away: pure, in whole minutes UTC since 1970."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from app.scheduling.rotas.slots import within
from app.scheduling.rotas.times import DAY_MINUTES, EPOCH, MINUTE, moment_of

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


def on_local_times(
    starts: range, place: ZoneInfo, weekdays: frozenset[int], part: PartOfDay | None
) -> Iterator[range]:
    """Those of `starts` on these ISO weekdays (any, if empty) and in that part of the day."""
    if not (weekdays or part):
        yield starts
        return
    # The clock is the same at all starts of a run of more than one: see opening.py.
    offset = (moment_of(starts[0]).astimezone(place).utcoffset() or timedelta()) // MINUTE
    first, last = ((edge + offset) // DAY_MINUTES for edge in (starts[0], starts[-1]))
    opens, closes = PARTS[part] if part else (0, DAY_MINUTES)
    for day in range(first, last + 1):
        if weekdays and date.fromordinal(EPOCH.toordinal() + day).isoweekday() not in weekdays:
            continue
        midnight = day * DAY_MINUTES - offset
        found = within(starts, midnight + opens, midnight + closes)
        if found:
            yield found
