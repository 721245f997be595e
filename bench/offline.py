"""A crew without a signal, fifty times: everything arrives once, in order, with its times.

Each time another order, other values, the browser killed with SIGKILL at another moment, and a
line that is cut in the midst of requests when it comes back. The database is the judge.
"""

import os
from collections.abc import Sequence

from bench.figures import Figure, percentile
from bench.unplugged.rounds import Round, ground

RESULT = "urgent-offline"
ROUNDS = int(os.environ.get("OFFLINE_ROUNDS", "50"))


def measure() -> list[Figure]:
    """All rounds on one server and one phone, as a shift would have it."""
    rounds = []
    with ground(seed=0) as here:
        for seed in range(1, ROUNDS + 1):
            done = here.round(seed)
            rounds.append(done)
            said = "; ".join(done.faults) or "as it must be"
            print(
                f"  round {seed}: {done.things} things, {done.kills} kills, {done.cuts} cuts,"
                f" there after {done.seconds:.1f} s: {said}",
                flush=True,
            )
    return figures(rounds)


def figures(rounds: Sequence[Round]) -> list[Figure]:
    """Faults first: there may be none."""
    runs = len(rounds)
    seconds = [each.seconds for each in rounds]
    faulty = [each for each in rounds if each.faults]
    return [
        Figure(
            "rounds with anything lost, twice, out of order or at another time",
            len(faulty),
            "rounds",
            runs,
            goal=0,
        ),
        Figure(
            "things entered without a signal", sum(each.things for each in rounds), "things", runs
        ),
        Figure("browsers killed (SIGKILL)", sum(each.kills for each in rounds), "kills", runs),
        Figure("requests cut under way", sum(each.cuts for each in rounds), "cuts", runs),
        Figure("signal back to everything on record, median", percentile(seconds, 50), "s", runs),
        Figure(
            "signal back to everything on record, 95th percentile",
            percentile(seconds, 95),
            "s",
            runs,
        ),
    ]
