"""Whose turn it is among the processes of one run: tests that measure pictures and sound in real
time run alone. Two calls at once on two cores show what the machine is short of, not the code."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACE = "OPENCONSULT_TESTS_TURNS"
"""The environment's name for the directory that holds the locks; the run's processes inherit it."""


@contextmanager
def turn(place: Path, *, alone: bool) -> Iterator[None]:
    """Run beside others, or alone. Turns come in the order in which they were asked for: who waits
    to be alone holds the gate, so that nobody else begins meanwhile."""
    with (place / "gate").open("a") as gate, (place / "stage").open("a") as stage:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(stage, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
