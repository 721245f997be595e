"""How the cost of a search grows with practitioners: where rotas are alike, and where nearly
everybody has hours of their own."""

import asyncio
import os
import tempfile
from pathlib import Path
from statistics import median

from app.database import Database
from app.embedded import running
from bench.booking import Server
from bench.bookings.ground import fill, ground, lay
from bench.bookings.search import MIX, search_ms
from bench.figures import Figure, percentile

PRACTITIONERS = (20, 200, 2_000, 20_000)
DAYS = 60
BOOKED_DAYS, BOOKED_PERCENT = 1, 70
"""Of the next day: the soonest times are found among it."""
SEARCHES, WARM_UP = 100, 10


def measure() -> list[Figure]:
    """Both kinds of house at each size, beside the size before it."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - PostgreSQL's own account has to pass
        with running(Path(folder)) as url:
            server = Server(url, Path(folder))
            return [*_growth(server, varied=False), *_growth(server, varied=True)]


def _growth(server: Server, *, varied: bool) -> list[Figure]:
    kind = "each with hours of their own" if varied else "with the same hours"
    found: list[Figure] = []
    before = None
    for number in PRACTITIONERS:
        times = asyncio.run(_times(server.database(), number, varied=varied))
        name = f"one search ({MIX}) with {number:,} practitioners {kind}"
        found += [
            Figure(f"{name}, median", median(times), "ms", len(times), peer=before),
            Figure(f"{name}, 95th percentile", percentile(times, 95), "ms", len(times)),
        ]
        before = median(times)
    return found


async def _times(url: str, number: int, *, varied: bool) -> list[float]:
    site = ground(number, DAYS, varied=varied)
    database = Database(url)
    await lay(database, site)
    await fill(url, site, days=BOOKED_DAYS, percent=BOOKED_PERCENT)
    await search_ms(database, site, queries=WARM_UP, seed=0)
    times = await search_ms(database, site, queries=SEARCHES, seed=1)
    await database.close()
    return times
