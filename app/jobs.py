"""Work beside requests, on PostgreSQL: a row's lease, and jobs that one node does at a time."""

import asyncio
import os
import socket
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy import ColumnElement, delete, inspect, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import utc_now
from app.database import Database
from app.identity import Actor
from app.models import Base, JobLease

JOBS = Actor(duty="jobs")
OWNER = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
"""This process, in lease rows."""
LEASE = timedelta(seconds=30)
"""After this long without a sign of life another node takes a job over."""
FORGOTTEN_AT_ONCE = 500
"""Rows in one transaction: a long one would hold everybody's events back."""
AWAY = (DBAPIError, PoolTimeout, OSError)

Work = Callable[[datetime], Awaitable[object]]
Clock = Callable[[], datetime]

log = structlog.get_logger(__name__)


async def claim(
    session: AsyncSession, model: type[Base], row_id: UUID, *, now: datetime, lease: timedelta
) -> bool:
    """Whether the row is this caller's until `now + lease`: of many who ask, one's.

    `model` has the columns `id` and `lease_until`. Whoever is done clears the lease with the
    result; of whoever dies, the lease runs out.
    """
    columns = inspect(model).columns
    claimed = await session.scalar(
        update(model)
        .where(columns.id == row_id)
        .where(or_(columns.lease_until.is_(None), columns.lease_until <= now))
        .values(lease_until=now + lease)
        .returning(columns.id),
        execution_options={"synchronize_session": False},
    )
    return claimed is not None


async def every(
    database: Database, name: str, period: timedelta, work: Work, *, clock: Clock = utc_now
) -> None:
    """Do `work` each `period`, for ever, on whichever node is first. It survives any error:
    what is wrong with one job must not end the process that also serves pages."""
    while True:
        wait = period
        try:
            wait = await once(database, name, period, work, clock=clock)
        except Exception as error:
            log.error("job_failed", job=name, kind=type(error).__name__)
        await asyncio.sleep(wait.total_seconds())


async def once(
    database: Database,
    name: str,
    period: timedelta,
    work: Work,
    *,
    clock: Clock = utc_now,
    owner: str = OWNER,
) -> timedelta:
    """Do `work` if it is due and nobody is at it; how long to wait before asking again."""
    started = clock()
    busy_until = await _take(database, name, owner, started, started + LEASE)
    if busy_until is not None:
        return min(max(busy_until - started, timedelta(0)), period)
    renewing = asyncio.create_task(_renew(database, name, owner, clock))
    try:
        await work(started)
    finally:
        renewing.cancel()
        await asyncio.wait([renewing])
        # Failed or done, it is not due again before the period is over.
        await _keep(database, name, owner, started + period)
    return max(started + period - clock(), timedelta(0))


async def _take(
    database: Database, name: str, owner: str, now: datetime, until: datetime
) -> datetime | None:
    """None when the job is ours now, else when it is free at the earliest."""
    ours = {"owner": owner, "lease_until": until}
    taking = (
        insert(JobLease)
        .values(name=name, **ours)
        .on_conflict_do_update(
            index_elements=[JobLease.name], set_=ours, where=JobLease.lease_until <= now
        )
        .returning(JobLease.name)
    )
    async with database.transaction(JOBS) as session:
        if await session.scalar(taking) is not None:
            return None
        theirs = select(JobLease.lease_until).where(JobLease.name == name)
        return await session.scalar(theirs) or until


async def _renew(database: Database, name: str, owner: str, clock: Clock) -> None:
    """Show signs of life while the work goes on."""
    while True:
        await asyncio.sleep(LEASE.total_seconds() / 3)
        with suppress(*AWAY):  # the next one may get through, before the lease has run out
            await _keep(database, name, owner, clock() + LEASE)


async def _keep(database: Database, name: str, owner: str, until: datetime) -> None:
    keeping = update(JobLease).where(JobLease.name == name, JobLease.owner == owner)
    async with database.transaction(JOBS) as session:
        await session.execute(keeping.values(lease_until=until))


async def forget(database: Database, model: type[Base], which: ColumnElement[bool]) -> int:
    """Remove these rows for good: found across organisations, which the table's policy must allow,
    then removed as the organisation that they are of. How many went."""
    gone = 0
    while True:
        found = await _forget_some(database, model, which)
        gone += found
        if found < FORGOTTEN_AT_ONCE:
            return gone


async def _forget_some(database: Database, model: type[Base], which: ColumnElement[bool]) -> int:
    columns = inspect(model).columns
    async with database.transaction(JOBS) as session:
        rows = await session.execute(
            select(columns.organization_id, columns.id).where(which).limit(FORGOTTEN_AT_ONCE)
        )
        of: dict[UUID, list[UUID]] = defaultdict(list)
        for organization_id, row_id in rows:
            of[organization_id].append(row_id)
    for organization_id, row_ids in of.items():
        async with database.transaction(Actor(organization_id)) as session:
            await session.execute(
                delete(model).where(columns.id.in_(row_ids)),
                execution_options={"synchronize_session": False},
            )
    return sum(map(len, of.values()))
