"""Stretches of time. Inside the rotas time is whole minutes UTC since 1970, for speed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-open stretch of time, UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Period") -> bool:
        """Whether they share an instant; periods that only touch do not."""
        return self.start < other.end and other.start < self.end


def minute_of(moment: datetime) -> int:
    """The minute that `moment` begins or lies in."""
    return (moment - EPOCH) // MINUTE


def minute_from(moment: datetime) -> int:
    """The first minute that does not begin before `moment`."""
    return -((EPOCH - moment) // MINUTE)


def moment_of(minute: int) -> datetime:
    """The instant, UTC."""
    return EPOCH + timedelta(minutes=minute)


def local_day(day: date, place: ZoneInfo) -> Period:
    """The local day: 23, 24 or 25 hours."""
    midnight = datetime.combine(day, datetime.min.time())
    return Period(_midnight(midnight, place), _midnight(midnight + timedelta(days=1), place))


def _midnight(wall: datetime, place: ZoneInfo) -> datetime:
    # Where the clock jumps at midnight, the day begins at the jump.
    return wall.replace(tzinfo=place).astimezone(UTC)
