"""The National Early Warning Score 2 (Royal College of Physicians, 2017), exactly as its chart.

Between two bands of the chart a reading is rounded half up to the chart's own precision: whole
numbers, and a tenth of a degree. The College is silent on this; instruments show that precision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

Scale = Literal[1, 2]
Risk = Literal["low", "low-medium", "medium", "high"]
Refusal = Literal["under-16", "pregnant"]
Bands = Sequence[tuple[float, int]]

# Each band: the highest reading it holds, and its score. The last is open.
OPEN = float("inf")
RESPIRATION: Bands = ((8, 3), (11, 1), (20, 0), (24, 2), (OPEN, 3))
SATURATION_1: Bands = ((91, 3), (93, 2), (95, 1), (OPEN, 0))
SATURATION_2_AIR: Bands = ((83, 3), (85, 2), (87, 1), (OPEN, 0))
SATURATION_2_OXYGEN: Bands = ((83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2), (OPEN, 3))
SYSTOLIC: Bands = ((90, 3), (100, 2), (110, 1), (219, 0), (OPEN, 3))
PULSE: Bands = ((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (OPEN, 3))
TEMPERATURE: Bands = ((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1), (OPEN, 2))

ADULT_AGE = 16


@dataclass(frozen=True, slots=True)
class Readings:
    """What is known. None is unknown: it is named as missing, never taken for normal.

    Rates per minute, saturation in %, pressure in mmHg, temperature in °C; `consciousness` is a
    letter of ACVPU.
    """

    respiratory_rate: float | None = None
    oxygen_saturation: float | None = None
    on_oxygen: bool | None = None
    systolic: float | None = None
    pulse: float | None = None
    consciousness: str | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One sub-score."""

    parameter: str
    score: int


@dataclass(frozen=True, slots=True)
class News2:
    """`total` is None while anything is missing, or where the score does not apply (`refused`).

    `at_least` is the sum of what is known. `risk` is the clinical risk of the chart; with missing
    parts it is the least it can be, or None where nothing raises it yet. Without `age_known` the
    score is shown with the question of the age: it holds from 16 on only.
    """

    spo2_scale: Scale
    total: int | None
    at_least: int
    risk: Risk | None
    parts: tuple[Part, ...] = ()
    missing: tuple[str, ...] = ()
    refused: Refusal | None = None
    age_known: bool = True


def score(readings: Readings, *, spo2_scale: Scale, age_years: int | None, pregnant: bool) -> News2:
    """Score the readings.

    Scale 2 is only for confirmed hypercapnic respiratory failure with a target of 88–92 %, so it
    is never chosen here. The score is not for children under 16 nor in pregnancy. An unknown age
    is scored: a crew cannot always ask.
    """
    refused = why_not_scored(age_years, pregnant)
    if refused:
        return News2(spo2_scale, None, 0, None, refused=refused, age_known=age_years is not None)
    scores = _scores(readings, spo2_scale)
    parts = tuple(Part(name, value) for name, value in scores.items() if value is not None)
    missing = tuple(name for name, value in scores.items() if value is None)
    known = sum(part.score for part in parts)
    return News2(
        spo2_scale=spo2_scale,
        total=None if missing else known,
        at_least=known,
        risk=_risk(known, parts, is_complete=not missing),
        parts=parts,
        missing=missing,
        age_known=age_years is not None,
    )


def why_not_scored(age_years: int | None, pregnant: bool) -> Refusal | None:
    """For whom the score is not made (RCP 2017)."""
    if age_years is not None and age_years < ADULT_AGE:
        return "under-16"
    return "pregnant" if pregnant else None


def _scores(readings: Readings, spo2_scale: Scale) -> dict[str, int | None]:
    return {
        "respiratory-rate": _banded(readings.respiratory_rate, RESPIRATION),
        "oxygen-saturation": _saturation(readings, spo2_scale),
        "inspired-oxygen": _oxygen(readings.on_oxygen),
        "systolic-blood-pressure": _banded(readings.systolic, SYSTOLIC),
        "heart-rate": _banded(readings.pulse, PULSE),
        "consciousness": _consciousness(readings.consciousness),
        "temperature": _banded(readings.temperature, TEMPERATURE, precision="0.1"),
    }


def _banded(value: float | None, bands: Bands, *, precision: str = "1") -> int | None:
    if value is None:
        return None
    rounded = float(Decimal(str(value)).quantize(Decimal(precision), ROUND_HALF_UP))
    return next(points for highest, points in bands if rounded <= highest)


def _saturation(readings: Readings, spo2_scale: Scale) -> int | None:
    value = readings.oxygen_saturation
    if spo2_scale == 1:
        return _banded(value, SATURATION_1)
    on_air = _banded(value, SATURATION_2_AIR)
    on_oxygen = _banded(value, SATURATION_2_OXYGEN)
    if readings.on_oxygen is None:
        return on_air if on_air == on_oxygen else None
    return on_oxygen if readings.on_oxygen else on_air


def _oxygen(on_oxygen: bool | None) -> int | None:
    if on_oxygen is None:
        return None
    return 2 if on_oxygen else 0


def _consciousness(letter: str | None) -> int | None:
    if letter is None:
        return None
    return 0 if letter == "A" else 3


def _risk(known: int, parts: tuple[Part, ...], *, is_complete: bool) -> Risk | None:
    if known >= 7:
        return "high"
    if known >= 5:
        return "medium"
    if any(part.score == 3 for part in parts):
        return "low-medium"
    return "low" if is_complete else None
