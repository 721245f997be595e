"""Made-up bodies stay within what a body shows, and play the same for the same seed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.simulation.patients import NOISE, SCENARIOS, Patient
from app.observations import VITAL_SIGNS, Readings, score


@given(
    name=st.sampled_from(sorted(SCENARIOS)),
    seed=st.integers(0, 10_000),
    seconds=st.lists(st.integers(0, 4_000), min_size=1, max_size=30).map(sorted),
)
def test_what_is_shown_is_always_possible(name: str, seed: int, seconds: list[int]) -> None:
    patient = Patient(SCENARIOS[name], seed)

    for second in seconds:
        for code, value in patient.signs_at(second).items():
            sign = VITAL_SIGNS[code]
            assert sign.low <= value <= sign.high, code


def test_a_seed_plays_the_same() -> None:
    played = [
        [Patient(SCENARIOS["sepsis"], seed).signs_at(second) for second in (0, 60, 600)]
        for seed in (1, 1, 2)
    ]

    assert played[0] == played[1] != played[2]


def test_every_scenario_shows_what_a_monitor_has() -> None:
    for scenario in SCENARIOS.values():
        assert scenario.courses.keys() == NOISE.keys()


def early_warning(name: str, minute: int, *, oxygen: bool = False) -> int:
    signs = Patient(SCENARIOS[name], 3).signs_at(minute * 60)
    readings = Readings(
        respiratory_rate=signs["respiratory-rate"],
        oxygen_saturation=signs["oxygen-saturation"],
        on_oxygen=oxygen,
        systolic=signs["systolic-blood-pressure"],
        pulse=signs["heart-rate"],
        consciousness="A",
        temperature=signs["temperature"],
    )
    found = score(readings, spo2_scale=1, age_years=60, pregnant=False).total
    assert found is not None
    return found


def test_who_deteriorates_scores_more_and_who_is_well_little() -> None:
    assert early_warning("deteriorating", 0) < early_warning("deteriorating", 30)
    assert early_warning("deteriorating", 30) >= 7
    assert early_warning("stable", 10) <= 2


@pytest.mark.parametrize(("minute", "beats"), [(1, True), (6, False), (15, True)])
def test_an_arrest_is_one(minute: int, beats: bool) -> None:
    signs = Patient(SCENARIOS["arrest"], 1).signs_at(minute * 60)

    assert (signs["heart-rate"] > 0) is beats
