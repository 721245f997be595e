"""A rota's next weeks, and the weeks in which the clock changes, as the page shows them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.models import Schedule
from app.scheduling import Preview, PreviewDay
from app.scheduling.rotas.preview import preview

NEXT_WEEKS = 6
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PreviewWeek:
    """A week from Monday, with the days on which anything is offered or the clock changes."""

    monday: date
    days: Sequence[PreviewDay]

    @property
    def slots(self) -> int:
        """How many can be booked in it."""
        return sum(day.slots for day in self.days)

    @property
    def clock_change(self) -> int:
        """By how many minutes the clock goes forward in it."""
        return sum(day.clock_change for day in self.days)


def next_weeks(planned: Preview, first_day: date) -> list[PreviewWeek]:
    """The weeks from `first_day`'s, empty ones too."""
    monday = _monday(first_day)
    return [
        PreviewWeek(start, [day for day in planned.days if start <= day.day < start + WEEK])
        for start in (monday + number * WEEK for number in range(NEXT_WEEKS))
    ]


def changing_weeks(schedule: Schedule, planned: Preview) -> list[PreviewWeek]:
    """The weeks of the next changes of the clock, in spring and in autumn."""
    mondays = [_monday(day.day) for day in planned.clock_changes]
    return [PreviewWeek(monday, preview(schedule, monday, 1).days) for monday in mondays]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
