"""What recording costs on top of forwarding: the room server with and without it, in turns.

The same packets to one viewer, at the rate of one good picture and at ten times that; the
processor time is all of the process's, with the thread that seals and writes.
"""

import asyncio
import os
from collections.abc import Sequence
from functools import partial
from statistics import median

from bench.figures import Figure
from bench.forwarders.load import Load, loads
from bench.forwarders.room import RecordedRoom, room_server
from bench.forwarders.servers import Started

RUNS = int(os.environ.get("BENCH_REPETITIONS", "5"))
RATES = (300, 3_000)
GOAL_RATIO = 1.2
WAYS: tuple[Started, Started] = (room_server, partial(room_server, kind=RecordedRoom))


def measure() -> list[Figure]:
    """Both ways in turn in each run."""
    found: dict[int, tuple[list[Load], list[Load]]] = {rate: ([], []) for rate in RATES}
    for _ in range(RUNS):
        for which, started in enumerate(WAYS):
            for load in asyncio.run(loads(started, viewers=1, rates=RATES)):
                found[load.rate][which].append(load)
    return [figure for plain, recorded in found.values() for figure in _figures(plain, recorded)]


def _figures(plain: Sequence[Load], recorded: Sequence[Load]) -> list[Figure]:
    rate = f"{plain[0].rate:,} packets a second"
    alone = median(each.cpu_us for each in plain)
    both = median(each.cpu_us for each in recorded)
    return [
        Figure(f"{rate}: CPU a packet, forwarded", alone, "µs", RUNS),
        Figure(f"{rate}: CPU a packet, forwarded and recorded", both, "µs", RUNS, peer=alone),
        Figure(f"{rate}: recorded over forwarded", both / alone, "times", RUNS, goal=GOAL_RATIO),
        Figure(
            f"{rate}: 99th percentile of the delay, recorded",
            median(each.p99_ms for each in recorded),
            "ms",
            RUNS,
            peer=median(each.p99_ms for each in plain),
        ),
        Figure(
            f"{rate}: lost, recorded",
            max(each.lost for each in recorded) * 100,
            "%",
            RUNS,
            goal=0.0,
        ),
    ]
