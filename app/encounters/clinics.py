"""A clinician's day, who waits, and what a patient may know of it: honest waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Exists, Row, Select, and_, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.database import actor_of
from app.encounters.records import encounter_of, participant_of
from app.errors import Forbidden
from app.models import (
    Appointment,
    Attendance,
    Encounter,
    EncounterParticipant,
    HealthcareService,
    JoinLink,
    Organization,
    Patient,
    Practitioner,
)

RowState = Literal[
    "not-arrived", "checking", "waiting", "stepped-out", "in-call", "done", "cancelled", "no-show"
]
USUAL_LENGTH = timedelta(minutes=15)
"""Of a consultation without an appointment, when a wait is estimated."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """One appointment of a clinician's day. `waiting_since` is set while the patient waits."""

    appointment_id: UUID
    encounter_id: UUID | None
    participant_id: UUID | None
    patient_id: UUID
    patient_name: str
    age: int
    reason: str
    channel: str
    start: datetime
    end: datetime
    state: RowState
    waiting_since: datetime | None

    def wait(self, now: datetime) -> timedelta:
        """How long they have been waiting."""
        return now - self.waiting_since if self.waiting_since else timedelta()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Someone in the waiting room. `expected_at` is when they will probably be seen."""

    encounter_id: UUID
    participant_id: UUID
    name: str
    since: datetime
    planned_start: datetime | None
    place: int
    expected_at: datetime


@dataclass(frozen=True, slots=True)
class VisitState:
    """Everything a patient's or guest's page says about the visit."""

    encounter_id: UUID
    participant_id: UUID
    role: str
    status: str
    admitted: bool
    practitioner_name: str
    planned_start: datetime | None
    opens_at: datetime | None
    is_open: bool
    place: int | None
    expected_at: datetime | None
    location: str
    summary: str
    phone: str


async def today(
    session: AsyncSession, practitioner_id: UUID, *, day: date, zone: str
) -> list[DayRow]:
    """The day's appointments in time order. `zone` says where the day begins and ends."""
    rows = await session.execute(_day_query(practitioner_id, day, zone))
    audit.record(session, "R", "read day", resource="Appointment list", resource_id=day.isoformat())
    return [_day_row(row, day) for row in rows]


def _day_query(
    practitioner_id: UUID, day: date, zone: str
) -> Select[Appointment, Patient, Encounter, EncounterParticipant, bool]:
    midnight = datetime.combine(day, time(), ZoneInfo(zone))
    next_midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    seat = and_(
        EncounterParticipant.encounter_id == Encounter.id, EncounterParticipant.role == "patient"
    )
    return (
        select(Appointment, Patient, Encounter, EncounterParticipant, _is_here())
        .join(Patient, Patient.id == Appointment.patient_id)
        .outerjoin(Encounter, Encounter.appointment_id == Appointment.id)
        .outerjoin(EncounterParticipant, seat)
        .where(
            Appointment.practitioner_id == practitioner_id,
            Appointment.status != "entered-in-error",
            func.lower(Appointment.during) >= midnight,
            func.lower(Appointment.during) < next_midnight,
        )
        .order_by(func.lower(Appointment.during), Appointment.id)
    )


def _is_here() -> Exists:
    return exists().where(
        Attendance.participant_id == EncounterParticipant.id, Attendance.left_at.is_(None)
    )


def _day_row(
    row: Row[Appointment, Patient, Encounter, EncounterParticipant, bool], day: date
) -> DayRow:
    appointment, patient, encounter, seat, is_here = row
    return DayRow(
        appointment_id=appointment.id,
        encounter_id=encounter.id if encounter else None,
        participant_id=seat.id if seat else None,
        patient_id=patient.id,
        patient_name=patient.display_name,
        age=patient.age_on(day),
        reason=appointment.reason,
        channel=appointment.channel,
        start=appointment.start,
        end=appointment.end,
        state=_row_state(appointment, encounter, seat, is_here=is_here),
        waiting_since=seat.waiting_since if seat else None,
    )


def _row_state(
    appointment: Appointment,
    encounter: Encounter | None,
    seat: EncounterParticipant | None,
    *,
    is_here: bool,
) -> RowState:
    settled: dict[str, RowState] = {
        "cancelled": "cancelled",
        "noshow": "no-show",
        "fulfilled": "done",
    }
    if appointment.status in settled:
        return settled[appointment.status]
    if encounter is None or seat is None:
        return "not-arrived"
    if encounter.status == "in-progress":
        return "in-call"
    if encounter.status == "finished":
        return "done"
    if seat.waiting_since:
        return "waiting" if is_here else "stepped-out"
    return "checking" if seat.last_seen_at else "not-arrived"


async def waiting_list(
    session: AsyncSession, practitioner_id: UUID, *, now: datetime
) -> list[Waiting]:
    """Who waits for this clinician, in the order in which they will be seen."""
    rows = await session.execute(
        select(Encounter, EncounterParticipant, Appointment)
        .join(EncounterParticipant, EncounterParticipant.encounter_id == Encounter.id)
        .outerjoin(Appointment, Appointment.id == Encounter.appointment_id)
        .where(
            Encounter.practitioner_id == practitioner_id,
            Encounter.status.in_(["planned", "arrived", "in-progress"]),
            EncounterParticipant.waiting_since.is_not(None),
            EncounterParticipant.admitted_at.is_(None),
            EncounterParticipant.removed_at.is_(None),
            _is_here(),
        )
        .order_by(
            Encounter.planned_start.nulls_first(),
            EncounterParticipant.waiting_since,
            EncounterParticipant.id,
        )
    )
    return _in_turn([(row[0], row[1], row[2]) for row in rows], now)


def _in_turn(
    rows: Sequence[tuple[Encounter, EncounterParticipant, Appointment | None]], now: datetime
) -> list[Waiting]:
    """Each is seen at their time, or when those before are done: whichever is later."""
    waiting: list[Waiting] = []
    free_at = now
    for encounter, seat, appointment in rows:
        expected_at = max(free_at, encounter.planned_start or now)
        waiting.append(
            Waiting(
                encounter_id=encounter.id,
                participant_id=seat.id,
                name=seat.display_name,
                since=seat.waiting_since or now,
                planned_start=encounter.planned_start,
                place=len(waiting) + 1,
                expected_at=expected_at,
            )
        )
        free_at = expected_at + (appointment.length if appointment else USUAL_LENGTH)
    return waiting


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
    return VisitState(
        encounter_id=encounter.id,
        participant_id=seat.id,
        role=seat.role,
        status=encounter.status,
        admitted=seat.admitted_at is not None,
        practitioner_name=practitioner.display_name,
        planned_start=encounter.planned_start,
        opens_at=opens_at,
        is_open=opens_at is None or now >= opens_at or encounter.status == "in-progress",
        place=turn.place if turn else None,
        expected_at=turn.expected_at if turn else None,
        location=seat.location,
        # A guest is not told what was agreed with the patient.
        summary=encounter.summary if seat.role == "patient" else "",
        phone=await phone_for(session, encounter),
    )


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
