"""Rows of the appointment table, written under its exclusion constraints.

Inserts use ON CONFLICT DO NOTHING: a bare insert under an exclusion constraint deadlocks when
many race for one slot (docs/decisions/0002). Whoever updates rows under a constraint locks the
practitioner and the patient first, in that order, so that two moves cannot wait for each other.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from app import audit, outbox
from app.database import organization_of
from app.errors import DomainError, PatientBusy, SlotNotFree
from app.models import Appointment, Patient, Practitioner
from app.scheduling.availability import Period
from app.scheduling.places import Place
from app.scheduling.search import as_range, is_live, next_free

ATTEMPTS = 3
"""An insert stopped by a hold that ran out, or by what is gone a moment later, is tried again."""


async def insert_row(
    session: AsyncSession, place: Place, values: Mapping[str, object], *, now: datetime
) -> Appointment:
    row = {
        "organization_id": organization_of(session),
        "practitioner_id": place.practitioner.id,
        "service_id": place.service.id,
        "during": as_range(place.period),
        "time_zone": place.time_zone,
        "wall_start": place.wall_start,
        "channel": place.service.channel,
        **values,
    }
    for _ in range(ATTEMPTS):
        inserting = insert(Appointment).values(row).on_conflict_do_nothing().returning(Appointment)
        inserted = await session.scalar(inserting)
        if inserted is not None:
            return inserted
        refusal = await why_not(session, place, values.get("patient_id"), now=now)
        if refusal is not None:
            raise refusal
        await drop_expired_holds(session, place.practitioner.id, place.period, now)
    raise await not_free(session, place, now=now)


async def drop_expired_holds(
    session: AsyncSession, practitioner_id: UUID, period: Period, now: datetime
) -> None:
    expired = (
        select(Appointment.id)
        .where(
            Appointment.practitioner_id == practitioner_id,
            Appointment.status == "pending",
            Appointment.hold_expires_at <= now,
            Appointment.during.overlaps(as_range(period)),
        )
        .with_for_update(skip_locked=True)
    )
    dropping = delete(Appointment).where(Appointment.id.in_(expired))
    await session.execute(dropping, execution_options={"synchronize_session": False})


async def why_not(
    session: AsyncSession,
    place: Place,
    patient_id: object,
    *,
    now: datetime,
    moving: UUID | None = None,
) -> DomainError | None:
    """The refusal for what stands in the way; None where it has gone in the meantime."""
    there = (
        select(Appointment.id)
        .where(Appointment.during.overlaps(as_range(place.period)), is_live(now))
        .limit(1)
    )
    if moving is not None:
        there = there.where(Appointment.id != moving)
    if await session.scalar(there.where(Appointment.practitioner_id == place.practitioner.id)):
        return await not_free(session, place, now=now)
    if patient_id and await session.scalar(there.where(Appointment.patient_id == patient_id)):
        return PatientBusy()
    return None


async def not_free(session: AsyncSession, place: Place, *, now: datetime) -> SlotNotFree:
    return SlotNotFree(
        await next_free(
            session, place.service.id, place.practitioner.id, near=place.period.start, now=now
        )
    )


async def update_row(
    session: AsyncSession, statement: ReturningUpdate[Appointment]
) -> Appointment | None:
    """The updated row; None where none matched or an exclusion constraint refused."""
    try:
        async with session.begin_nested():
            return await session.scalar(statement, execution_options={"populate_existing": True})
    except IntegrityError as error:
        if "ex_appointment_" not in str(error.orig):
            raise
        return None


async def lock_people(
    session: AsyncSession, *, practitioners: Iterable[UUID], patient_id: UUID | None
) -> None:
    people = sorted(set(practitioners))
    if people:
        wanted = select(Practitioner.id).where(Practitioner.id.in_(people))
        await session.execute(wanted.order_by(Practitioner.id).with_for_update(key_share=True))
    if patient_id:
        patient = select(Patient.id).where(Patient.id == patient_id)
        await session.execute(patient.with_for_update(key_share=True))


def record(
    session: AsyncSession, action: audit.Action, what: str, appointment: Appointment
) -> None:
    audit.record(
        session,
        action,
        what,
        resource="Appointment",
        resource_id=appointment.id,
        patient_id=appointment.patient_id,
    )


def announce(
    session: AsyncSession, event: str, appointment: Appointment, *, also: UUID | None = None
) -> None:
    people = {appointment.practitioner_id, also or appointment.practitioner_id}
    outbox.emit(
        session,
        event,
        appointment.id,
        audience=[
            *(f"practitioner:{person}" for person in people),
            f"scheduler@{appointment.organization_id}",
        ],
        payload={
            "practitioner_id": str(appointment.practitioner_id),
            "status": appointment.status,
            "start": appointment.start.isoformat(),
        },
    )
