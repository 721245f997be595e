"""The RCP's chart, every boundary of it, and every value between."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.observations.news2 import Readings, Scale, score

WELL = Readings(
    respiratory_rate=16,
    oxygen_saturation=97,
    on_oxygen=False,
    systolic=120,
    pulse=70,
    consciousness="A",
    temperature=37.0,
)

# The chart's bands as printed: first and last reading of each, and the score.
CHART: dict[str, list[tuple[float, float, int]]] = {
    "respiratory_rate": [(0, 8, 3), (9, 11, 1), (12, 20, 0), (21, 24, 2), (25, 80, 3)],
    "systolic": [(20, 90, 3), (91, 100, 2), (101, 110, 1), (111, 219, 0), (220, 300, 3)],
    "pulse": [
        (0, 40, 3),
        (41, 50, 1),
        (51, 90, 0),
        (91, 110, 1),
        (111, 130, 2),
        (131, 300, 3),
    ],
    "temperature": [
        (20.0, 35.0, 3),
        (35.1, 36.0, 1),
        (36.1, 38.0, 0),
        (38.1, 39.0, 1),
        (39.1, 45.0, 2),
    ],
}
NAMES = {
    "respiratory_rate": "respiratory-rate",
    "systolic": "systolic-blood-pressure",
    "pulse": "heart-rate",
    "temperature": "temperature",
}
SCALE_1 = [(30, 91, 3), (92, 93, 2), (94, 95, 1), (96, 100, 0)]
SCALE_2_AIR = [(30, 83, 3), (84, 85, 2), (86, 87, 1), (88, 100, 0)]
SCALE_2_OXYGEN = [
    (30, 83, 3),
    (84, 85, 2),
    (86, 87, 1),
    (88, 92, 0),
    (93, 94, 1),
    (95, 96, 2),
    (97, 100, 3),
]


# Both sides of every boundary of the chart: the last reading of a band, the first of the next, and
# what each scores. The clause is the row of the Royal College's chart that says so.
CHART_1 = "RCP 2017, chart 1 (the NEWS scoring system)"
ROWS: list[tuple[str, str, Scale, bool, str]] = [
    (
        f"{CHART_1}: respiration rate",
        *("respiratory_rate", 1, False, "8:3 9:1, 11:1 12:0, 20:0 21:2, 24:2 25:3"),
    ),
    (
        f"{CHART_1}: SpO2 scale 1, on air",
        *("oxygen_saturation", 1, False, "91:3 92:2, 93:2 94:1, 95:1 96:0"),
    ),
    (
        f"{CHART_1}: SpO2 scale 1, on oxygen",
        *("oxygen_saturation", 1, True, "91:3 92:2, 93:2 94:1, 95:1 96:0"),
    ),
    (
        f"{CHART_1}: SpO2 scale 2, on air",
        *("oxygen_saturation", 2, False, "83:3 84:2, 85:2 86:1, 87:1 88:0, 92:0 93:0"),
    ),
    (
        f"{CHART_1}: SpO2 scale 2, on oxygen",
        "oxygen_saturation",
        2,
        True,
        "83:3 84:2, 85:2 86:1, 87:1 88:0, 92:0 93:1, 94:1 95:2, 96:2 97:3",
    ),
    (
        f"{CHART_1}: systolic blood pressure",
        *("systolic", 1, False, "90:3 91:2, 100:2 101:1, 110:1 111:0, 219:0 220:3"),
    ),
    (
        f"{CHART_1}: pulse",
        *("pulse", 1, False, "40:3 41:1, 50:1 51:0, 90:0 91:1, 110:1 111:2, 130:2 131:3"),
    ),
    (
        f"{CHART_1}: temperature",
        *("temperature", 1, False, "35.0:3 35.1:1, 36.0:1 36.1:0, 38.0:0 38.1:1, 39.0:1 39.1:2"),
    ),
]


@dataclass(frozen=True)
class Side:
    """One side of a boundary: the reading, what it scores, and the clause that says so."""

    clause: str
    field: str
    scale: Scale
    oxygen: bool
    value: float
    points: int

    def __str__(self) -> str:
        return f"{self.clause}: {self.value:g} is {self.points}"


SIDES = [
    Side(clause, field, scale, oxygen, float(pair.split(":")[0]), int(pair.split(":")[1]))
    for clause, field, scale, oxygen, edges in ROWS
    for pair in edges.replace(",", "").split()
]
CODED = [
    (f"{CHART_1}: air or oxygen?", "on_oxygen", False, 0),
    (f"{CHART_1}: air or oxygen?", "on_oxygen", True, 2),
    (f"{CHART_1}: consciousness", "consciousness", "A", 0),
    *((f"{CHART_1}: consciousness (CVPU)", "consciousness", letter, 3) for letter in "CVPU"),
]
CHART_2 = "RCP 2017, chart 2 (thresholds and triggers)"
THRESHOLDS = [
    (f"{CHART_2}: aggregate score 0 to 4", {}, 0, "low"),
    (f"{CHART_2}: aggregate score 0 to 4", {"pulse": 111.0, "respiratory_rate": 21.0}, 4, "low"),
    (f"{CHART_2}: red score, 3 in any one parameter", {"pulse": 131.0}, 3, "low-medium"),
    (
        f"{CHART_2}: aggregate score 5 to 6",
        {"pulse": 111.0, "respiratory_rate": 21.0, "temperature": 38.1},
        5,
        "medium",
    ),
    (f"{CHART_2}: aggregate score 5 to 6", {"pulse": 131.0, "systolic": 90.0}, 6, "medium"),
    (
        f"{CHART_2}: aggregate score 7 or more",
        {"pulse": 131.0, "systolic": 90.0, "temperature": 38.1},
        7,
        "high",
    ),
]


@pytest.mark.parametrize("side", SIDES, ids=str)
def test_each_side_of_a_boundary_scores_as_its_clause_says(side: Side) -> None:
    readings = replace(well_but(side.field, side.value), on_oxygen=side.oxygen)
    name = NAMES.get(side.field, "oxygen-saturation")

    assert part(readings, name, side.scale) == side.points


def test_no_boundary_of_the_chart_is_left_out() -> None:
    tried = {(side.field, side.scale, side.oxygen, side.value) for side in SIDES}
    charts: list[tuple[str, Scale, bool, Sequence[tuple[float, float, int]]]] = [
        *((field, 1, False, bands) for field, bands in CHART.items()),
        ("oxygen_saturation", 1, False, SCALE_1),
        ("oxygen_saturation", 1, True, SCALE_1),
        ("oxygen_saturation", 2, False, SCALE_2_AIR),
        ("oxygen_saturation", 2, True, SCALE_2_OXYGEN),
    ]
    wanted = {
        (field, scale, oxygen, float(value))
        for field, scale, oxygen, bands in charts
        for before, after in pairwise(bands)
        for value in (before[1], after[0])
    }

    assert wanted <= tried


@pytest.mark.parametrize(("clause", "field", "value", "points"), CODED)
def test_what_is_coded_scores_as_its_clause_says(
    clause: str, field: str, value: object, points: int
) -> None:
    changed: dict[str, Any] = {field: value}
    name = "inspired-oxygen" if field == "on_oxygen" else field

    assert part(replace(WELL, **changed), name) == points, clause


@pytest.mark.parametrize(("clause", "changed", "total", "risk"), THRESHOLDS)
def test_each_threshold_triggers_as_its_clause_says(
    clause: str, changed: dict[str, Any], total: int, risk: str
) -> None:
    found = score(replace(WELL, **changed), spo2_scale=1, age_years=40, pregnant=False)

    assert (found.total, found.risk) == (total, risk), clause


def well_but(field: str, value: float) -> Readings:
    changed: dict[str, Any] = {field: value}
    return replace(WELL, **changed)


def part(readings: Readings, name: str, scale: Scale = 1) -> int:
    parts = score(readings, spo2_scale=scale, age_years=40, pregnant=False).parts
    return next(part.score for part in parts if part.parameter == name)


@pytest.mark.parametrize("field", CHART)
def test_every_reading_scores_as_the_chart_says(field: str) -> None:
    step = 0.1 if field == "temperature" else 1

    for first, last, points in CHART[field]:
        for tick in range(round((last - first) / step) + 1):
            value = round(first + step * tick, 1)
            assert part(well_but(field, value), NAMES[field]) == points, value


@pytest.mark.parametrize(
    ("scale", "on_oxygen", "bands"),
    [(1, False, SCALE_1), (1, True, SCALE_1), (2, False, SCALE_2_AIR), (2, True, SCALE_2_OXYGEN)],
)
def test_saturation_scores_by_the_chosen_scale(
    scale: Scale, on_oxygen: bool, bands: list[tuple[int, int, int]]
) -> None:
    for first, last, points in bands:
        for value in range(first, last + 1):
            readings = replace(WELL, oxygen_saturation=value, on_oxygen=on_oxygen)
            assert part(readings, "oxygen-saturation", scale) == points, value


@pytest.mark.parametrize(("letter", "points"), [("A", 0), *((letter, 3) for letter in "CVPU")])
def test_only_alert_scores_nothing(letter: str, points: int) -> None:
    assert part(replace(WELL, consciousness=letter), "consciousness") == points


def test_oxygen_scores_two() -> None:
    assert part(replace(WELL, on_oxygen=True), "inspired-oxygen") == 2
    assert part(WELL, "inspired-oxygen") == 0


@pytest.mark.parametrize(
    ("field", "value", "points"),
    [
        ("temperature", 35.04, 3),
        ("temperature", 35.05, 1),
        ("temperature", 36.05, 0),
        ("temperature", 39.05, 2),
        ("pulse", 90.4, 0),
        ("pulse", 90.5, 1),
        ("respiratory_rate", 24.5, 3),
    ],
)
def test_between_bands_readings_round_half_up(field: str, value: float, points: int) -> None:
    assert part(well_but(field, value), NAMES[field]) == points


@pytest.mark.parametrize(
    ("readings", "total", "risk"),
    [
        (WELL, 0, "low"),
        (replace(WELL, pulse=111, respiratory_rate=21), 4, "low"),
        (replace(WELL, pulse=131), 3, "low-medium"),
        (replace(WELL, pulse=131, temperature=38.5), 4, "low-medium"),
        (replace(WELL, pulse=131, on_oxygen=True), 5, "medium"),
        (replace(WELL, pulse=131, on_oxygen=True, temperature=38.5), 6, "medium"),
        (replace(WELL, pulse=131, on_oxygen=True, temperature=39.1), 7, "high"),
        (Readings(30, 80, True, 80, 140, "U", 34.0), 20, "high"),
    ],
)
def test_totals_lead_to_the_charts_risk(readings: Readings, total: int, risk: str) -> None:
    result = score(readings, spo2_scale=1, age_years=40, pregnant=False)

    assert (result.total, result.at_least, result.risk) == (total, total, risk)


@pytest.mark.parametrize(
    ("readings", "name"),
    [
        (replace(WELL, respiratory_rate=None), "respiratory-rate"),
        (replace(WELL, systolic=None), "systolic-blood-pressure"),
        (replace(WELL, pulse=None), "heart-rate"),
        (replace(WELL, temperature=None), "temperature"),
        (replace(WELL, oxygen_saturation=None), "oxygen-saturation"),
        (replace(WELL, on_oxygen=None), "inspired-oxygen"),
        (replace(WELL, consciousness=None), "consciousness"),
    ],
)
def test_what_is_missing_is_named_and_never_guessed(readings: Readings, name: str) -> None:
    result = score(readings, spo2_scale=1, age_years=40, pregnant=False)

    assert (result.total, result.missing, result.risk) == (None, (name,), None)


def test_missing_parts_do_not_hide_a_risk_that_is_known() -> None:
    readings = Readings(respiratory_rate=30, systolic=85, pulse=45)

    result = score(readings, spo2_scale=1, age_years=40, pregnant=False)

    assert (result.total, result.at_least, result.risk) == (None, 7, "high")


@pytest.mark.parametrize(("value", "missing"), [(90, False), (85, False), (93, True), (98, True)])
def test_scale_two_needs_to_know_the_oxygen_only_where_it_matters(
    value: int, missing: bool
) -> None:
    readings = replace(WELL, oxygen_saturation=value, on_oxygen=None)

    result = score(readings, spo2_scale=2, age_years=40, pregnant=False)

    assert ("oxygen-saturation" in result.missing) is missing


@pytest.mark.parametrize(
    ("age", "pregnant", "refused"),
    [(15, False, "under-16"), (0, True, "under-16"), (30, True, "pregnant")],
)
def test_children_and_pregnancy_are_not_scored(age: int, pregnant: bool, refused: str) -> None:
    result = score(WELL, spo2_scale=1, age_years=age, pregnant=pregnant)

    assert (result.refused, result.total, result.parts, result.risk) == (refused, None, (), None)


@pytest.mark.parametrize("age", [16, 90, None])
def test_adults_and_those_of_unknown_age_are(age: int | None) -> None:
    found = score(WELL, spo2_scale=1, age_years=age, pregnant=False)

    assert (found.total, found.age_known) == (0, age is not None)


@given(
    readings=st.builds(
        Readings,
        respiratory_rate=st.floats(0, 80),
        oxygen_saturation=st.floats(30, 100),
        on_oxygen=st.booleans(),
        systolic=st.floats(20, 300),
        pulse=st.floats(0, 300),
        consciousness=st.sampled_from("ACVPU"),
        temperature=st.floats(20, 45),
    ),
    scale=st.sampled_from([1, 2]),
)
def test_any_complete_set_scores_from_nought_to_twenty(readings: Readings, scale: Scale) -> None:
    result = score(readings, spo2_scale=scale, age_years=40, pregnant=False)

    assert result.total is not None
    assert 0 <= result.total <= 20
    assert result.total == sum(part.score for part in result.parts)
