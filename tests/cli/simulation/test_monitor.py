"""What a monitor sends in which second."""

from datetime import UTC, datetime

import pytest

from app.cli.simulation.monitor import readings_at
from app.cli.simulation.patients import SCENARIOS, Patient

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SIGNS = Patient(SCENARIOS["stable"]).signs_at(0)


@pytest.mark.parametrize(
    ("second", "arterial_line", "count"),
    [(0, False, 6), (1, False, 3), (60, False, 4), (1, True, 5)],
)
def test_a_cuff_and_a_probe_are_read_less_often(
    second: int, arterial_line: bool, count: int
) -> None:
    readings = readings_at(SIGNS, second, NOON, arterial_line=arterial_line)

    assert len(readings) == count
    assert len({reading["id"] for reading in readings}) == count
