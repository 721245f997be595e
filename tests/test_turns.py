"""Who may run beside whom."""

import fcntl
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from tests.turns import FromBothEnds, kind, turn, turn_of

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


@pytest.mark.parametrize(
    ("mark", "told"), [("alone", 0), ("browser", 1), ("busy", 1), ("anyio", 2)]
)
def test_what_is_at_work_besides_the_test_is_known_by_its_mark(mark: str, told: int) -> None:
    assert kind({mark, "timeout"}) == told


def test_what_one_process_does_waits_for_nobody(tmp_path: Path) -> None:
    with turn(tmp_path, alone=True), turn_of({"database"}, tmp_path):
        pass


def test_the_first_process_takes_files_from_the_front_and_others_from_the_back() -> None:
    config: Any = SimpleNamespace(
        getvalue=lambda _: ["2*popen"], option=SimpleNamespace(loadscopereorder=False)
    )
    files = FromBothEnds(config)
    given: list[list[int]] = []
    for _ in range(2):
        node: Any = Mock(send_runtest_some=given.append, shutting_down=False)
        files.add_node(node)
        files.add_node_collection(node, [f"test_{letter}.py::test" for letter in "abcdef"])

    files.schedule()

    assert given == [[0], [5], [1], [4]]
