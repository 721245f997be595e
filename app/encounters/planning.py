"""An encounter follows its appointment: planned, moved and called off with it."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.directory import Named
from app.encounters.links import new_link
from app.encounters.records import encounter_id_of, participants_of
from app.encounters.rooms import announce_end, locked_room
from app.encounters.seating import seat_staff
from app.encounters.waits import OPENS_BEFORE
from app.identity import Principal
from app.models import (
    Appointment,
    Encounter,
    EncounterParticipant,
    JoinLink,
    ServiceRequest,
)
from app.writing import append_rows_later

WORKS_AFTER = timedelta(hours=24)
"""Clinics run late, and people read afterwards what was agreed."""


def plan_for_appointment(
    session: AsyncSession,
    appointment: Appointment,
    practitioner: Named,
    patient: Named,
    *,
    now: datetime,
) -> str:
    """Plan the consultation of an appointment, over whatever channel; `seat_others` gives further
    staff a seat.

    Returns the secret of the patient's join link: it is shown once, and only its digest is kept.
    """
    encounter = Encounter(
        id=uuid4(),
        created_at=now,
        organization_id=appointment.organization_id,
        appointment_id=appointment.id,
        group_session_id=appointment.group_session_id,
        practitioner_id=practitioner.id,
        patient_id=patient.id,
        planned_start=appointment.start,
    )
    seats = _seats(encounter, practitioner, patient)
    link, secret = new_link(seats[-1], expires_at=appointment.end + WORKS_AFTER)
    link.opens_at = appointment.start - OPENS_BEFORE
    append_rows_later(session, encounter, *seats, link)
    _audit(session, "C", "plan Encounter", encounter)
    return secret


async def plan_for_request(
    session: AsyncSession, request: ServiceRequest, specialist: Principal, *, now: datetime
) -> Encounter:
    """Open the consultation of an accepted request: the specialist's house, the crew's too."""
    encounter = Encounter(
        organization_id=specialist.organization_id,
        partner_organization_id=request.organization_id,
        service_request_id=request.id,
        practitioner_id=specialist.practitioner_id,
        patient_id=request.patient_id,
        planned_start=now,
        created_at=now,
    )
    session.add(encounter)
    await session.flush()
    crew = f"{request.requester_name}, {request.call_sign}".strip(", ")
    session.add_all(
        EncounterParticipant(
            organization_id=encounter.organization_id,
            partner_organization_id=encounter.partner_organization_id,
            encounter_id=encounter.id,
            role=role,
            name=name,
            practitioner_id=practitioner_id,
        )
        for role, name, practitioner_id in (
            ("specialist", specialist.name, specialist.practitioner_id),
            ("crew", crew, request.requester_id),
        )
    )
    _audit(session, "C", "plan Encounter", encounter)
    await session.flush()
    return encounter


def _seats(
    encounter: Encounter, practitioner: Named, patient: Named
) -> tuple[EncounterParticipant, EncounterParticipant]:
    """The clinician's seat, and the patient's."""
    clinician = EncounterParticipant(
        id=uuid4(),
        organization_id=encounter.organization_id,
        encounter_id=encounter.id,
        role="clinician",
        name=practitioner.display_name,
        practitioner_id=practitioner.id,
    )
    seat = EncounterParticipant(
        id=uuid4(),
        organization_id=encounter.organization_id,
        encounter_id=encounter.id,
        role="patient",
        name=patient.display_name,
        patient_id=patient.id,
    )
    return clinician, seat


async def seat_others(session: AsyncSession, appointment: Appointment, *, now: datetime) -> None:
    """Give everybody of the staff whom a planned appointment names a seat in its consultation."""
    encounter = await _of_appointment(session, appointment.id)
    if encounter is not None:
        await seat_staff(session, encounter, appointment.actor_ids, now=now)
        await session.flush()


async def follow_appointment(
    session: AsyncSession, appointment: Appointment, *, now: datetime
) -> None:
    """The appointment has another time: the door opens then, and the same link goes on working.

    Who waits at `now` for a door that has not opened yet gives up the place in the queue.
    """
    encounter = await _of_appointment(session, appointment.id)
    if encounter is None or encounter.is_over:
        return
    encounter.planned_start = appointment.start
    encounter.group_session_id = appointment.group_session_id
    _audit(session, "U", "move Encounter", encounter)
    encounter.practitioner_id = appointment.practitioner_id
    await seat_staff(session, encounter, appointment.actor_ids, now=now)
    encounter.touch()
    opens_at = appointment.start - OPENS_BEFORE
    if now < opens_at and encounter.status == "arrived":
        await _send_home(session, encounter)
    for link in await _links(session, encounter.id):
        link.opens_at = opens_at
        link.expires_at = appointment.end + WORKS_AFTER
    await session.flush()


async def cancel_for_appointment(
    session: AsyncSession, appointment: Appointment, *, now: datetime
) -> None:
    """The appointment is off: so is its consultation, and the link says so."""
    encounter_id = await encounter_id_of(session, appointment.id)
    if encounter_id is None:
        return
    encounter = (await locked_room(session, encounter_id)).encounter
    if encounter.is_over:
        return
    encounter.become("cancelled")
    encounter.finished_at = now
    _audit(session, "U", "cancel Encounter", encounter)
    await announce_end(session, encounter)
    await session.flush()


def _audit(
    session: AsyncSession, action: Literal["C", "U"], what: str, encounter: Encounter
) -> None:
    audit.record(
        session,
        action,
        what,
        resource="Encounter",
        resource_id=encounter.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )


async def _of_appointment(session: AsyncSession, appointment_id: UUID) -> Encounter | None:
    found: Encounter | None = await session.scalar(
        select(Encounter).where(Encounter.appointment_id == appointment_id).with_for_update()
    )
    return found


async def _links(session: AsyncSession, encounter_id: UUID) -> list[JoinLink]:
    return list(
        await session.scalars(select(JoinLink).where(JoinLink.encounter_id == encounter_id))
    )


async def _send_home(session: AsyncSession, encounter: Encounter) -> None:
    encounter.become("planned")
    for participant in await participants_of(session, encounter.id):
        participant.waiting_since = None
