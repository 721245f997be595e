"""When nobody wants a message: hours on the wall clock of one place, right across clock changes."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS_AHEAD = 4


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` until `end`, over midnight where `end` is earlier. Equal: never quiet."""

    start: time
    end: time
    place: ZoneInfo

    def covers(self, moment: datetime) -> bool:
        """Whether the clock there shows a quiet time."""
        wall = moment.astimezone(self.place).time()
        if self.start <= self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end

    def over(self, moment: datetime) -> datetime:
        """The first instant from `moment` on that is not quiet, UTC."""
        if not self.covers(moment):
            return moment.astimezone(UTC)
        return self._first_open(moment.astimezone(UTC))

    def _first_open(self, moment: datetime) -> datetime:
        today = moment.astimezone(self.place).date()
        for day in range(_DAYS_AHEAD):
            wall = datetime.combine(today + timedelta(days=day), self.end)
            for found in self._instants(wall):
                if found > moment and not self.covers(found):
                    return self._brought_forward(moment, found)
        raise AssertionError("no clock is quiet for days")

    def _instants(self, wall: datetime) -> list[datetime]:
        """A time that comes twice in autumn gives both. One that the clock jumps over in spring
        gives the wrong one before the jump, which is quiet still, and one after it."""
        both = (wall.replace(tzinfo=self.place, fold=fold).astimezone(UTC) for fold in (0, 1))
        return sorted(both)

    def _brought_forward(self, quiet: datetime, found: datetime) -> datetime:
        """`found`, or the jump of the clock before it that ended the quiet already."""
        second = timedelta(seconds=1)
        if self.covers(found - second):
            return found
        low, high = quiet.replace(microsecond=0), found
        while high - low > second:
            middle = low + timedelta(seconds=(high - low) // second // 2)
            low, high = (middle, high) if self.covers(middle) else (low, middle)
        return high


def before(start: datetime, minutes: int, place: ZoneInfo) -> datetime:
    """So many minutes before `start`, UTC; whole days keep the time on the wall clock."""
    days, rest = divmod(minutes, 1440)
    wall = start.astimezone(place).replace(tzinfo=None) - timedelta(days=days)
    there = wall.replace(tzinfo=place) if days else start
    return there.astimezone(UTC) - timedelta(minutes=rest)
