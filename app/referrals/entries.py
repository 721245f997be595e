"""What crews' devices send, perhaps hours later: each thing once, with when it happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import DuplicateRecord, Forbidden, InvalidTransition
from app.models import DeviceEntry, RequestNote, ServiceRequest
from app.referrals.records import announce, note, principal_in, request_of

CLOCKS_DIFFER = timedelta(minutes=5)
"""A phone's clock may be ahead of ours by this much."""
KEPT_OFFLINE = timedelta(days=7)
"""Longer than this nothing waits on a device: such a time is a wrong clock's."""
LATE = timedelta(minutes=1)
"""Sooner than this is as good as at once, and is not said."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing as a device sends it: its own id for it, and when it was entered there."""

    id: UUID | None = None
    happened_at: datetime | None = None


AT_ONCE = Entry()
"""Typed and sent, without a device that keeps it."""


def plausible(moment: datetime | None, now: datetime) -> datetime | None:
    """The time, or None where it cannot be right.

    What was entered counts even where the device's clock is wrong: it is kept without a time.
    """
    if moment is None or not now - KEPT_OFFLINE <= moment <= now + CLOCKS_DIFFER:
        return None
    return min(moment, now)


def is_late(happened_at: datetime | None, received_at: datetime) -> bool:
    """Whether it reached us so long after it happened that readers must know both times."""
    return happened_at is not None and received_at - happened_at > LATE


async def is_new(
    session: AsyncSession, request: ServiceRequest, entry: Entry, *, now: datetime
) -> bool:
    """Whether this was not done before; it is noted with its times. The request is locked.

    What comes without an id is always new. Raises DuplicateRecord for another request's id.
    """
    if entry.id is None:
        return True
    known = await session.get(DeviceEntry, entry.id)
    if known:
        if known.request_id != request.id:
            raise DuplicateRecord
        return False
    principal = principal_in(session)
    if principal.practitioner_id is None:
        raise Forbidden("Only staff can do this.")
    session.add(
        DeviceEntry(
            id=entry.id,
            organization_id=request.organization_id,
            partner_organization_id=request.partner_organization_id,
            request_id=request.id,
            recorded_by=principal.practitioner_id,
            recorded_by_name=principal.name,
            happened_at=plausible(entry.happened_at, now),
            received_at=now,
        )
    )
    return True


async def late_entries(session: AsyncSession, request_id: UUID) -> Sequence[DeviceEntry]:
    """What reached us late, in the order in which it came. The caller has read the request."""
    found = await session.scalars(
        select(DeviceEntry)
        .where(
            DeviceEntry.request_id == request_id,
            DeviceEntry.received_at - DeviceEntry.happened_at > LATE,
        )
        .order_by(DeviceEntry.received_at, DeviceEntry.happened_at, DeviceEntry.id)
    )
    return found.all()


async def write_note(
    session: AsyncSession,
    request_id: UUID,
    text: str,
    *,
    entry: Entry,
    now: datetime,
) -> RequestNote:
    """Add the crew's own words to a request. The same id again is the same note.

    Raises ResourceNotFound, Forbidden, InvalidTransition when it is over, DuplicateRecord.
    """
    request = await request_of(session, request_id, lock=True)
    principal = principal_in(session)
    if not request.is_asked_by(principal) or principal.practitioner_id is None:
        raise Forbidden("Only the crew writes notes on its request.")
    known = await session.get(RequestNote, entry.id) if entry.id else None
    if known:
        if known.request_id != request.id:
            raise DuplicateRecord
        return known
    if request.closed_at:
        raise InvalidTransition("ServiceRequest", request.state, "changed")
    written = RequestNote(
        id=entry.id or uuid4(),
        organization_id=request.organization_id,
        partner_organization_id=request.partner_organization_id,
        request_id=request.id,
        author_id=principal.practitioner_id,
        author_name=principal.name,
        patient_id=request.patient_id,
        text=text,
        written_at=plausible(entry.happened_at, now),
        received_at=now,
    )
    session.add(written)
    note(session, "C", "write note on ServiceRequest", request)
    announce(session, "request.changed", request)
    await session.flush()
    return written


async def notes_of(session: AsyncSession, request_id: UUID) -> Sequence[RequestNote]:
    """A request's notes in the order in which they were written. Raises ResourceNotFound,
    Forbidden."""
    request = await request_of(session, request_id)
    note(session, "R", "read notes of ServiceRequest", request)
    found = await session.scalars(
        select(RequestNote)
        .where(RequestNote.request_id == request.id)
        .order_by(RequestNote.written_at.nulls_last(), RequestNote.received_at, RequestNote.id)
        .limit(500)
    )
    return found.all()
