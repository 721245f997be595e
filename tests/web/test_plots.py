"""Plots as places on a drawing."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.referrals.measures import EDGES, Bin, Group, Period, Spread
from app.referrals.references import REFERENCES
from app.web.plots import BOTTOM, HEIGHT, LEFT, TOP, WIDTH, bars_of, course_of, scale_up_to

FIRST = date(2026, 11, 2)
PERIOD = Period(FIRST, FIRST + timedelta(days=4), "Europe/London")


def bins(*numbers: int) -> list[Bin]:
    ends = [*EDGES[1:], None]
    padded = [*numbers, *[0] * (len(EDGES) - len(numbers))]
    return [Bin(a, b, n) for a, b, n in zip(EDGES, ends, padded, strict=True)]


def day(offset: int, spread: Spread) -> Group:
    starts = FIRST + timedelta(days=offset)
    return Group("period", "", starts, 20, 0, 0, 0, {}, Spread(), spread, Spread())


@given(most=st.integers(0, 10_000_000))
def test_a_scale_is_round_and_holds_the_most(most: int) -> None:
    scale = scale_up_to(most)

    assert scale[0] == 0
    assert scale[-1] >= most
    assert 2 <= len(scale) <= 6


def test_a_bar_is_as_high_as_its_number_and_the_last_is_of_what_nobody_answered() -> None:
    drawn = bars_of(bins(10, 40), REFERENCES, unanswered=20)

    assert drawn.total == 70
    assert drawn.bars[1].y == TOP
    assert drawn.bars[0].height * 4 == drawn.bars[1].height
    assert drawn.bars[-1].text == "Not answered: 20"
    assert drawn.bars[-2].range_words == "120 s or longer"
    assert all(LEFT <= bar.x <= WIDTH for bar in drawn.bars)


def test_a_count_has_no_halves() -> None:
    drawn = bars_of(bins(1, 1), REFERENCES, unanswered=0)

    assert [tick.text for tick in drawn.ticks] == ["0", "1"]


def test_others_stand_where_their_seconds_are() -> None:
    drawn = bars_of(bins(), REFERENCES, unanswered=0)

    at = {mark.text: mark.x for mark in drawn.marks}
    eight = next(bar for bar in drawn.bars if bar.label == "8")
    assert abs(at["Wales 8 s"] - eight.x) < 2
    assert list(at) == ["Wales 8 s", "Scotland 11 s", "London 17 s", "West Midlands 36 s"]
    assert len({(round(mark.x / 96), mark.y) for mark in drawn.marks}) == len(drawn.marks)


def test_a_course_breaks_where_there_are_too_few() -> None:
    known = Spread(12, 8.0, 20.0, None, 30.0)
    drawn = course_of([day(0, known), day(1, known), day(2, Spread(3)), day(4, known)], PERIOD)

    assert drawn.median_path.count("M") == 2
    assert drawn.points[2].median_y is None
    assert drawn.points[0].p90_y == TOP
    assert all(point.x <= WIDTH for point in drawn.points)
    assert drawn.points[0].median_y is not None
    assert drawn.points[0].median_y < HEIGHT - BOTTOM


def test_nothing_known_draws_nothing() -> None:
    assert course_of([], PERIOD).median_path == ""
