"""Receipts of delivery: what became of a message after GOV.UK Notify had taken it.

Sent is not received: a number may be gone and a mailbox full. What did not arrive is to do again.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database
from app.errors import ResourceNotFound
from app.identity import Actor
from app.models import Communication
from app.notifications.kinds import DeliveryStatus, Medium
from app.notifications.rows import announce, record
from app.notifications.sending import acting_for

log = structlog.get_logger("app.notifications")

_LOST: dict[tuple[DeliveryStatus, Medium], str] = {
    ("permanent-failure", "sms"): (
        "The number does not exist or takes no texts. Ring the patient and ask for the right one."
    ),
    ("permanent-failure", "email"): (
        "The address does not exist. Ring the patient and ask for the right one."
    ),
    ("temporary-failure", "sms"): (
        "The phone was off, full or without a signal for too long. Ring the patient, or send it"
        " again."
    ),
    ("temporary-failure", "email"): (
        "The mailbox was full or could not be reached. Ring the patient, or send it again."
    ),
    ("technical-failure", "sms"): (
        "The text was lost between GOV.UK Notify and the network. Send it again, or ring the"
        " patient."
    ),
    ("technical-failure", "email"): (
        "The email was lost between GOV.UK Notify and the mail service. Send it again, or ring the"
        " patient."
    ),
}
"""What staff can do, by what GOV.UK Notify says of each status."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider says of one message: `id` is ours, `provider_id` its own."""

    id: UUID
    provider_id: str
    status: DeliveryStatus
    at: datetime


async def take_receipt(database: Database, receipt: Receipt) -> None:
    """Note what became of a message. Once more changes nothing, nor does a receipt of an attempt
    before the last, or of a message that somebody has told by phone meanwhile.

    Raises ResourceNotFound for a message that is not ours, or is not yet noted as sent: the
    provider asks again in five minutes.
    """
    organization_id = await _owner(database, receipt.id)
    async with database.transaction(acting_for(organization_id)) as session:
        row = await session.get_one(Communication, receipt.id, with_for_update=True)
        if row.status == "queued":
            raise ResourceNotFound("Communication", receipt.id)
        if row.status == "sent" and row.provider_id == receipt.provider_id and not row.delivery:
            _note(session, row, receipt)


async def _owner(database: Database, id: UUID) -> UUID:
    async with database.transaction(Actor(duty="jobs")) as session:
        found = await session.scalar(
            select(Communication.organization_id).where(Communication.id == id)
        )
    if found is None:
        raise ResourceNotFound("Communication", id)
    return found


def _note(session: AsyncSession, row: Communication, receipt: Receipt) -> None:
    row.delivery, row.delivery_at = receipt.status, receipt.at
    if receipt.status == "delivered":
        record(session, "U", f"Learned that a {row.kind} was delivered", row)
        announce(session, row, "delivered")
        return
    medium: Medium = "sms" if row.medium == "sms" else "email"
    row.status, row.problem = "failed", _LOST[receipt.status, medium]
    log.warning("message_not_delivered", communication=str(row.id), delivery=receipt.status)
    record(session, "U", f"Learned that a {row.kind} was not delivered", row)
    announce(session, row)
