"""Units convert exactly or not at all."""

import pytest

from app.errors import InvalidInput
from app.observations.codes import VITAL_SIGNS
from app.observations.units import in_unit_of


@pytest.mark.parametrize(
    ("code", "value", "unit", "kept"),
    [
        ("temperature", 95.0, "[degF]", 35.0),
        ("temperature", 98.6, "°F", 37.0),
        ("temperature", 100.5, "[degF]", 38.06),
        ("temperature", 310.15, "K", 37.0),
        ("temperature", 37.4, "°C", 37.4),
        ("systolic-blood-pressure", 12.0, "kPa", 90.0),
        ("systolic-blood-pressure", 120, "mmHg", 120),
        ("heart-rate", 1.5, "Hz", 90),
        ("heart-rate", 90, "{Beats}/min", 90),
        ("oxygen-saturation", 0.93, "1", 93),
        ("capillary-refill", 2, "", 2),
    ],
)
def test_a_known_unit_gives_the_value_in_ours(
    code: str, value: float, unit: str, kept: float
) -> None:
    assert in_unit_of(VITAL_SIGNS[code], value, unit) == kept


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        ("blood-glucose", "mg/dL"),
        ("temperature", "/min"),
        ("heart-rate", "Cel"),
        ("oxygen-saturation", "kPa"),
    ],
)
def test_another_unit_is_refused_by_name(code: str, unit: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        in_unit_of(VITAL_SIGNS[code], 5, unit)

    assert refusal.value.problems[0].field == "unit"
