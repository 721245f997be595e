"""Rows of the communication table: added once each, and told of to whoever watches."""

from collections.abc import Sequence
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
    """What is to be said, to whom and when. The words are made when it is sent. Where there is no
    way, `status` is failed and `problem` says what staff can do."""

    kind: Kind
    medium: Medium
    dedupe_key: str
    patient_id: UUID
    due_at: datetime
    appointment_id: UUID | None = None
    offer_id: UUID | None = None
    says: str = ""
    status: CommunicationStatus = "queued"
    problem: str = ""


async def add(session: AsyncSession, messages: Sequence[Message]) -> Sequence[Communication]:
    """The new rows, in one statement, without those whose key is there already."""
    if not messages:
        return []
    organization_id = organization_of(session)
    values = [{"organization_id": organization_id, **asdict(message)} for message in messages]
    inserting = insert(Communication).on_conflict_do_nothing().returning(Communication)
    added = (await session.scalars(inserting, values)).all()
    for row in added:
        record(session, "C", f"Queued a {row.kind}", row)
        announce(session, row)
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


def announce(session: AsyncSession, row: Communication, what: str = "") -> None:
    """`communication.queued`, `.sent`, `.failed` or `.cancelled`, as the row stands, or `what`, to
    the desk."""
    payload: dict[str, object] = {"kind": row.kind, "medium": row.medium, "status": row.status}
    if row.appointment_id:
        payload["appointment_id"] = str(row.appointment_id)
    outbox.emit(
        session,
        f"communication.{what or row.status}",
        row.id,
        audience=audience(session),
        payload=payload,
    )
