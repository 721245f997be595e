"""What a deed leaves behind: an audit event, and a domain event without anything personal."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit, outbox
from app.models import Appointment


def record(
    session: AsyncSession, action: audit.Action, what: str, appointment: Appointment
) -> None:
    """Who did what to which appointment."""
    audit.record(
        session,
        action,
        what,
        resource="Appointment",
        resource_id=appointment.id,
        patient_id=appointment.patient_id,
    )


def announce(
    session: AsyncSession,
    event: str,
    appointment: Appointment,
    *,
    also: Iterable[UUID] = (),
    previous_start: datetime | None = None,
) -> None:
    """Tell the desk, whoever takes part, `also` those who do no more, and a partner that booked
    it. Of a move, `previous_start` is when it was."""
    people = {*appointment.actor_ids, *also}
    desks = {appointment.organization_id, appointment.booked_by_organization_id} - {None}
    moved = {"previous_start": previous_start.isoformat()} if previous_start else {}
    outbox.emit(
        session,
        event,
        appointment.id,
        audience=[
            *(f"practitioner:{person}" for person in people),
            *(f"scheduler@{desk}" for desk in desks),
        ],
        payload={
            "practitioner_id": str(appointment.practitioner_id),
            "service_id": str(appointment.service_id),
            "status": appointment.status,
            "start": appointment.start.isoformat(),
            "end": appointment.end.isoformat(),
            "version": appointment.version,
            "sequence": appointment.sequence,
            "series_id": str(appointment.series_id) if appointment.series_id else None,
            **moved,
        },
    )
