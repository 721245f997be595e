"""What wakes the readers of the outbox: own commits, NOTIFY from other processes, and a poll.

A wake-up is a hint: a lost one heals by the poll.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta

import asyncpg
from sqlalchemy.engine import make_url

from app.config import OUTBOX_POLL
from app.database import DRIVER_ERRORS, Database

CHANNEL = "openconsult_outbox"
BETWEEN_NOTICES_SECONDS = 0.025
"""The first of a burst of commits is told at once; each notice is a commit of its own."""


class Bell:
    """One reader's own: a ring while it is busy is kept until it listens again."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the reader, now or when it next waits."""
        self._rung.set()

    async def wait(self, at_most: timedelta = OUTBOX_POLL) -> None:
        """Return when woken, or after the poll interval at the latest."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), at_most.total_seconds())
        self._rung.clear()


class Wakeup:
    """Tells this process that there may be something to read: LISTEN, own commits, and a poll."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bells: list[Bell] = []
        self._tell = asyncio.Event()
        database.on_commit(self._committed)

    def _committed(self) -> None:
        self._ring()
        self._tell.set()

    def _ring(self, *_: object) -> None:
        for bell in self._bells:
            bell.ring()

    def bell(self) -> Bell:
        """A bell for one reader, for as long as the process lives."""
        bell = Bell()
        self._bells.append(bell)
        return bell

    async def run(self) -> None:
        """Listen to the other processes and tell them of our commits, for ever."""
        while True:
            try:
                await self._listen()
            except DRIVER_ERRORS:
                await asyncio.sleep(OUTBOX_POLL.total_seconds())  # the poll goes on meanwhile

    async def _listen(self) -> None:
        url = make_url(self._database.url).set(drivername="postgresql")
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        try:
            await connection.add_listener(CHANNEL, self._ring)
            while not connection.is_closed():
                await self._tell.wait()
                self._tell.clear()
                # One NOTIFY for all commits since the last: it takes a lock across the cluster.
                await connection.execute(f"NOTIFY {CHANNEL}")
                await asyncio.sleep(BETWEEN_NOTICES_SECONDS)
        finally:
            await connection.close(timeout=2)
