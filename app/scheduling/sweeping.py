"""What a job removes again and again: holds that ran out, time that has passed, old answers.

Each finds its rows across organisations, then removes them as the organisation they are of.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import jobs
from app.database import Database
from app.identity import Actor
from app.jobs import JOBS
from app.models import Appointment, IdempotencyKey, Occupancy, Organization
from app.scheduling.booking.occupancies import drop_holds
from app.scheduling.booking.records import announce
from app.scheduling.idempotency import LIFETIME

AT_ONCE = 500
"""Rows in one transaction: a long one would hold everybody's events back."""
PASSED_FOR = timedelta(days=1)
"""Time that is over blocks nothing; the day's pages may still look at it."""


async def drop_expired_holds(database: Database, now: datetime) -> int:
    """Remove holds that ran out and tell whoever waits for their time; how many went."""
    async with database.transaction(JOBS) as session:
        rows = await session.execute(
            select(Appointment.organization_id, Appointment.id)
            .where(Appointment.status == "pending", Appointment.hold_expires_at <= now)
            .order_by(Appointment.hold_expires_at)
            .limit(AT_ONCE)
        )
        expired = _by_organization((row.organization_id, row.id) for row in rows)
    gone = 0
    for organization_id, hold_ids in expired.items():
        async with database.transaction(Actor(organization_id)) as session:
            dropped = await drop_holds(session, hold_ids, now=now)
            for held in dropped:
                announce(session, "appointment.changed", held)
            gone += len(dropped)
    return gone


def _by_organization(rows: Iterable[tuple[UUID, UUID]]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for organization_id, row_id in rows:
        found[organization_id].append(row_id)
    return found


async def forget_passed_time(database: Database, now: datetime) -> int:
    """Remove occupancies that ended more than a day ago: the constraint's index stays small,
    however long an installation runs. How many went."""
    return await jobs.forget(database, Occupancy, Occupancy.ends_at <= now - PASSED_FOR)


async def forget_old_answers(database: Database, now: datetime) -> int:
    """Remove answers kept for repeated calls, after their day; how many went."""
    async with database.transaction(JOBS) as session:
        organizations = (await session.scalars(select(Organization.id))).all()
    gone = 0
    for organization_id in organizations:
        while True:
            async with database.transaction(Actor(organization_id)) as session:
                forgotten = await _forget_answers(session, now)
            gone += forgotten
            if forgotten < AT_ONCE:
                break
    return gone


async def _forget_answers(session: AsyncSession, now: datetime) -> int:
    old = (
        select(IdempotencyKey.id)
        .where(IdempotencyKey.created_at <= now - LIFETIME)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    forgetting = delete(IdempotencyKey).where(IdempotencyKey.id.in_(old))
    gone = await session.scalars(
        forgetting.returning(IdempotencyKey.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())
