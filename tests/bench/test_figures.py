"""What benchmarks write."""

import json
from pathlib import Path

import pytest

from bench.figures import Figure, line, median_and_worst, percentile, write


def test_a_figure_beside_a_peer_and_a_goal_says_how_it_did(tmp_path: Path) -> None:
    path = write("join", [Figure("join", 400.0, "ms", 20, peer=200.0, goal=450.0)], folder=tmp_path)

    assert json.loads(path.read_text()) == [
        {
            "figure": "join",
            "value": 400.0,
            "unit": "ms",
            "runs": 20,
            "peer": 200.0,
            "goal": 450.0,
            "ratio": 2.0,
            "met": True,
        }
    ]


def test_what_there_is_not_is_not_written(tmp_path: Path) -> None:
    path = write("alone", [Figure("alone", 1.23456, "s", 1)], folder=tmp_path)

    assert json.loads(path.read_text()) == [
        {"figure": "alone", "value": 1.23, "unit": "s", "runs": 1}
    ]


def test_a_missed_goal_is_said_plainly() -> None:
    figure = Figure("join", 500.0, "ms", 20, goal=450.0)

    assert figure.met is False
    assert line(figure).endswith("NOT MET")


def test_a_goal_may_be_the_least_it_should_be(tmp_path: Path) -> None:
    figure = Figure("share of the peer", 0.6, "ratio", 5, goal=0.5, least=True)

    assert figure.met
    assert not Figure("share of the peer", 0.4, "ratio", 5, goal=0.5, least=True).met
    assert json.loads(write("share", [figure], folder=tmp_path).read_text())[0]["least"] is True


@pytest.mark.parametrize(("percent", "expected"), [(50, 10), (95, 19), (100, 20), (1, 1)])
def test_percentiles_are_values_that_were_measured(percent: float, expected: float) -> None:
    assert percentile([float(n) for n in range(20, 0, -1)], percent) == expected


def test_the_worst_stands_beside_the_median() -> None:
    found = median_and_worst("it", [1.0, 1.2, 9.0], goal=1.5)

    assert [(each.value, each.met) for each in found] == [(1.2, True), (9.0, False)]
