"""A new link for a patient who lost theirs, or locked it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.encounters.links import new_link
from app.encounters.planning import OPENS_BEFORE, WORKS_AFTER
from app.errors import EncounterOver, ResourceNotFound
from app.models import Appointment, Encounter, EncounterParticipant, JoinLink


@dataclass(frozen=True, slots=True)
class Renewed:
    """The new link's secret, shown once."""

    secret: str
    expires_at: datetime


async def renew_link(session: AsyncSession, appointment_id: UUID, *, now: datetime) -> Renewed:
    """Make another link for the appointment's patient; those before it stop working.

    Raises ResourceNotFound where there is no video appointment, EncounterOver.
    """
    encounter, appointment, seat = await _patients_seat(session, appointment_id)
    if encounter.is_over:
        raise EncounterOver
    await session.execute(
        update(JoinLink)
        .where(JoinLink.participant_id == seat.id, JoinLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    link, secret = new_link(seat, expires_at=max(appointment.end, now) + WORKS_AFTER)
    link.opens_at = appointment.start - OPENS_BEFORE
    session.add(link)
    audit.record(
        session,
        "U",
        "renew JoinLink",
        resource="Encounter",
        resource_id=encounter.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
    await session.flush()
    return Renewed(secret, link.expires_at)


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
        raise ResourceNotFound("video Appointment", appointment_id)
    return row[0], row[1], row[2]
