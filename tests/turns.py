"""Whose turn it is among the processes of one run: beside a test that measures pictures and sound
in real time runs no browser, nothing busy and no other that measures, only what one process does.
Two calls at once on two cores show what the machine is short of, not the code."""

import fcntl
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

PLACE = "OPENCONSULT_TESTS_TURNS"
"""The environment's name for the directory that holds the locks; the run's processes inherit it."""


def kind(marks: Collection[str]) -> int:
    """0: measures in real time. 1: several processes at work. 2: one process, in its own time."""
    if "alone" in marks:
        return 0
    return 1 if "browser" in marks or "busy" in marks else 2


def turn_of(marks: Collection[str], place: Path) -> AbstractContextManager[None]:
    """What one process does in its own time waits for nobody."""
    return nullcontext() if kind(marks) == 2 else turn(place, alone=kind(marks) == 0)


class FromBothEnds(LoadFileScheduling):  # type: ignore[misc]  # xdist says no types
    """Whole files: the first process takes them from the front of the run, the others from its
    back. So those that must not run beside each other, at the front, follow each other in one."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        if node is not self.nodes[0]:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)


@contextmanager
def turn(place: Path, *, alone: bool) -> Iterator[None]:
    """Run beside others, or alone. Turns come in the order in which they were asked for: who waits
    to be alone holds the gate, so that nobody else begins meanwhile."""
    with (place / "gate").open("a") as gate, (place / "stage").open("a") as stage:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(stage, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(gate, fcntl.LOCK_UN)
        yield
