"""Where people can be reached: a page is open, or they said that they are away."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import Forbidden
from app.identity import Principal
from app.models import Presence
from app.outbox import emit
from app.referrals.on_call.waking import wake_unanswered
from app.referrals.records import principal_in

WRITTEN_EVERY = timedelta(seconds=15)
"""Several pages of one person write one row: once in so long is enough."""


async def seen(session: AsyncSession, principal: Principal, *, now: datetime) -> bool:
    """A page of theirs is open. Written at most every `WRITTEN_EVERY`; whether it was."""
    if principal.kind != "staff" or principal.practitioner_id is None:
        return False
    row = insert(Presence).values(
        organization_id=principal.organization_id,
        practitioner_id=principal.practitioner_id,
        last_seen_at=now,
        created_at=now,
    )
    written = row.on_conflict_do_update(
        index_elements=[Presence.practitioner_id],
        set_={"last_seen_at": now},
        where=or_(Presence.last_seen_at.is_(None), Presence.last_seen_at <= now - WRITTEN_EVERY),
    ).returning(Presence.id)
    return await session.scalar(written) is not None


async def say_away(session: AsyncSession, *, away: bool, now: datetime) -> Presence:
    """Away, or back again: requests that nobody answers ring for who comes back.

    The same again is no error. Raises Forbidden for those who are nobody in person.
    """
    principal = principal_in(session)
    if principal.practitioner_id is None:
        raise Forbidden("Only members of staff can be away.")
    presence = await _row(session, principal.organization_id, principal.practitioner_id, now)
    if away == (presence.away_since is not None):
        return presence
    presence.away_since = now if away else None
    if not away:
        presence.back_at = now
        await wake_unanswered(session, principal.organization_id, now=now)
    audit.record(
        session,
        "U",
        "say away" if away else "say back",
        resource="Presence",
        resource_id=presence.id,
    )
    emit(
        session,
        "presence.changed",
        principal.practitioner_id,
        audience={f"clinician@{principal.organization_id}"},
        payload={"away": away},
    )
    await session.flush()
    return presence


async def _row(
    session: AsyncSession, organization_id: UUID, practitioner_id: UUID, now: datetime
) -> Presence:
    """Their row, locked; made where there is none."""
    values = {"organization_id": organization_id, "practitioner_id": practitioner_id}
    making = insert(Presence).values(created_at=now, **values)
    found: Presence | None = await session.scalar(
        making.on_conflict_do_update(
            index_elements=[Presence.practitioner_id], set_={"practitioner_id": practitioner_id}
        ).returning(Presence),
        execution_options={"populate_existing": True},
    )
    assert found is not None  # noqa: S101 (inserted or updated, it is returned)
    return found
