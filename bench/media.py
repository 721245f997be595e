"""The room server beside Janus, turn by turn in one run: cost, delay, first picture, loss, ramp.

Janus 1.1.2 (Debian), a process in a namespace of its own with its own configuration; the pages,
peers and links are the same for both.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from statistics import median
from typing import Any, TypeVar

from playwright.async_api import Error as PageError

from bench.figures import Figure, percentile
from bench.forwarders.janus import janus
from bench.forwarders.load import Load, loads
from bench.forwarders.room import room_server
from bench.forwarders.servers import Started
from bench.forwarders.watching import Clean, Seen, clean, lossy, over

T = TypeVar("T")
RUNS = int(os.environ.get("BENCH_REPETITIONS", "5"))
WANTED = os.environ.get("BENCH_MEDIA", "load clean loss").split()
"""Which of them to run; all of them unless somebody looks for something."""

RATES = (3_000, 12_000)
VIEWERS = (1, 3)
COST_GOALS = {1: 1.0, 3: 0.8}
FIRST_GOAL, FIRST_P95_MS = 0.7, 250.0
CLEAN_MORE_MS = 3.0
LOSSES = (0.03, 0.10)
RAMP_GOAL = 3.0
TRIES = 5
"""Of one call to begin. Janus forgets a sender whose handshake lost packets, and lets nobody in."""

BOTH: tuple[Started, Started] = (room_server, janus)


def measure() -> list[Figure]:
    """Everything, the two forwarders one after the other in each run."""
    kinds: dict[str, Callable[[], list[Figure]]] = {
        "load": measure_load,
        "clean": measure_clean,
        "loss": measure_loss,
    }
    return [figure for kind in WANTED for figure in kinds[kind]()]


# --- packets --------------------------------------------------------------------------------------


def measure_load() -> list[Figure]:
    """What a packet costs and how long it takes."""
    found: dict[tuple[int, int], tuple[list[Load], list[Load]]] = {
        (viewers, rate): ([], []) for viewers in VIEWERS for rate in RATES
    }
    for _ in range(RUNS):
        for viewers in VIEWERS:
            for which, started in enumerate(BOTH):
                for load in asyncio.run(loads(started, viewers=viewers, rates=RATES)):
                    found[viewers, load.rate][which].append(load)
                    print(f"  {('ours', 'Janus')[which]}: {load}", flush=True)
    return [figure for ways in found.values() for figure in load_figures(*ways)]


def load_figures(ours: Sequence[Load], theirs: Sequence[Load]) -> list[Figure]:
    """Of one rate and number of viewers."""
    first = ours[0]
    where = f"one to {first.viewers} at {first.rate:,} packets a second"
    return [
        *_beside(f"{where}: CPU a packet sent", "µs", [each.cpu_us for each in ours],
                 [each.cpu_us for each in theirs], times=COST_GOALS[first.viewers]),
        *_beside(f"{where}: added delay, 99th percentile", "ms", [each.p99_ms for each in ours],
                 [each.p99_ms for each in theirs], times=1.0),
        *_beside(f"{where}: lost", "%", [100 * each.lost for each in ours],
                 [100 * each.lost for each in theirs], most=0.0),
    ]  # fmt: skip


def _beside(
    what: str,
    unit: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    times: float | None = None,
    more: float | None = None,
    most: float | None = None,
) -> list[Figure]:
    """Median and worst of both; the goal is so many times theirs, so much more, or a number."""
    found = []
    middle_and_worst: tuple[tuple[str, Callable[[Sequence[float]], float]], ...] = (
        ("median", median),
        ("worst", max),
    )
    for word, chosen in middle_and_worst:
        peer = chosen(theirs)
        goal = most
        if times is not None:
            goal = times * peer
        elif more is not None:
            goal = peer + more
        found.append(Figure(f"{what}, {word}", chosen(ours), unit, len(ours), peer=peer, goal=goal))
    return found


# --- pictures -------------------------------------------------------------------------------------


def measure_clean() -> list[Figure]:
    """First picture, age and ramp over a perfect line."""
    (ours, theirs), _ = _turns(clean)
    joins = ([each for turn in turns for each in turn.joins] for turns in (ours, theirs))
    return [*_first(*joins), *_ages(ours, theirs), *_ramps(ours, theirs)]


def _first(ours: Sequence[float], theirs: Sequence[float]) -> list[Figure]:
    what = "a viewer joins a live room: first picture"
    late = percentile(ours, 95)
    return [
        Figure(f"{what}, median", median(ours), "ms", len(ours), peer=median(theirs),
               goal=FIRST_GOAL * median(theirs)),
        Figure(f"{what}, 95th percentile", late, "ms", len(ours), peer=percentile(theirs, 95),
               goal=FIRST_P95_MS),
    ]  # fmt: skip


def _ages(ours: Sequence[Clean], theirs: Sequence[Clean]) -> list[Figure]:
    return _beside("glass to glass on a clean line, median age", "ms",
                   [each.seen.age_median for each in ours],
                   [each.seen.age_median for each in theirs], more=CLEAN_MORE_MS)  # fmt: skip


def _ramps(ours: Sequence[Clean], theirs: Sequence[Clean]) -> list[Figure]:
    return _beside("publishing: 720p and 1.5 Mb/s", "s", [each.ramp for each in ours],
                   [each.ramp for each in theirs], most=RAMP_GOAL)  # fmt: skip


def measure_loss() -> list[Figure]:
    """What is seen and heard of a call that loses packets both ways."""
    found = []
    for share in LOSSES:
        (ours, theirs), failed = _turns(partial(over, profile=lossy(share)))
        found += loss_figures(share, ours, theirs)
        found.append(
            Figure(f"{share:.0%} lost each way: calls that did not begin", failed[0], "calls", RUNS,
                   peer=failed[1], goal=0)
        )  # fmt: skip
    return found


def loss_figures(share: float, ours: Sequence[Seen], theirs: Sequence[Seen]) -> list[Figure]:
    """Of one share of loss."""
    where = f"{share:.0%} lost each way"
    few = share < 0.05
    rows: tuple[tuple[str, str, Callable[[Seen], float], float | None], ...] = (
        ("glass to glass, 95th percentile", "ms", lambda s: s.age_p95, 60.0 if few else None),
        ("frozen", "%", lambda s: 100 * s.frozen, 1.0 if few else 10.0),
        ("longest gap", "ms", lambda s: s.longest_gap, 500.0 if few else None),
        ("sound made up", "%", lambda s: 100 * s.concealed, None if few else 5.0),
    )
    return [
        figure
        for what, unit, of, most in rows
        for figure in _beside(
            f"{where}: {what}", unit, [of(s) for s in ours], [of(s) for s in theirs], most=most
        )
    ]


def _turns(
    measured: Callable[[Started], Coroutine[Any, Any, T]],
) -> tuple[tuple[list[T], list[T]], list[int]]:
    """The runs of both, turn by turn; and how often each did not begin."""
    found: tuple[list[T], list[T]] = ([], [])
    failed = [0, 0]
    for _ in range(RUNS):
        for which, started in enumerate(BOTH):
            run, failures = begun(measured, started)
            failed[which] += failures
            found[which].append(run)
            print(f"  {('ours', 'Janus')[which]}: {run}", flush=True)
    return found, failed


def begun(measured: Callable[[Started], Coroutine[Any, Any, T]], started: Started) -> tuple[T, int]:
    """A run, and how often it failed to begin before. Raises what failed the last try."""
    for failures in range(TRIES - 1):
        try:
            return asyncio.run(measured(started)), failures
        except (AssertionError, TimeoutError, PageError) as error:
            print(f"  did not begin: {error}", flush=True)
    return asyncio.run(measured(started)), TRIES - 1
