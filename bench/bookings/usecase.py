"""The use case in a process of its own: so many bookings at once, for so long.

`python -m bench.bookings.usecase URL PRACTITIONERS FIRST DAYS START CLIENTS SECONDS` waits for a
line, books, and prints how many bookings a second it made.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count

import uvloop

from app.database import Database
from app.garbage import look_seldom
from bench.bookings.ground import Ground, book_one

WARM_UP = 40


async def measure(url: str, site: Ground, *, start: int, clients: int, seconds: float) -> float:
    """Bookings a second of this process."""
    database = Database(url, pool_size=clients)
    numbers = count(start)
    done = 0

    async def client(until: float) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await book_one(database, site, next(numbers), now=datetime.now(UTC))
            done += 1

    async def all_of_them(for_seconds: float) -> float:
        nonlocal done
        done, began = 0, time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(clients):
                tasks.create_task(client(began + for_seconds))
        return done / (time.perf_counter() - began)

    look_seldom()  # as the processes do that book for people
    await all_of_them(WARM_UP / 100)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    rate = await all_of_them(seconds)
    await database.close()
    return rate


def rates(
    url: str, site: Ground, *, starts: Sequence[int], clients: int, seconds: float
) -> list[float]:
    """One process for each of `starts`, all at the same time: what each of them made."""
    processes = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "bench.bookings.usecase", url),
                *(str(site.practitioners), site.first.isoformat(), str(site.days)),
                *(str(start), str(clients // len(starts)), str(seconds)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for start in starts
    ]
    for process in processes:
        assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
        process.stdout.readline()
    for process in processes:
        assert process.stdin is not None  # noqa: S101 (the same)
        process.stdin.write("go\n")
        process.stdin.flush()
    return [float(process.communicate()[0]) for process in processes]


def main(arguments: Sequence[str]) -> None:
    """One process's share."""
    url, practitioners, first, days, start, clients, seconds = arguments
    site = Ground(int(practitioners), date.fromisoformat(first), int(days))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rate = runner.run(
            measure(url, site, start=int(start), clients=int(clients), seconds=float(seconds))
        )
    print(rate, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
