"""A rota as it will be: day by day for some weeks, and what the next changes of the clock do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from app.models import Schedule
from app.scheduling.rotas.exceptions import Exceptions
from app.scheduling.rotas.recurrence import span
from app.scheduling.rotas.slots import Roster, offered
from app.scheduling.rotas.times import MINUTE, Period, local_day

CLOCK_CHANGES = 2
LOOKED_AHEAD = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class PreviewDay:
    """A local day on which slots begin, or the clock changes. `open` are the stretches without
    a gap between slots, UTC; `clock_change` is by how many minutes the clock goes forward."""

    day: date
    open: Sequence[Period]
    slots: int
    minutes: int
    clock_change: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """Days on which something is offered, and the next days on which the clock changes."""

    days: Sequence[PreviewDay]
    clock_changes: Sequence[PreviewDay]


def preview(
    schedule: Schedule, first_day: date, weeks: int, exceptions: Exceptions | None = None
) -> Preview:
    """The schedule from `first_day` for `weeks` weeks, and both coming changes of the clock."""
    roster = Roster(schedule, exceptions or Exceptions())
    last = first_day + timedelta(days=7 * weeks - 1)
    days = [_previewed(roster, day) for day in span(first_day, last)]
    changing = islice(_changing_days(roster.place, first_day), CLOCK_CHANGES)
    return Preview(
        [day for day in days if day.slots or day.clock_change],
        [_previewed(roster, day) for day in changing],
    )


def _previewed(roster: Roster, day: date) -> PreviewDay:
    slots = list(offered(roster, local_day(day, roster.place)))
    return PreviewDay(
        day=day,
        open=_joined(Period(slot.taken.start, slot.taken.end) for slot in slots),
        slots=len(slots),
        minutes=sum((slot.end - slot.start) // MINUTE for slot in slots),
        clock_change=_clock_change(day, roster.place),
    )


def _joined(periods: Iterator[Period]) -> list[Period]:
    found: list[Period] = []
    for period in periods:
        if found and period.start <= found[-1].end:
            found[-1] = Period(found[-1].start, max(found[-1].end, period.end))
        else:
            found.append(period)
    return found


def _clock_change(day: date, place: ZoneInfo) -> int:
    """Minutes the clock is put forward that day; negative for back."""
    period = local_day(day, place)
    return (timedelta(days=1) - (period.end - period.start)) // MINUTE


def _changing_days(place: ZoneInfo, first: date) -> Iterator[date]:
    return (day for day in span(first, first + LOOKED_AHEAD) if _clock_change(day, place))
