"""The occurrences of a series, and how a rule is cut and shifted: pure.

Days are local days of the series' zone and name an occurrence, as RFC 5545 RECURRENCE-ID does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from app.errors import InvalidInput
from app.models.time_zone import instant
from app.scheduling.rotas import Period, Recurrence

MOST_OCCURRENCES = 52
"""A year of weeks."""
FURTHEST_DAY = timedelta(days=20 * 366)
"""No rule is walked further; nothing so late can be booked."""
DAYS_IN_WEEK = 7


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a series. `period` is None where the clock jumps over the start in spring; a
    start that comes twice in autumn means the first (RFC 5545 §3.3.5)."""

    day: date
    wall: datetime
    period: Period | None

    @property
    def about(self) -> datetime:
        """The instant, or where it would have been: to look for times near it."""
        return self.period.start if self.period else self.wall.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pattern:
    """When a series takes place: a rule with COUNT or UNTIL from `first_day` on, at `wall_time`
    for `minutes`, on the clocks of `place`."""

    rule: Recurrence
    first_day: date
    wall_time: time
    minutes: int
    place: ZoneInfo

    @property
    def length(self) -> timedelta:
        """How long each takes."""
        return timedelta(minutes=self.minutes)

    def on(self, day: date) -> Occurrence:
        """The occurrence of that day."""
        wall = datetime.combine(day, self.wall_time)
        start = instant(wall, self.place)
        period = Period(start, start + self.length) if start else None
        return Occurrence(day, wall, period)

    def days(self) -> Iterator[date]:
        """Every day it falls on."""
        return self.rule.since(self.first_day).between(
            self.first_day, self.first_day + FURTHEST_DAY
        )

    def occurrences(self) -> Sequence[Occurrence]:
        """All of them, in order. Raises InvalidInput for `recurrence`: endless, none, too many."""
        if self.rule.count is None and self.rule.until is None:
            raise InvalidInput.field("recurrence", "must end: give COUNT or UNTIL")
        days = list(islice(self.days(), MOST_OCCURRENCES + 1))
        if not days:
            raise InvalidInput.field("recurrence", "does not fall on any day")
        if len(days) > MOST_OCCURRENCES:
            raise InvalidInput.field("recurrence", f"has more than {MOST_OCCURRENCES} times")
        return [self.on(day) for day in days]

    def until(self, last: date) -> "Pattern":
        """The same, ending with that day."""
        return replace(self, rule=replace(self.rule, count=None, until=last))

    def since(self, first: date) -> "Pattern":
        """The rest of it, from one of its days on (RFC 5545 THISANDFUTURE)."""
        if self.rule.count is None:
            return replace(self, first_day=first)
        gone = sum(1 for day in self.days() if day < first)
        return replace(self, first_day=first, rule=replace(self.rule, count=self.rule.count - gone))

    def shifted(self, days: int, wall_time: time | None = None) -> "Pattern":
        """As many days later (or earlier), at another time of day.

        Raises InvalidInput where a rule of months or years would fall on other days than these.
        """
        moved = replace(self, wall_time=wall_time or self.wall_time)
        if not days:
            return moved
        if (
            self.rule.freq not in {"DAILY", "WEEKLY"}
            or self.rule.by_month_day
            or self.rule.by_month
        ):
            raise InvalidInput.field(
                "days", "Only a daily or weekly series can move to other days."
            )
        by = timedelta(days=days)
        by_day = tuple(sorted((0, _weekday(day, days)) for _, day in self.rule.by_day))
        rule = replace(
            self.rule,
            by_day=by_day,
            until=self.rule.until + by if self.rule.until else None,
            # A week must begin on the same day of the pattern, or alternate weeks would change.
            week_start=_weekday(self.rule.week_start, days),
        )
        return replace(moved, rule=rule, first_day=self.first_day + by)


def _weekday(weekday: int, days: int) -> int:
    return (weekday - 1 + days) % DAYS_IN_WEEK + 1
