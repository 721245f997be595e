"""Times as asked for: what makes sense, and which field does not."""

from datetime import datetime, timedelta

import pytest

from app.errors import InvalidInput
from app.scheduling.booking.places import check_times, wall_time
from app.scheduling.rotas import Period
from tests.clinic import NOW, at

QUARTER = timedelta(minutes=15)


def test_without_an_end_it_takes_as_long_as_the_service() -> None:
    assert check_times(at(9), None, default=QUARTER, now=NOW) == Period(at(9), at(9, 15))


@pytest.mark.parametrize("end", [at(9, 5), at(17)])
def test_from_five_minutes_to_eight_hours(end: datetime) -> None:
    assert check_times(at(9), end, default=QUARTER, now=NOW).end == end


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (NOW, None, "start"),
        (NOW + timedelta(days=730, seconds=1), None, "start"),
        (at(9), at(8), "end"),
        (at(9), at(9), "end"),
        (at(9), at(9, 4), "end"),
        (at(9), at(17, 1), "end"),
    ],
)
def test_past_far_reversed_empty_short_and_overlong_name_their_field(
    start: datetime, end: datetime | None, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_times(start, end, default=QUARTER, now=NOW)

    assert [problem.field for problem in refusal.value.problems] == [field]


def test_the_clock_on_the_wall_has_no_offset() -> None:
    assert wall_time(at(9), "America/New_York") == "2026-11-23T04:00:00"
