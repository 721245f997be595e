"""The dispatcher of benchmarks."""

import pytest

from bench import run


def test_every_benchmark_can_be_run_by_its_name() -> None:
    assert "join" in run.names()
    assert "figures" not in run.names()


def test_an_unknown_name_lists_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["speed"]) == 2
    assert "join" in capsys.readouterr().out
