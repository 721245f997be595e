"""A clinician's day, and who waits in it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Exists, Row, Select, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.encounters.records import require_care_team
from app.encounters.waits import (
    OPENS_BEFORE,
    USUAL_LENGTH,
    Turn,
    Underway,
    expected_times,
    free_at,
)
from app.models import (
    Appointment,
    Attendance,
    Encounter,
    EncounterParticipant,
    Patient,
)
from app.models.appointment import LIVE

RowState = Literal[
    "not-arrived", "checking", "waiting", "stepped-out", "in-call", "done", "cancelled", "no-show"
]
FORGOTTEN_AFTER = timedelta(hours=4)
"""A consultation that nobody finished is not what the others wait for."""
LINGERS = timedelta(hours=1)
"""So long after its start a consultation before midnight is still looked for after it."""


@dataclass(frozen=True, slots=True)
class DayRow:
    """One appointment of a clinician's day. `waiting_since` is set while the patient waits,
    `call_back_phone` when they asked to be rung instead. `group` counts the patients of the day who
    come at the same time, as a group; 0 where it is no group, or they themselves do not come."""

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
    call_back_phone: str
    group: int

    def wait(self, now: datetime) -> timedelta:
        """How long they have been waiting."""
        return now - self.waiting_since if self.waiting_since else timedelta()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Someone in the waiting room. `expected_at` is when they will probably be seen. Those of one
    `room_id` are seen together: they share a place."""

    encounter_id: UUID
    room_id: UUID
    participant_id: UUID
    name: str
    since: datetime
    planned_start: datetime | None
    place: int
    expected_at: datetime
    length: timedelta


async def today(
    session: AsyncSession,
    practitioner_id: UUID,
    *,
    day: date,
    zone: str,
    now: datetime | None = None,
) -> list[DayRow]:
    """The day's appointments in time order. `zone` says where the day begins and ends.

    Near midnight, `now` adds what the clinician is about on the other side of it: people may be in
    the waiting room for what begins after, and what began before goes on.
    """
    begins = datetime.combine(day, time(), ZoneInfo(zone))
    ends = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    if now is not None:
        begins, ends = min(begins, now - LINGERS), max(ends, now + OPENS_BEFORE)
    query = _rows_query().where(
        Appointment.practitioner_id == practitioner_id,
        Appointment.starts_at >= begins,
        Appointment.starts_at < ends,
    )
    rows = await session.execute(query)
    audit.record(session, "R", "read day", resource="Appointment list", resource_id=day.isoformat())
    found = rows.all()
    sizes = _sizes(row[0] for row in found)
    return [_day_row(row, day, sizes) for row in found]


async def group_rows(session: AsyncSession, encounter: Encounter, *, day: date) -> list[DayRow]:
    """Everybody of the group that a consultation is a part of, by name, whoever leads it; empty
    where it is none. Raises Forbidden for those who do not look after them."""
    if encounter.group_session_id is None:
        return []
    require_care_team(session, encounter)
    query = _rows_query().where(Appointment.group_session_id == encounter.group_session_id)
    found = (await session.execute(query)).all()
    what = str(encounter.group_session_id)
    audit.record(session, "R", "read group", resource="Appointment list", resource_id=what)
    sizes = _sizes(row[0] for row in found)
    rows = [_day_row(row, day, sizes) for row in found]
    return sorted(rows, key=lambda row: (row.patient_name, str(row.appointment_id)))


def _sizes(appointments: Iterable[Appointment]) -> Counter[UUID]:
    """How many come to each group."""
    return Counter(
        each.group_session_id
        for each in appointments
        if each.group_session_id and each.status in LIVE
    )


def _rows_query() -> Select[Appointment, Patient, Encounter, EncounterParticipant, bool]:
    seat = and_(
        EncounterParticipant.encounter_id == Encounter.id, EncounterParticipant.role == "patient"
    )
    return (
        select(Appointment, Patient, Encounter, EncounterParticipant, _is_here())
        .join(Patient, Patient.id == Appointment.patient_id)
        .outerjoin(Encounter, Encounter.appointment_id == Appointment.id)
        .outerjoin(EncounterParticipant, seat)
        .where(Appointment.status != "entered-in-error")
        .order_by(Appointment.starts_at, Appointment.id)
    )


def _is_here() -> Exists:
    return exists().where(
        Attendance.participant_id == EncounterParticipant.id, Attendance.left_at.is_(None)
    )


def _day_row(
    row: Row[Appointment, Patient, Encounter, EncounterParticipant, bool],
    day: date,
    sizes: Mapping[UUID, int],
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
        call_back_phone=appointment.call_back_phone,
        group=_size_of_group(appointment, sizes),
    )


def _size_of_group(appointment: Appointment, sizes: Mapping[UUID, int]) -> int:
    if appointment.group_session_id is None or appointment.status not in LIVE:
        return 0
    return sizes[appointment.group_session_id]


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
    free = free_at(await underway(session, practitioner_id, now=now), now=now)
    return _in_turn([(row[0], row[1], row[2]) for row in rows], free, now)


async def underway(
    session: AsyncSession, practitioner_id: UUID, *, now: datetime
) -> list[Underway]:
    """What this clinician is in the middle of: begun, not finished, with a patient let in."""
    rows = await session.execute(
        select(Encounter.started_at, Appointment)
        .outerjoin(Appointment, Appointment.id == Encounter.appointment_id)
        .where(
            Encounter.practitioner_id == practitioner_id,
            Encounter.status == "in-progress",
            Encounter.started_at > now - FORGOTTEN_AFTER,
        )
    )
    return [
        Underway(started_at, appointment.length if appointment else USUAL_LENGTH)
        for started_at, appointment in rows
        if started_at is not None
    ]


def _in_turn(
    rows: Sequence[tuple[Encounter, EncounterParticipant, Appointment | None]],
    free: datetime,
    now: datetime,
) -> list[Waiting]:
    turns = {
        encounter.room_id: Turn(
            encounter.planned_start, appointment.length if appointment else USUAL_LENGTH
        )
        for encounter, _, appointment in rows
    }
    places = {room_id: place for place, room_id in enumerate(turns, start=1)}
    expected = dict(zip(turns, expected_times(list(turns.values()), free=free), strict=True))
    return [
        Waiting(
            encounter_id=encounter.id,
            room_id=encounter.room_id,
            participant_id=seat.id,
            name=seat.display_name,
            since=seat.waiting_since or now,
            planned_start=encounter.planned_start,
            place=places[encounter.room_id],
            expected_at=expected[encounter.room_id],
            length=turns[encounter.room_id].length,
        )
        for encounter, seat, _ in rows
    ]
