"""Zones come from the pinned wheel; wall times that do not exist are known."""

import zoneinfo
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from app.errors import InvalidInput
from app.models.time_zone import Moment, instant, zone

LONDON = ZoneInfo("Europe/London")


def test_the_systems_data_is_never_read() -> None:
    assert zoneinfo.TZPATH == ()
    assert Path(str(resources.files("tzdata"))).is_dir()


def test_a_zone_by_name() -> None:
    assert zone("Europe/London").key == "Europe/London"


@pytest.mark.parametrize("bad", ["", "GMT+1 or so", "../zone1970.tab", "europe/london", "\x00"])
def test_another_name_is_refused_for_its_field(bad: str) -> None:
    with pytest.raises(InvalidInput, match=r"^zone:"):
        zone(bad, field="zone")


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (datetime(2026, 7, 1, 9), datetime(2026, 7, 1, 8, tzinfo=UTC)),  # noqa: DTZ001
        (datetime(2026, 3, 29, 1, 30), None),  # noqa: DTZ001
        (datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # noqa: DTZ001
    ],
)
def test_a_wall_time_is_an_instant_or_none(wall: datetime, expected: datetime | None) -> None:
    assert instant(wall, LONDON) == expected


def test_a_moment_is_aware_and_becomes_utc() -> None:
    moments: TypeAdapter[datetime] = TypeAdapter(Moment)

    assert moments.validate_python("2026-07-01T09:00:00+01:00").isoformat() == (
        "2026-07-01T08:00:00+00:00"
    )
    for bad in ("2026-07-01T09:00:00", "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"):
        with pytest.raises(ValidationError):
            moments.validate_python(bad)
