"""Slots minus busy time, in minutes, against the plainest way to say it."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scheduling.search.free import Busy, free_starts, on_local_times

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
    starts = range(midnight, midnight + 24 * 60, 60)

    found = list(on_local_times(starts, LONDON, frozenset(), part))  # type: ignore[arg-type]

    assert [list(run) for run in found] == [[midnight + hour * 60 for hour in hours]]
