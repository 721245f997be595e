"""A month as whole weeks: what each day holds, counted. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.scheduling import Day
from app.scheduling.days import EntryState

BOOKED: tuple[EntryState, ...] = ("booked", "arrived", "fulfilled", "noshow")


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One day. `away` are those whose calendar is closed all day."""

    date: date
    in_month: bool
    booked: int
    free: int
    held: int
    blocked: int
    away: tuple[str, ...]

    @property
    def is_closed(self) -> bool:
        """Nobody has any time, and nothing is booked. Of the past it says only the latter."""
        return not (self.booked or self.free or self.held)


def weeks_of(days: Sequence[Day], month: int) -> tuple[tuple[MonthDay, ...], ...]:
    """The days, seven to a week."""
    counted = [_counted(day, month) for day in days]
    return tuple(tuple(counted[start : start + 7]) for start in range(0, len(counted), 7))


def _counted(day: Day, month: int) -> MonthDay:
    states = Counter(entry.state for _, entry in day.once())
    return MonthDay(
        date=day.date,
        in_month=day.date.month == month,
        booked=sum(states[state] for state in BOOKED),
        free=states["free"],
        held=states["held"],
        blocked=states["blocked"],
        away=tuple(column.name for column in day.columns if column.closed),
    )
