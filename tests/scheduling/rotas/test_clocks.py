"""Slots across every change of the clock from 2026 to 2035, against an oracle of single minutes.

The oracle knows nothing of the code: it goes from UTC to the wall, minute by minute, and calls a
slot right where every minute of it, buffers included, shows the wall-clock time that was meant.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models import Schedule
from app.models.time_zone import zone
from app.scheduling.rotas.recurrence import span
from app.scheduling.rotas.slots import Roster, offered
from app.scheduling.rotas.times import Period
from tests.scheduling.rotas.rota import rota

ZONES = (
    "Europe/London",
    "Australia/Lord_Howe",  # half an hour
    "America/Vancouver",  # stopped changing by a law of 2026
    "America/Santiago",  # at midnight, southern summer
    "Africa/Casablanca",  # around Ramadan, backwards
    "America/Nuuk",  # on the evening before Europe's Sunday
)
FIRST, LAST = date(2026, 1, 1), date(2035, 12, 31)
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (the wall's own)
ROTAS: tuple[dict[str, Any], ...] = (
    {"start": time(0), "end": time(23, 59), "slot_minutes": 30},
    {"start": time(21, 30), "end": time(4, 30), "slot_minutes": 20, "buffer_after_minutes": 10},
    {"start": time(0, 45), "end": time(3, 30), "slot_minutes": 45, "breaks": [["01:30", "01:45"]]},
)


def wall_minute(moment: datetime) -> int:
    return (moment.replace(tzinfo=None) - EPOCH) // timedelta(minutes=1)


@cache
def offsets(name: str) -> Sequence[tuple[int, int]]:
    """(from that UTC minute on, minutes ahead of UTC), found by halving days; oldest first."""
    found: list[tuple[int, int]] = []
    day = datetime(2025, 12, 25, tzinfo=UTC)
    while day < datetime(2036, 1, 10, tzinfo=UTC):
        if not found or ahead(name, utc_minute(day)) != found[-1][1]:
            low, high = utc_minute(day) - 1440, utc_minute(day)
            while found and high - low > 1:
                middle = (low + high) // 2
                is_before = ahead(name, middle) == found[-1][1]
                low, high = (middle, high) if is_before else (low, middle)
            found.append((high, ahead(name, utc_minute(day))))
        day += timedelta(days=1)
    return found


def utc_minute(moment: datetime) -> int:
    return wall_minute(moment.astimezone(UTC))


def ahead(name: str, minute: int) -> int:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    return wall_minute(moment.astimezone(zone(name))) - minute


def ahead_by_table(name: str, minute: int) -> int:
    table = offsets(name)
    return table[bisect_right(table, (minute, 10_000)) - 1][1]


def minute_of_day(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def resting(opens: int, start: int, end: int) -> tuple[int, int]:
    """A break as minutes since the midnight before opening; it may last until a later midnight."""
    start += 1440 * (start < opens)
    end += 1440 * (end < opens)
    return start, end + 1440 * (end <= start)


def walls(schedule: Schedule, day: date) -> Iterator[int]:
    """Where slots begin on the wall that day, by walking the open minutes."""
    midnight = (day - date(1970, 1, 1)).days * 1440
    opens, closes = (
        value.hour * 60 + value.minute for value in (schedule.start_time, schedule.end_time)
    )
    closes += 1440 if closes <= opens else 0
    rest = [resting(opens, *map(minute_of_day, pair)) for pair in schedule.breaks]
    before, after = schedule.buffer_before_minutes, schedule.buffer_after_minutes
    length, run = before + schedule.slot_minutes + after, 0
    for minute in range(opens, closes):
        run = 0 if any(start <= minute < end for start, end in rest) else run + 1
        if run == length:
            yield midnight + minute + 1 - after - schedule.slot_minutes
            run = 0


def expected(schedule: Schedule, day: date) -> Iterator[int]:
    """The UTC minutes at which that day's slots begin."""
    name = schedule.time_zone
    before = schedule.buffer_before_minutes
    length = schedule.slot_minutes + schedule.buffer_after_minutes
    midnight = (day - date(1970, 1, 1)).days * 1440
    around = {ahead_by_table(name, midnight + 1440 * shift) for shift in (-1, 0, 1, 2, 3)}
    if len(around) == 1:  # no change for days
        yield from (wall - min(around) for wall in walls(schedule, day))
        return
    for wall in walls(schedule, day):
        ahead_around = {ahead_by_table(name, wall - shift) for shift in (-900, 0, 900)}
        shown = [wall - one for one in ahead_around if ahead_by_table(name, wall - one) == one]
        if shown:
            start = min(shown)  # the first occurrence of an hour that comes twice
            edges = (start - before, start + length - 1)
            if all(ahead_by_table(name, edge) == wall - start for edge in edges):
                yield start


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("number", range(len(ROTAS)))
def test_ten_years_of_slots_are_those_of_the_oracle(name: str, number: int) -> None:
    schedule = rota(**ROTAS[number], time_zone=name)

    found = Roster(schedule).runs(span(FIRST, LAST))
    starts = [start for run in found for start in run.starts]

    assert starts == [start for day in span(FIRST, LAST) for start in expected(schedule, day)]
    assert len(starts) == len(set(starts))


