"""Group commit: what all sockets of this process received in the last moment is one transaction
for each organisation. Nothing is acknowledged before it is committed.

The room for what waits is bounded: when the database is slow, senders wait, and memory does not
grow.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import utc_now
from app.database import Database
from app.identity import Actor, Principal
from app.observations.feed.lines import Outcome
from app.observations.feed.placing import Known, known_monitors
from app.observations.feed.storing import By, Placed, lock_requests, note, store
from app.observations.measuring import Measurement
from app.observations.subjects import Subject

GATHER_SECONDS = 0.15
"""Less than anybody sees; seven commits a second whatever the number of devices."""
AGAIN_SECONDS = 1.0
MOST_WAITING = 20_000
"""Lines of all senders: 40 s of what 100 devices send. Half a kilobyte each."""
MOST_AT_ONCE = 2_000
"""Lines in one transaction."""
NOTED_EACH = 600.0
"""Seconds between two audit events of one monitor with one patient."""
_TRANSIENT = ("08", "53", "57", "40", "55")
"""SQLSTATE classes that pass: connection, resources, operator, rollback, lock."""

log = structlog.get_logger(__name__)


@dataclass(eq=False, slots=True)
class Parcel:
    """What one monitor sent in one message. `done` has an outcome for each line, in order."""

    monitor_id: UUID
    organization_id: UUID
    measurements: Sequence[Measurement]
    done: asyncio.Future[list[Outcome]] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    linked: bool = False
    """Whether the monitor measures somebody, as known when it was stored."""

    @property
    def earliest(self) -> datetime:
        """When its first reading was taken."""
        return min(each.taken_at for each in self.measurements)


class Intake:
    """The one writer of a web process's device feed."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._waiting: list[Parcel] = []
        self._lines = 0
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._noted: dict[tuple[UUID, UUID], float] = {}

    async def put(self, parcel: Parcel) -> None:
        """Leave it to be stored; waits while there is no room."""
        while self._lines >= MOST_WAITING:
            self._room.clear()
            await self._room.wait()
        self._waiting.append(parcel)
        self._lines += len(parcel.measurements)
        self._arrived.set()

    async def run(self) -> None:
        """Store what comes, for ever. A database that is away is waited for."""
        while True:
            await self._arrived.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._arrived.clear()
            for organization_id, parcels in self._taken().items():
                await self._store(organization_id, parcels)
            if self._waiting:
                self._arrived.set()
            self._room.set()

    def _taken(self) -> dict[UUID, list[Parcel]]:
        """The oldest, as many as one transaction takes, by organisation."""
        taken: dict[UUID, list[Parcel]] = {}
        count = 0
        while self._waiting and count < MOST_AT_ONCE:
            parcel = self._waiting.pop(0)
            count += len(parcel.measurements)
            taken.setdefault(parcel.organization_id, []).append(parcel)
        return taken

    async def _store(self, organization_id: UUID, parcels: list[Parcel]) -> None:
        try:
            await self._attempt(organization_id, parcels)
        except (DBAPIError, PoolTimeout, OSError) as error:
            log.error("device_feed_interrupted", kind=type(error).__name__)
            if _passes(error):
                await asyncio.sleep(AGAIN_SECONDS)
                self._back(parcels)
            else:
                await self._one_by_one(organization_id, parcels)

    async def _one_by_one(self, organization_id: UUID, parcels: Sequence[Parcel]) -> None:
        """One of them cannot be stored: the others are not held up by it."""
        for parcel in parcels:
            try:
                await self._attempt(organization_id, [parcel])
            except (DBAPIError, PoolTimeout, OSError) as error:
                if _passes(error):
                    self._back([parcel])
                    continue
                log.error("parcel_refused", kind=type(error).__name__)
                self._settle(parcel, [_fault(each) for each in parcel.measurements])

    def _back(self, parcels: Iterable[Parcel]) -> None:
        """First in the row again."""
        self._waiting[:0] = parcels

    async def _attempt(self, organization_id: UUID, parcels: list[Parcel]) -> None:
        now = self._clock()
        async with self._database.transaction(_actor(organization_id)) as session:
            batch = await _Batch.of(session, parcels, now)
            outcomes = await store(session, batch.placed, now=now)
            self._note(session, batch)
        for parcel in batch.deferred:
            self._back([parcel])
        batch.hand_out(outcomes, self._settle)

    def _settle(self, parcel: Parcel, outcomes: list[Outcome]) -> None:
        self._lines -= len(parcel.measurements)
        if not parcel.done.done():  # its socket may have gone
            parcel.done.set_result(outcomes)

    def _note(self, session: AsyncSession, batch: "_Batch") -> None:
        """One audit event for each monitor and patient, and another each ten minutes."""
        present = asyncio.get_running_loop().time()
        for placed in batch.placed:
            assert placed.by.monitor_id is not None  # noqa: S101 (a monitor sent it)
            key = (placed.by.monitor_id, placed.subject.record_id)
            if present - self._noted.get(key, -NOTED_EACH) >= NOTED_EACH:
                self._noted[key] = present
                note(session, "record Observations from Monitor", placed.subject, placed.by.name)
        if len(self._noted) > MOST_WAITING:
            self._noted.clear()


