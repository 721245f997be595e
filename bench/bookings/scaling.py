"""How the cost of a booking and of a search grows with practitioners and with history."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from app.database import Database
from bench.bookings.ground import Ground, add_history, book_one, ground, lay
from bench.bookings.search import search_ms
from bench.figures import Figure

PRACTITIONERS = (20, 200, 2_000)
HISTORY = (10_000, 100_000, 1_000_000)
BOOKINGS, SEARCHES, WARM_UP = 200, 60, 20
DAYS = 60


@dataclass(frozen=True)
class Cost:
    """Medians, one after another, in milliseconds."""

    booking: float
    search: float


def scaling(database: Callable[[], str]) -> list[Figure]:
    """Costs at each size, beside the size before it."""
    people = [asyncio.run(_with_people(database(), number)) for number in PRACTITIONERS]
    past = asyncio.run(_with_history(database()))
    return [
        *_figures("practitioners", PRACTITIONERS, people),
        *_figures("past appointments", HISTORY, past),
    ]


async def _with_people(url: str, number: int) -> Cost:
    site = ground(number, DAYS)
    opened = Database(url)
    await lay(opened, site)
    await add_history(url, site, already=0, until=1)  # for its ANALYZE
    cost = await _cost(opened, site, 0)
    await opened.close()
    return cost


async def _with_history(url: str) -> list[Cost]:
    site = ground(200, DAYS)
    opened = Database(url)
    await lay(opened, site)
    costs, already = [], 0
    for turn, until in enumerate(HISTORY):
        await add_history(url, site, already=already, until=until)
        already = until
        costs.append(await _cost(opened, site, turn * (BOOKINGS + WARM_UP)))
    await opened.close()
    return costs


async def _cost(opened: Database, site: Ground, first: int) -> Cost:
    now = datetime.now(UTC)
    times = []
    for number in range(first, first + WARM_UP + BOOKINGS):
        began = time.perf_counter()
        await book_one(opened, site, number, now=now)
        times.append((time.perf_counter() - began) * 1_000)
    await search_ms(opened, site, queries=WARM_UP, seed=0)
    searches = await search_ms(opened, site, queries=SEARCHES, seed=1)
    return Cost(median(times[WARM_UP:]), median(searches))


def _figures(what: str, sizes: tuple[int, ...], costs: list[Cost]) -> list[Figure]:
    found = []
    for kind, runs in (("booking", BOOKINGS), ("search", SEARCHES)):
        before = None
        for size, cost in zip(sizes, costs, strict=True):
            value = getattr(cost, kind)
            name = f"one {kind} with {size:,} {what}, median"
            found.append(Figure(name, value, "ms", runs, peer=before))
            before = value
    return found
