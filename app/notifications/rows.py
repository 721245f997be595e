"""Rows of the communication table: added once each, and told of to whoever watches."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.database import organization_of
from app.models import Communication
from app.notifications.kinds import CommunicationStatus, Kind, Medium
from app.notifications.policy import audience


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said, to whom and when. The words are made when it is sent."""

    kind: Kind
    medium: Medium
    dedupe_key: str
    patient_id: UUID
    due_at: datetime
    appointment_id: UUID | None = None
    offer_id: UUID | None = None
    says: str = ""


async def add(
    session: AsyncSession,
    message: Message,
    *,
    status: CommunicationStatus = "queued",
    problem: str = "",
) -> Communication | None:
    """The new row; None where one of this key is there already."""
    values = {
        "organization_id": organization_of(session),
        "status": status,
        "problem": problem,
        **asdict(message),
    }
    inserting = insert(Communication).values(values).on_conflict_do_nothing()
    added = await session.scalar(inserting.returning(Communication))
    if added is not None:
        record(session, "C", f"Queued a {message.kind}", added)
        announce(session, added)
    return added


def drop(session: AsyncSession, row: Communication, why: str) -> None:
    """Leave it unsaid."""
    row.drop(why)
    record(session, "U", f"Dropped a {row.kind}", row)
    announce(session, row)


def record(session: AsyncSession, action: audit.Action, what: str, row: Communication) -> None:
    """Note a deed on a message."""
    audit.record(
        session,
        action,
        what,
        resource="Communication",
        resource_id=row.id,
        patient_id=row.patient_id,
    )


def announce(session: AsyncSession, row: Communication) -> None:
    """`communication.queued`, `.sent`, `.failed` or `.cancelled`, to the desk."""
    payload: dict[str, object] = {"kind": row.kind, "medium": row.medium, "status": row.status}
    if row.appointment_id:
        payload["appointment_id"] = str(row.appointment_id)
    outbox.emit(
        session,
        f"communication.{row.status}",
        row.id,
        audience=audience(session),
        payload=payload,
    )
