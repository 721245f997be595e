"""What wakes the readers of the outbox: own commits, NOTIFY from other processes, and a poll.

A wake-up is a hint: a lost one heals by the poll, one look a second for all readers of a process.
"""

import asyncio
from collections.abc import Callable, Set
from contextlib import suppress
from datetime import timedelta

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.config import OUTBOX_POLL
from app.database import DRIVER_ERRORS, Database
from app.outbox.events import RELAY, newest

CHANNEL = "openconsult_outbox"
BETWEEN_NOTICES_SECONDS = 0.025
"""The first of a burst of commits is told at once; each notice is a commit of its own."""
LOOK_AGAIN = timedelta(seconds=15)
"""Readers look without having been woken: should all else have failed."""
Wants = Callable[[str], bool]
"""Whether a reader acts on events of this name."""


def _anything(_: str) -> bool:
    return True


class Bell:
    """One reader's own: a ring while it is busy is kept until it listens again."""

    def __init__(self, wants: Wants = _anything) -> None:
        self._wants = wants
        self._rung = asyncio.Event()

    def ring(self, events: Set[str] | None = None) -> None:
        """Wake the reader, now or when it next waits, if it acts on any of these events; on any at
        all where it is not known which."""
        if events is None or any(map(self._wants, events)):
            self._rung.set()

    @property
    def is_rung(self) -> bool:
        """Whether the reader would not have to wait."""
        return self._rung.is_set()

    async def wait(self, at_most: timedelta = LOOK_AGAIN) -> None:
        """Return when woken, or after this time at the latest."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), at_most.total_seconds())
        self._rung.clear()


class Wakeup:
    """Tells this process that there may be something to read: LISTEN, own commits, and a poll."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bells: list[Bell] = []
        self._untold: set[str] = set()
        self._tell = asyncio.Event()
        database.on_commit(self._committed)

    def _committed(self, events: Set[str]) -> None:
        self._ring(events)
        self._untold |= events
        self._tell.set()

    def _heard(self, *notice: object) -> None:
        # A node of the release before names none: then it may be anything.
        self._ring(set(str(notice[-1]).split()) or None)

    def _ring(self, events: Set[str] | None) -> None:
        for bell in self._bells:
            bell.ring(events)

    def bell(self, wants: Wants = _anything) -> Bell:
        """A bell for one reader, for as long as the process lives. It stays silent at what the
        reader has no use for: a house where much is booked does not keep its urgent calls busy."""
        bell = Bell(wants)
        self._bells.append(bell)
        return bell

    async def run(self) -> None:
        """Listen to the other processes, tell them of our commits, and look by ourselves whether
        either was missed, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll())
            tasks.create_task(self._keep_listening())

    async def _poll(self) -> None:
        seen = None
        while True:
            with suppress(*DRIVER_ERRORS, SQLAlchemyError):  # away: the next look may succeed
                async with self._database.transaction(RELAY) as session:
                    last, seen = seen, await newest(session)
                if seen != last:
                    self._ring(None)
            await asyncio.sleep(OUTBOX_POLL.total_seconds())

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen()
            except DRIVER_ERRORS:
                await asyncio.sleep(OUTBOX_POLL.total_seconds())  # the poll goes on meanwhile

    async def _listen(self) -> None:
        url = make_url(self._database.url).set(drivername="postgresql")
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        try:
            await connection.add_listener(CHANNEL, self._heard)
            while not connection.is_closed():
                await self._tell.wait()
                await self._notify(connection)
                await asyncio.sleep(BETWEEN_NOTICES_SECONDS)
        finally:
            await connection.close(timeout=2)

    async def _notify(self, connection: asyncpg.Connection) -> None:
        # One NOTIFY for all commits since the last: it takes a lock across the cluster. All the
        # names there are take less than the 8,000 bytes that PostgreSQL carries.
        events, self._untold = self._untold, set()
        self._tell.clear()
        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, " ".join(sorted(events)))
