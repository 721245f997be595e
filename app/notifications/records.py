"""The outbox as the desk sees it: what was sent, waits or failed; send again; told by phone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.errors import InvalidTransition, ResourceNotFound
from app.models import Communication, Patient
from app.models.paging import After, Page, fetch_page
from app.notifications.addressing import route_to
from app.notifications.kinds import CommunicationStatus
from app.notifications.policy import policy_of
from app.notifications.rows import announce, record
from app.notifications.sending import MOST_ATTEMPTS

TOLD = "Told by phone."


@dataclass(frozen=True, slots=True)
class CommunicationFilters:
    """Which messages; what is None does not matter."""

    status: CommunicationStatus | None = None
    appointment_id: UUID | None = None
    patient_id: UUID | None = None


async def list_communications(
    session: AsyncSession, filters: CommunicationFilters, *, after: After
) -> Page[Communication]:
    """The organisation's messages, newest first."""
    statement = select(Communication)
    if filters.status is not None:
        statement = statement.where(Communication.status == filters.status)
    if filters.appointment_id is not None:
        statement = statement.where(Communication.appointment_id == filters.appointment_id)
    if filters.patient_id is not None:
        statement = statement.where(Communication.patient_id == filters.patient_id)
    key = (Communication.created_at, Communication.id)
    page = await fetch_page(session, statement, key, after=after, newest_first=True)
    audit.record(session, "R", "Listed messages", resource="Communication")
    await session.flush()
    return page


async def read_communication(session: AsyncSession, communication_id: UUID) -> Communication:
    """Open that message. Raises ResourceNotFound."""
    found = await session.get(Communication, communication_id)
    if found is None:
        raise ResourceNotFound("Communication", communication_id)
    record(session, "R", "Opened a message", found)
    await session.flush()
    return found


async def retry(session: AsyncSession, communication_id: UUID, *, now: datetime) -> Communication:
    """Send one that failed again, by the way that is open now.

    Raises ResourceNotFound, InvalidTransition where it has not failed.
    """
    row = await _failed(session, communication_id, "queued")
    patient = await session.get_one(Patient, row.patient_id)
    route = route_to(patient, await policy_of(session))
    if not route.address:
        row.problem = route.problem
        return row
    row.status, row.medium, row.due_at, row.problem = "queued", route.medium, now, ""
    row.lease_until, row.attempts = None, min(row.attempts, MOST_ATTEMPTS - 1)
    row.provider_id, row.delivery, row.delivery_at = "", "", None
    record(session, "U", "Asked to send a message again", row)
    announce(session, row)
    await session.flush()
    return row


async def told(session: AsyncSession, communication_id: UUID) -> Communication:
    """Somebody has rung instead. Raises ResourceNotFound, InvalidTransition."""
    row = await _failed(session, communication_id, "cancelled")
    row.status, row.problem = "cancelled", TOLD
    record(session, "U", "Told a patient by phone", row)
    announce(session, row)
    await session.flush()
    return row


async def _failed(
    session: AsyncSession, communication_id: UUID, wanted: CommunicationStatus
) -> Communication:
    row = await session.scalar(
        select(Communication)
        .where(Communication.id == communication_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise ResourceNotFound("Communication", communication_id)
    if row.status != "failed":
        raise InvalidTransition("Communication", row.status, wanted)
    return row
