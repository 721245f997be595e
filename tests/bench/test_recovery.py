"""How the recovery's benchmark reads what the pages noted."""

import pytest

from bench.recovery import heard_percent, longest, resumed

FRAME = 1 / 30


def frames(*spans: tuple[float, float]) -> list[float]:
    return [start + n * FRAME for start, end in spans for n in range(int((end - start) / FRAME))]


def packets(*spans: tuple[float, float]) -> list[tuple[float, int]]:
    """Fifty a second within these spans, noted ten times a second over ten seconds."""
    return [
        (tick / 10, int(sum(50 * max(0.0, min(tick / 10, end) - start) for start, end in spans)))
        for tick in range(101)
    ]


def test_pictures_are_back_at_the_end_of_the_longest_gap() -> None:
    times = frames((0, 5), (6.5, 10))

    assert resumed(times, 5.0) == pytest.approx(6.5)
    assert longest(times) == pytest.approx(1.5, abs=2 * FRAME)


def test_pictures_that_never_come_back_count_until_the_end() -> None:
    assert resumed([*frames((0, 5)), 17.0], 5.0) == 17.0


def test_a_gap_from_before_does_not_count() -> None:
    assert resumed(frames((0, 1), (4, 6), (6.5, 9)), 5.0) == pytest.approx(6.5)


def test_sound_counts_only_while_there_is_a_line() -> None:
    heard = packets((0, 4), (6, 10))

    assert heard_percent(heard, [(0, 4), (6, 10)]) == 100
    assert heard_percent(heard, [(0, 10)]) == 80
