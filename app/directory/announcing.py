"""The domain events of the directory: a record was added or changed. Ids and states only."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app import outbox
from app.models import HealthcareService, Location, Patient, Practitioner

DirectoryEvent = Literal[
    "patient.registered",
    "patient.changed",
    "practitioner.added",
    "practitioner.changed",
    "service.added",
    "service.changed",
    "location.added",
    "location.changed",
]


def announce(
    session: AsyncSession,
    event: DirectoryEvent,
    record: Patient | Practitioner | HealthcareService | Location,
) -> None:
    """Tell the desk and the administrators. What changed is read by the id."""
    payload: dict[str, object] = {"version": record.version}
    if not isinstance(record, Patient):
        payload["status"] = "active" if record.active else "inactive"
    outbox.emit(
        session,
        event,
        record.id,
        audience=[
            f"administrator@{record.organization_id}",
            f"scheduler@{record.organization_id}",
        ],
        payload=payload,
    )
