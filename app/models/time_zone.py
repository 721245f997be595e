"""Times from outside, and time zones by IANA name, from the pinned `tzdata` wheel and nowhere else.

The system's data may be years old, and a rota would then fall in the wrong hour.
"""

import re
import zoneinfo
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from app.errors import InvalidInput

_NUMBER = re.compile(r"\s*[-+]?[0-9._]+\s*")
zoneinfo.reset_tzpath(())
ZoneInfo.clear_cache()


def _in_our_time(value: datetime) -> datetime:
    if not 1900 <= value.year <= 2200:
        raise ValueError("must be between the years 1900 and 2200")
    return value.astimezone(UTC)


def _written_out(value: object) -> object:
    # Pydantic would read a year on its own as so many seconds since 1970.
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ValueError("must be a date and a time with an offset, as 2026-11-23T09:00:00Z")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_our_time)]
"""An instant (RFC 3339 with an offset), as UTC, where arithmetic cannot run out of years."""
Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2200, 1, 1))]
"""A calendar day, likewise."""


def _on_the_wall(value: time) -> time:
    if value.tzinfo is not None or value.second or value.microsecond:
        raise ValueError("must be hours and minutes on the wall clock, without an offset")
    return value


WallTime = Annotated[
    time,
    AfterValidator(_on_the_wall),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str, when_used="json"),
    # Not the format `time`: RFC 3339 §5.6 wants an offset there.
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
"""Hours and minutes on the wall clock of some place, written 09:30."""


@cache
def zone_names() -> frozenset[str]:
    """Every name a rota may use."""
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "Factory"}


def zone(name: str, *, field: str = "time_zone") -> ZoneInfo:
    """The zone of that name. Raises InvalidInput for `field`."""
    if name not in zone_names():
        raise InvalidInput.field(field, "This is not the name of a time zone (IANA).")
    return ZoneInfo(name)


def which_of_two(local: datetime) -> str:
    """` BST` or ` GMT` behind a wall-clock time that comes twice that night, else nothing: without
    it a record of the autumn change seems to run backwards."""
    comes_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f" {local.tzname()}" if comes_twice else ""


def instant(wall: datetime, place: ZoneInfo) -> datetime | None:
    """The UTC instant of a wall-clock time, or None where the clock jumps over it in spring.

    A time that comes twice in autumn means its first occurrence (RFC 5545 §3.3.5).
    """
    found = wall.replace(tzinfo=place, fold=0).astimezone(UTC)
    exists = found.astimezone(place).replace(tzinfo=None) == wall
    return found if exists else None