@dataclass(slots=True)
class _Batch:
    """Parcels, each with whose its lines are. What is locked by others waits for the next."""

    placed: list[Placed] = field(default_factory=list)
    deferred: list[Parcel] = field(default_factory=list)
    kept: list[tuple[Parcel, list[Outcome | None]]] = field(default_factory=list)
    """Each parcel that is dealt with: a refusal for a line, or None where it is among `placed`."""

    @classmethod
    async def of(cls, session: AsyncSession, parcels: Sequence[Parcel], now: datetime) -> "_Batch":
        known = await known_monitors(
            session,
            {parcel.monitor_id for parcel in parcels},
            since=min(parcel.earliest for parcel in parcels),
            now=now,
        )
        wanted = {parcel: _requests_of(parcel, known.get(parcel.monitor_id)) for parcel in parcels}
        ids = {each for requests in wanted.values() for each in requests if each}
        locked = await lock_requests(session, ids) if ids else {}
        subjects = {key: Subject(None, request) for key, request in locked.items()}
        batch = cls()
        for parcel, requests in wanted.items():
            monitor = known.get(parcel.monitor_id)
            parcel.linked = bool(monitor and monitor.is_linked)
            if any(each is not None and each not in locked for each in requests):
                batch.deferred.append(parcel)
            else:
                batch._add(parcel, requests, monitor, subjects)
        return batch

    def _add(
        self,
        parcel: Parcel,
        requests: Sequence[UUID | None],
        monitor: Known | None,
        subjects: dict[UUID, Subject],
    ) -> None:
        outcomes: list[Outcome | None] = []
        for measurement, request_id in zip(parcel.measurements, requests, strict=True):
            if monitor is None or request_id is None:
                outcomes.append(_nobodys(measurement, revoked=monitor is None))
                continue
            by = By(monitor.monitor.name, monitor_id=monitor.monitor.id)
            self.placed.append(Placed(measurement, subjects[request_id], by))
            outcomes.append(None)
        self.kept.append((parcel, outcomes))

    def hand_out(
        self,
        stored: Sequence[Outcome],
        settle: Callable[[Parcel, list[Outcome]], None],
    ) -> None:
        """Give each parcel what became of its lines."""
        following = iter(stored)
        for parcel, outcomes in self.kept:
            settle(parcel, [each or next(following) for each in outcomes])


def _requests_of(parcel: Parcel, monitor: Known | None) -> list[UUID | None]:
    if monitor is None:
        return [None] * len(parcel.measurements)
    return [monitor.request_at(each.taken_at) for each in parcel.measurements]


def _nobodys(measurement: Measurement, *, revoked: bool) -> Outcome:
    if revoked:
        return Outcome(measurement.id, "refused", "revoked", "This monitor is not in use any more.")
    return Outcome(
        measurement.id, "refused", "not-linked", "No patient is linked for this reading's time."
    )


def _fault(measurement: Measurement) -> Outcome:
    return Outcome(measurement.id, "refused", "fault", "The fault is ours. Send it again later.")


def _passes(error: Exception) -> bool:
    """Whether the same may well succeed in a moment."""
    if not isinstance(error, DBAPIError):
        return True
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or not state or state.startswith(_TRANSIENT)


def _actor(organization_id: UUID) -> Actor:
    principal = Principal(
        kind="system",
        subject=organization_id,
        organization_id=organization_id,
        name="Openconsult device feed",
    )
    return Actor.of(principal)