@pytest.mark.parametrize("name", ZONES)
def test_every_slot_shows_its_own_time_on_the_wall_and_overlaps_no_other(name: str) -> None:
    schedule = rota(**ROTAS[0], time_zone=name)
    for start, _ in offsets(name)[1:]:
        change = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
        window = Period(change - timedelta(days=1), change + timedelta(days=1))

        slots = list(offered(Roster(schedule), window))

        shown = [slot.start.astimezone(ZoneInfo(name)).replace(tzinfo=None) for slot in slots]
        assert all(wall.minute in {0, 30} for wall in shown)
        assert len(set(shown)) == len(shown)
        assert all(one.end <= other.start for one, other in pairwise(slots))
        for slot in slots:
            last = slot.end - timedelta(microseconds=1)
            first_wall, last_wall = (
                moment.astimezone(ZoneInfo(name)).replace(tzinfo=None)
                for moment in (slot.start, last)
            )
            assert last_wall - first_wall == last - slot.start


def test_the_zones_change_as_their_laws_say() -> None:
    years = range(2027, 2036)
    in_vancouver = [start for start, _ in offsets("America/Vancouver")]
    lord_howe = {one[1] - other[1] for one, other in pairwise(offsets("Australia/Lord_Howe"))}

    assert len(offsets("Europe/London")) == 1 + 20
    assert lord_howe == {-30, 30}
    assert not any(
        start >= utc_minute(datetime(year, 1, 1, tzinfo=UTC))
        for start in in_vancouver
        for year in years
    )


def days_near_changes(name: str) -> list[date]:
    first = date(1970, 1, 1)
    return [
        first + timedelta(days=start // 1440 + shift)
        for start, _ in offsets(name)[1:]
        for shift in (-1, 0, 1)
    ]


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, date]:
    name = draw(st.sampled_from(ZONES))
    opens = draw(st.integers(0, 1439))
    length = draw(st.integers(5, 1440))
    closes = (opens + length) % 1440
    first = opens + draw(st.integers(0, length))
    last = min(first + draw(st.integers(1, 90)), opens + length)
    has_break = first < last and draw(st.booleans())
    day = draw(st.sampled_from(days_near_changes(name)) | st.dates(FIRST, LAST))
    schedule = rota(
        time(opens // 60, opens % 60),
        time(closes // 60, closes % 60),
        time_zone=name,
        slot_minutes=draw(st.integers(5, 120)),
        buffer_before_minutes=draw(st.integers(0, 30)),
        buffer_after_minutes=draw(st.integers(0, 30)),
        breaks=[[clock(first), clock(last)]] if has_break else [],
    )
    return schedule, day


def clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def test_a_break_until_midnight_is_a_break() -> None:
    day = date(2026, 3, 27)
    schedule = rota(
        time(0), time(0), time_zone="Europe/London", slot_minutes=5, breaks=[["22:30", "00:00"]]
    )
    begin = datetime.combine(day, time(), tzinfo=UTC)

    found = offered(Roster(schedule), Period(begin, begin + timedelta(days=1)))

    starts = [utc_minute(slot.start) for slot in found]
    assert starts == list(expected(schedule, day))
    assert len(starts) == (22 * 60 + 30) // 5


@settings(max_examples=200, deadline=None)
@given(schedules())
def test_any_rota_has_the_slots_of_the_oracle(wanted: tuple[Schedule, date]) -> None:
    schedule, day = wanted
    oracle = [
        start for each in (day - timedelta(days=1), day) for start in expected(schedule, each)
    ]
    begin = datetime.combine(day, time(), tzinfo=UTC) - timedelta(days=3)

    found = offered(Roster(schedule), Period(begin, begin + timedelta(days=6)))

    starts = [utc_minute(slot.start) for slot in found]
    assert set(oracle) <= set(starts)
    assert [start for start in starts if oracle and oracle[0] <= start <= oracle[-1]] == oracle
