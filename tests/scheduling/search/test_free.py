"""Slots minus busy time, in minutes, against the plainest way to say it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.time_zone import zone
from app.scheduling.rotas.times import DAY_MINUTES, minute_of, moment_of
from app.scheduling.search.free import PARTS, Busy, PartOfDay, free_starts, local_windows

LONDON = ZoneInfo("Europe/London")


@st.composite
def busy_times(draw: st.DrawFn) -> Busy:
    edges = sorted(draw(st.sets(st.integers(-60, 400), max_size=12)))
    edges = edges[: len(edges) // 2 * 2]
    return Busy(edges[::2], edges[1::2])


@given(
    first=st.integers(0, 100),
    count=st.integers(1, 12),
    before=st.integers(0, 20),
    length=st.integers(5, 60),
    busy=busy_times(),
)
def test_what_is_free_touches_nothing_busy(
    first: int, count: int, before: int, length: int, busy: Busy
) -> None:
    step = before + length
    starts = range(first, first + count * step, step)

    plain = [
        start
        for start in starts
        if not any(
            begin < start + length and start - before < end
            for begin, end in zip(busy.starts, busy.ends, strict=True)
        )
    ]

    assert list(free_starts(starts, before, length, busy)) == plain


def test_nobody_busy_leaves_everything() -> None:
    assert free_starts(range(0, 60, 15), 0, 15, None) == range(0, 60, 15)


@pytest.mark.parametrize(
    ("part", "hours"),
    [("morning", range(6, 12)), ("afternoon", range(12, 17)), ("evening", range(17, 24))],
)
def test_a_part_of_the_day_is_local(part: str, hours: range) -> None:
    midnight = 29721540  # 5 July 2026 at 23:00 UTC: midnight in London
    window = (midnight, midnight + 24 * 60)

    found = local_windows(window, LONDON, frozenset(), part)

    assert found == [(midnight + hours.start * 60, midnight + hours.stop * 60)]


def test_days_that_follow_each_other_are_one_window() -> None:
    week = (29721540, 29721540 + 7 * 24 * 60)  # from a Monday on

    found = local_windows(week, LONDON, frozenset({1, 2, 4}), None)

    assert [(last - first) // 60 for first, last in found] == [48, 24]


@given(
    # Back at two, at midnight, a minute after it, and by half an hour; and forward at midnight.
    change=st.sampled_from(
        [
            ("Europe/London", datetime(2026, 10, 25, 1, tzinfo=UTC)),
            ("Asia/Beirut", datetime(2026, 10, 24, 21, tzinfo=UTC)),
            ("America/St_Johns", datetime(2006, 10, 29, 2, 31, tzinfo=UTC)),
            ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
            ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC)),
        ]
    ),
    before=st.integers(-90, 40 * 60),
    length=st.integers(1, 40 * 60),
    weekdays=st.frozensets(st.integers(1, 7), max_size=6),
    part=st.sampled_from([None, "morning", "afternoon", "evening"]),
)
def test_windows_hold_just_the_minutes_asked_for_where_the_clock_changes(
    change: tuple[str, datetime],
    before: int,
    length: int,
    weekdays: frozenset[int],
    part: PartOfDay | None,
) -> None:
    place, first = zone(change[0]), minute_of(change[1]) - before
    opens, closes = PARTS[part] if part else (0, DAY_MINUTES)

    found = local_windows((first, first + length), place, weekdays, part)

    local = {minute: moment_of(minute).astimezone(place) for minute in range(first, first + length)}
    assert [minute for window in found for minute in range(*window)] == [
        minute
        for minute, time in local.items()
        if not weekdays or time.isoweekday() in weekdays
        if opens <= time.hour * 60 + time.minute < closes
    ]
