"""What a patient or guest may know of their visit: the state it is in, and honest waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import actor_of
from app.encounters.agreements import GroupCall, group_call
from app.encounters.clinics import Waiting, underway, waiting_list
from app.encounters.records import encounter_of, participant_of
from app.encounters.waits import Turn, expected_for, free_at
from app.errors import Forbidden
from app.models import (
    Appointment,
    Encounter,
    EncounterParticipant,
    HealthcareService,
    JoinLink,
    Organization,
    Practitioner,
)

LATE_SHOWN_BEFORE = timedelta(hours=2)
"""How long before an appointment its page says that the clinic runs late: earlier, it may not."""


@dataclass(frozen=True, slots=True)
class VisitState:
    """Everything a patient's or guest's page says about the visit. `late` is how much later than
    planned, or than they came, they will probably be seen; `channel` is video where nobody booked;
    `group` is what they are told of a group call."""

    encounter_id: UUID
    participant_id: UUID
    role: str
    channel: str
    status: str
    admitted: bool
    practitioner_name: str
    planned_start: datetime | None
    opens_at: datetime | None
    is_open: bool
    place: int | None
    expected_at: datetime | None
    late: timedelta
    location: str
    summary: str
    phone: str
    group: GroupCall | None


async def state_for_participant(session: AsyncSession, *, now: datetime) -> VisitState:
    """What the signed-in patient or guest may know. Raises Forbidden for anybody else."""
    principal = actor_of(session).principal
    if principal is None or principal.encounter_id is None or principal.participant_id is None:
        raise Forbidden("Open the link you were sent.")
    encounter = await encounter_of(session, principal.encounter_id)
    seat = await participant_of(session, encounter.id, principal.participant_id)
    practitioner = await session.get_one(Practitioner, encounter.practitioner_id)
    opens_at = await session.scalar(
        select(func.min(JoinLink.opens_at)).where(JoinLink.encounter_id == encounter.id)
    )
    queue = await waiting_list(session, encounter.practitioner_id, now=now)
    turn = next((person for person in queue if person.participant_id == seat.id), None)
    expected_at = turn.expected_at if turn else None
    if expected_at is None and _is_soon(encounter, now):
        present = await underway(session, encounter.practitioner_id, now=now)
        expected_at = _expected(encounter, queue, free_at(present, now=now))
    channel = await channel_for(session, encounter)
    return VisitState(
        encounter_id=encounter.id,
        participant_id=seat.id,
        role=seat.role,
        channel=channel,
        status=encounter.status,
        admitted=seat.admitted_at is not None,
        practitioner_name=practitioner.display_name,
        planned_start=encounter.planned_start,
        opens_at=opens_at,
        is_open=opens_at is None or now >= opens_at or encounter.status == "in-progress",
        place=turn.place if turn else None,
        expected_at=expected_at,
        late=_late(encounter, expected_at, came_at=_came_at(seat, channel, now=now)),
        location=seat.location,
        # A guest is not told what was agreed with the patient.
        summary=encounter.summary if seat.role == "patient" else "",
        phone=await phone_for(session, encounter),
        group=await group_call(session, encounter, seat),
    )


def _is_soon(encounter: Encounter, now: datetime) -> bool:
    start = encounter.planned_start
    return (
        start is not None
        and encounter.status in {"planned", "arrived"}
        and start - LATE_SHOWN_BEFORE <= now
    )


def _expected(encounter: Encounter, queue: Sequence[Waiting], free: datetime) -> datetime | None:
    once = {person.room_id: person for person in queue}  # a group is seen together
    turns = [Turn(person.planned_start, person.length) for person in once.values()]
    start = encounter.planned_start
    return expected_for(start, turns, free=free) if start else None


def _came_at(seat: EncounterParticipant, channel: str, *, now: datetime) -> datetime | None:
    """Since when they could have been seen; None where nobody notes it: whoever is rung has not to
    come, and whoever comes in person tells the desk."""
    return seat.waiting_since or now if channel == "video" else None


def _late(
    encounter: Encounter, expected_at: datetime | None, *, came_at: datetime | None
) -> timedelta:
    """Who comes after their time is not told that the clinic is as late as they are."""
    planned = encounter.planned_start
    if planned is None or expected_at is None:
        return timedelta()
    return max(timedelta(), expected_at - max(planned, came_at or planned))


async def channel_for(session: AsyncSession, encounter: Encounter) -> str:
    """How they meet: video, telephone or in person."""
    booked = await session.scalar(
        select(Appointment.channel).where(Appointment.id == encounter.appointment_id)
    )
    return booked or "video"


async def phone_for(session: AsyncSession, encounter: Encounter) -> str:
    """The number to ring about this consultation: the service's, else the organisation's."""
    service_phone = await session.scalar(
        select(HealthcareService.phone)
        .join(Appointment, Appointment.service_id == HealthcareService.id)
        .where(Appointment.id == encounter.appointment_id)
    )
    organization = await session.get_one(Organization, encounter.organization_id)
    return service_phone or organization.phone


async def say_where(session: AsyncSession, location: str) -> None:
    """Keep where the patient is now, for an emergency during the call."""
    principal = actor_of(session).principal
    if principal is None or principal.encounter_id is None or principal.participant_id is None:
        raise Forbidden("Open the link you were sent.")
    seat = await participant_of(
        session, principal.encounter_id, principal.participant_id, lock=True
    )
    seat.location = location
    audit.record(
        session,
        "U",
        "say where",
        resource="EncounterParticipant",
        resource_id=seat.id,
        patient_id=seat.patient_id,
        encounter_id=seat.encounter_id,
    )
    await session.flush()
