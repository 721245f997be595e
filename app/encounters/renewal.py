"""Another link for a patient: in place of the one they lost or locked, or beside it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.encounters.links import new_link
from app.encounters.planning import WORKS_AFTER
from app.encounters.waits import OPENS_BEFORE
from app.errors import EncounterOver, ResourceNotFound
from app.models import Appointment, Encounter, EncounterParticipant, JoinLink


@dataclass(frozen=True, slots=True)
class Renewed:
    """The new link's secret, shown once."""

    secret: str
    expires_at: datetime


async def renew_link(session: AsyncSession, appointment_id: UUID, *, now: datetime) -> Renewed:
    """Make another link for the appointment's patient; those before it stop working.

    Raises ResourceNotFound where nobody is booked, EncounterOver.
    """
    encounter, appointment, seat = await _patients_seat(session, appointment_id)
    if encounter.is_over:
        raise EncounterOver
    await session.execute(
        update(JoinLink)
        .where(JoinLink.participant_id == seat.id, JoinLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    renewed = _another(session, appointment, seat, now)
    _note(session, "renew JoinLink", encounter)
    await session.flush()
    return renewed


async def add_link(session: AsyncSession, appointment_id: UUID, *, now: datetime) -> Renewed | None:
    """One more link for the appointment's patient; those before it go on working.

    Only digests are kept, so each message carries a link of its own. None where there is no
    consultation to join, or it is over.
    """
    try:
        encounter, appointment, seat = await _patients_seat(session, appointment_id)
    except ResourceNotFound:
        return None
    if encounter.is_over:
        return None
    added = _another(session, appointment, seat, now)
    _note(session, "add JoinLink", encounter)
    await session.flush()
    return added


def _another(
    session: AsyncSession, appointment: Appointment, seat: EncounterParticipant, now: datetime
) -> Renewed:
    link, secret = new_link(seat, expires_at=max(appointment.end, now) + WORKS_AFTER)
    link.opens_at = appointment.start - OPENS_BEFORE
    session.add(link)
    return Renewed(secret, link.expires_at)


def _note(session: AsyncSession, what: str, encounter: Encounter) -> None:
    audit.record(
        session,
        "U",
        what,
        resource="Encounter",
        resource_id=encounter.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )


async def _patients_seat(
    session: AsyncSession, appointment_id: UUID
) -> tuple[Encounter, Appointment, EncounterParticipant]:
    found = await session.execute(
        select(Encounter, Appointment, EncounterParticipant)
        .join(Appointment, Appointment.id == Encounter.appointment_id)
        .join(EncounterParticipant, EncounterParticipant.encounter_id == Encounter.id)
        .where(Appointment.id == appointment_id, EncounterParticipant.role == "patient")
        .with_for_update(of=Encounter)
    )
    row = found.one_or_none()
    if row is None:
        raise ResourceNotFound("Appointment", appointment_id)
    return row[0], row[1], row[2]
