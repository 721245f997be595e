"""Who comes in at once, who waits, and who opens the door."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.config import MOST_IN_CALL
from app.encounters.agreements import agreement_of, require_agreement
from app.encounters.records import (
    announce,
    encounter_of,
    participant_of,
    participants_of,
    require_care_team,
)
from app.encounters.rooms import Room, locked_room, people_in, seats_everywhere, staff_seats
from app.errors import (
    EncounterOver,
    Forbidden,
    NotAgreed,
    NotOpenYet,
    Removed,
    ResourceNotFound,
    RoomFull,
)
from app.identity import Principal
from app.models import Encounter, EncounterParticipant, JoinLink

ADMITTANCE_LIFETIME = timedelta(hours=12)

Role = Literal["clinician", "specialist", "crew", "patient", "guest"]
ParticipantState = Literal["waiting", "admitted"]


@dataclass(frozen=True, slots=True)
class Admittance:
    """What a room must know of one person: the same fields as signalling's Admission.
    `encounter_id` is that of their seat: staff of a group have one in each consultation of it."""

    room_id: UUID
    encounter_id: UUID
    organization_id: UUID
    participant_id: UUID
    name: str
    shown_name: str | None
    role: Role
    state: ParticipantState
    may_admit: bool
    may_remove: bool
    expires_at: datetime


async def admit(
    session: AsyncSession, principal: Principal, encounter_id: UUID, *, now: datetime
) -> Admittance:
    """Look up someone's seat as they open the consultation. Staff come in, others may wait.

    Raises ResourceNotFound, EncounterOver, Removed, Forbidden, NotAgreed, NotOpenYet.
    """
    room = await locked_room(session, encounter_id)
    encounter = room.encounter
    # Who leads a group stays in its room when one of its consultations ends.
    if encounter.is_over and (principal.participant_id or room.is_over):
        raise EncounterOver
    participant = await _seat(session, principal, room)
    if participant.removed_at:
        raise Removed
    shown_name = None
    if participant.waits_to_be_admitted:
        shown_name = await _shown_name(session, encounter, participant)
        await _require_open(session, encounter, participant, now)
    else:
        for _, seat in await seats_everywhere(session, room, participant):
            seat.let_in(now, None)
    participant.last_seen_at = now
    audit.record(
        session,
        "R",
        "open Encounter",
        resource="Encounter",
        resource_id=encounter.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
    await session.flush()
    return admittance_of(encounter, participant, now, shown_name=shown_name)


async def _shown_name(
    session: AsyncSession, encounter: Encounter, participant: EncounterParticipant
) -> str | None:
    """The name that they chose for the others of a group. Raises NotAgreed."""
    if encounter.group_session_id is None:
        return None
    consent = await agreement_of(session, encounter, participant.id)
    if consent is None:
        raise NotAgreed
    return consent.shown_name


async def require_part(
    session: AsyncSession, principal: Principal, encounter_id: UUID
) -> frozenset[UUID]:
    """Refuse early whoever would not be admitted anyway. Changes nothing. The organisations whose
    policies bind this person's call: the encounter's and the person's own.

    Raises ResourceNotFound, EncounterOver, Forbidden, NotAgreed.
    """
    if principal.encounter_id not in {None, encounter_id}:
        raise ResourceNotFound("Encounter", encounter_id)
    encounter = await encounter_of(session, encounter_id)
    # Staff of a group are told by `admit` whether all of it is over.
    if encounter.is_over and (principal.participant_id or not encounter.group_session_id):
        raise EncounterOver
    if principal.kind == "system":
        raise Forbidden("Only people join consultations.")
    await require_agreement(session, encounter, principal)
    return frozenset({encounter.organization_id, principal.organization_id})


def admittance_of(
    encounter: Encounter,
    participant: EncounterParticipant,
    now: datetime,
    *,
    shown_name: str | None = None,
) -> Admittance:
    """What a room must know of the one who has this seat."""
    leads = participant.role in {"clinician", "specialist"}
    return Admittance(
        room_id=encounter.room_id,
        encounter_id=participant.encounter_id,
        organization_id=encounter.organization_id,
        participant_id=participant.id,
        name=participant.display_name,
        shown_name=shown_name,
        role=participant.role,  # type: ignore[arg-type]  # ck_encounter_participant_role
        state="admitted" if participant.admitted_at else "waiting",
        may_admit=not participant.waits_to_be_admitted and participant.device_id is None,
        may_remove=leads,
        expires_at=now + ADMITTANCE_LIFETIME,
    )


async def _seat(session: AsyncSession, principal: Principal, room: Room) -> EncounterParticipant:
    encounter = room.encounter
    if principal.kind in {"patient", "guest"}:
        if principal.encounter_id != encounter.id or principal.participant_id is None:
            raise Forbidden("This link is for another consultation.")
        return await participant_of(session, encounter.id, principal.participant_id, lock=True)
    if principal.practitioner_id is None:
        raise Forbidden("Only people join consultations.")
    seats = await staff_seats(session, room.ids, principal.practitioner_id)
    return seats[0] if seats else await _colleague(session, principal, encounter)


async def _colleague(
    session: AsyncSession, principal: Principal, encounter: Encounter
) -> EncounterParticipant:
    # Cover for a colleague who is ill must work without anyone's leave: it is on record.
    role = _role_of_colleague(principal, encounter)
    if role is None:
        raise Forbidden("You have no part in this consultation.")
    participant = EncounterParticipant(
        organization_id=encounter.organization_id,
        partner_organization_id=encounter.partner_organization_id,
        encounter_id=encounter.id,
        role=role,
        name=principal.name,
        practitioner_id=principal.practitioner_id,
    )
    session.add(participant)
    await session.flush()
    return participant


def _role_of_colleague(principal: Principal, encounter: Encounter) -> Role | None:
    if principal.organization_id == encounter.organization_id and principal.has("clinician"):
        return "specialist" if encounter.shares_care else "clinician"
    is_crew = principal.organization_id == encounter.partner_organization_id
    return "crew" if is_crew and principal.has("crew") else None


async def _require_open(
    session: AsyncSession,
    encounter: Encounter,
    participant: EncounterParticipant,
    now: datetime,
) -> None:
    if participant.admitted_at or encounter.status == "in-progress":
        return
    doors = await session.scalars(
        select(JoinLink.opens_at).where(JoinLink.participant_id == participant.id)
    )
    opening = [opens_at or now for opens_at in doors]
    if opening and now < min(opening):
        raise NotOpenYet(min(opening))


async def let_in(
    session: AsyncSession, encounter_id: UUID, participant_id: UUID, *, now: datetime
) -> EncounterParticipant:
    """Open the door to someone who waits. Again is no error.

    Raises ResourceNotFound, EncounterOver, Forbidden, Removed, RoomFull.
    """
    room = await locked_room(session, encounter_id)
    encounter = room.encounter
    principal = require_care_team(session, encounter)
    if encounter.is_over:
        raise EncounterOver
    participant = await participant_of(session, encounter_id, participant_id)
    if participant.removed_at:
        raise Removed("They were removed from this consultation.")
    if not participant.admitted_at and await people_in(session, room) >= MOST_IN_CALL:
        raise RoomFull
    if participant.let_in(now, principal.practitioner_id):
        await note_admission(session, encounter, participant, now)
    await session.flush()
    return participant


async def note_admission(
    session: AsyncSession, encounter: Encounter, participant: EncounterParticipant, at: datetime
) -> None:
    """Put an admission on record, tell those it concerns, and begin when all are there."""
    audit.record(
        session,
        "U",
        "admit participant",
        resource="EncounterParticipant",
        resource_id=participant.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
    people = await participants_of(session, encounter.id)
    announce(session, "encounter.admitted", encounter, people, participant_id=participant.id)
    begin(session, encounter, people, at)


def begin(
    session: AsyncSession,
    encounter: Encounter,
    people: list[EncounterParticipant],
    at: datetime,
) -> None:
    """The consultation starts once both sides are in: who gives care, and who seeks it. A device
    is neither."""
    sides = {
        "gives" if person.role in {"clinician", "specialist"} else "seeks"
        for person in people
        if person.admitted_at and person.role != "guest" and person.device_id is None
    }
    if len(sides) == 2 and encounter.status in {"planned", "arrived"}:
        encounter.become("in-progress")
        encounter.started_at = at
        announce(session, "encounter.started", encounter, people)
