"""Who may run beside whom."""

import fcntl
from pathlib import Path

import pytest

from tests.turns import turn

BESIDE, ALONE = fcntl.LOCK_SH | fcntl.LOCK_NB, fcntl.LOCK_EX | fcntl.LOCK_NB


def ask(place: Path, name: str, how: int) -> None:
    """As another process would; BlockingIOError where it would wait."""
    with (place / name).open("a") as other:
        fcntl.flock(other, how)


def test_nobody_runs_beside_one_who_is_alone(tmp_path: Path) -> None:
    with turn(tmp_path, alone=True), pytest.raises(BlockingIOError):
        ask(tmp_path, "stage", BESIDE)


def test_others_run_beside_each_other_and_who_wants_to_be_alone_waits(tmp_path: Path) -> None:
    with turn(tmp_path, alone=False):
        ask(tmp_path, "stage", BESIDE)
        with pytest.raises(BlockingIOError):
            ask(tmp_path, "stage", ALONE)


def test_afterwards_nothing_is_held(tmp_path: Path) -> None:
    with pytest.raises(KeyError), turn(tmp_path, alone=True):
        raise KeyError

    for name in ("gate", "stage"):
        ask(tmp_path, name, ALONE)
