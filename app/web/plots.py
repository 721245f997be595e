"""Plots as places on a drawing: a distribution, and a course over time. Pure; the templates draw
them as SVG beside the same figures as a table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.referrals.measures import Bin, Group, Period
from app.referrals.references import Reference

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 44, 36
STEPS = (1, 2, 5)
TICKS = 4
MOST_LABELS = 8
LEVEL_HEIGHT = 15
NEAR = 96
"""Names of marks nearer to each other than this stand on two levels."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale, or a name below it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `text` is read out, `label` stands under it where it is not empty."""

    x: float
    y: float
    width: float
    height: float
    text: str
    range_words: str
    number: int
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the bars that says where somebody else stands."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A distribution. `total` counts what is drawn."""

    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    marks: Sequence[Mark]
    total: int


@dataclass(frozen=True, slots=True)
class Point:
    """One day or week. Heights are None where there are too few to say."""

    x: float
    median_y: float | None
    p90_y: float | None
    label: str
    day: date
    number: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """A median and a 90th percentile over time; `median_path` and `p90_path` are SVG paths."""

    points: Sequence[Point]
    ticks: Sequence[Tick]
    median_path: str
    p90_path: str
    step: str


def scale_up_to(most: float) -> list[float]:
    """Round numbers from nought to at least `most`, about four."""
    if most <= 0:
        return [0, 1]
    rough = most / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next((each * power for each in STEPS if each * power >= rough), 10 * power)
    return [step * n for n in range(math.ceil(most / step) + 1)]


def bars_of(bins: Sequence[Bin], references: Sequence[Reference], *, unanswered: int) -> Bars:
    """One bar for each bin, and a last one for what nobody answered."""
    numbers = [each.number for each in bins] + [unanswered]
    scale = [each for each in scale_up_to(max(numbers, default=0)) if each == int(each)]
    step = (WIDTH - LEFT - RIGHT) / len(numbers)
    names = [_range(each) for each in bins] + ["Not answered"]
    labels = [str(each.start) for each in bins] + ["none"]
    return Bars(
        bars=[
            _bar(LEFT + step * place, step, number, scale=scale, name=name, label=label)
            for place, (number, name, label) in enumerate(zip(numbers, names, labels, strict=True))
        ],
        ticks=_ticks(scale, ""),
        marks=_marks(bins, references, step),
        total=sum(numbers),
    )


def _range(each: Bin) -> str:
    if each.end is None:
        return f"{each.start} s or longer"
    return f"{each.start} to under {each.end} s"


def _bar(
    x: float, width: float, number: int, *, scale: Sequence[float], name: str, label: str
) -> Bar:
    y = _height(number, scale)
    return Bar(
        x=round(x + 1, 1),
        y=y,
        width=round(width - 2, 1),
        height=round(HEIGHT - BOTTOM - y, 1),
        text=f"{name}: {number}",
        range_words=name,
        number=number,
        label=label,
    )


def _height(value: float, scale: Sequence[float]) -> float:
    share = value / scale[-1]
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _ticks(scale: Sequence[float], unit: str) -> list[Tick]:
    return [Tick(_height(each, scale), f"{each:g}{unit}") for each in scale]


def _marks(bins: Sequence[Bin], references: Sequence[Reference], step: float) -> list[Mark]:
    marks: list[Mark] = []
    for each in sorted(references, key=lambda reference: reference.seconds):
        x = _across(bins, each.seconds, step)
        crowded = bool(marks) and x - marks[-1].x < NEAR
        level = 1 if crowded and marks[-1].y == LEVEL_HEIGHT else 0
        text = f"{each.who} {each.seconds:g} s"
        marks.append(Mark(x, LEVEL_HEIGHT * (1 + level), text))
    return marks


def _across(bins: Sequence[Bin], seconds: float, step: float) -> float:
    """Within its bin in proportion: the bins are not of one width."""
    for place, each in enumerate(bins):
        if each.end is None or seconds < each.end:
            share = (seconds - each.start) / (each.end - each.start) if each.end else 0.5
            return round(LEFT + step * (place + share), 1)
    return float(WIDTH - RIGHT)


def course_of(groups: Sequence[Group], period: Period) -> Course:
    """The answers' median and 90th percentile, one point for each day or week with requests."""
    most = max((group.answer.p90 or 0.0 for group in groups), default=0.0)
    scale = scale_up_to(most)
    every = max(1, math.ceil(len(groups) / MOST_LABELS))
    points = [
        _point(group, period, scale, is_named=place % every == 0)
        for place, group in enumerate(groups)
        if group.starts is not None
    ]
    return Course(
        points=points,
        ticks=_ticks(scale, " s"),
        median_path=_path([(point.x, point.median_y) for point in points]),
        p90_path=_path([(point.x, point.p90_y) for point in points]),
        step=period.step,
    )


def _point(group: Group, period: Period, scale: Sequence[float], *, is_named: bool) -> Point:
    starts = group.starts or period.first
    days = max(1, (period.last - period.first).days)
    share = min(1.0, max(0.0, (starts - period.first).days / days))
    answer = group.answer
    return Point(
        x=round(LEFT + 8 + share * (WIDTH - LEFT - RIGHT - 24), 1),
        median_y=None if answer.median is None else _height(answer.median, scale),
        p90_y=None if answer.p90 is None else _height(answer.p90, scale),
        label=f"{starts.day} {starts:%b}" if is_named else "",
        day=starts,
        number=answer.number,
        median=answer.median,
        p90=answer.p90,
    )


def _path(places: Sequence[tuple[float, float | None]]) -> str:
    """A line that breaks where nothing is known."""
    parts: list[str] = []
    is_drawn = False
    for x, y in places:
        if y is not None:
            parts.append(f"{'L' if is_drawn else 'M'}{x} {y}")
        is_drawn = y is not None
    return " ".join(parts)
