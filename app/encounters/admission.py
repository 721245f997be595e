"""Who comes in at once, who waits, and who opens the door."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.encounters.records import (
    announce,
    encounter_of,
    participant_of,
    participants_of,
    require_care_team,
)
from app.errors import EncounterOver, Forbidden, NotOpenYet, Removed, ResourceNotFound
from app.identity import Principal
from app.models import Encounter, EncounterParticipant, JoinLink

ADMITTANCE_LIFETIME = timedelta(hours=12)

Role = Literal["clinician", "specialist", "crew", "patient", "guest"]
ParticipantState = Literal["waiting", "admitted"]


@dataclass(frozen=True, slots=True)
class Admittance:
    """What a room must know of one person: the same fields as signalling's Admission."""

    room_id: UUID
    encounter_id: UUID
    organization_id: UUID
    participant_id: UUID
    name: str
    role: Role
    state: ParticipantState
    may_admit: bool
    may_remove: bool
    expires_at: datetime


async def admit(
    session: AsyncSession, principal: Principal, encounter_id: UUID, *, now: datetime
) -> Admittance:
    """Look up someone's seat as they open the consultation. Staff come in, others may wait.

    Raises ResourceNotFound, EncounterOver, Removed, Forbidden, NotOpenYet.
    """
    encounter = await encounter_of(session, encounter_id, lock=True)
    if encounter.is_over:
        raise EncounterOver
    participant = await _seat(session, principal, encounter)
    if participant.removed_at:
        raise Removed
    if participant.waits_to_be_admitted:
        await _require_open(session, encounter, participant, now)
    else:
        participant.let_in(now, None)
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
    return admittance_of(encounter, participant, now)


async def require_part(
    session: AsyncSession, principal: Principal, encounter_id: UUID
) -> frozenset[UUID]:
    """Refuse early whoever would not be admitted anyway. Changes nothing. The organisations whose
    policies bind this person's call: the encounter's and the person's own.

    Raises ResourceNotFound, EncounterOver, Forbidden.
    """
    if principal.encounter_id not in {None, encounter_id}:
        raise ResourceNotFound("Encounter", encounter_id)
    encounter = await encounter_of(session, encounter_id)
    if encounter.is_over:
        raise EncounterOver
    if principal.kind == "system":
        raise Forbidden("Only people join consultations.")
    return frozenset({encounter.organization_id, principal.organization_id})


def admittance_of(
    encounter: Encounter, participant: EncounterParticipant, now: datetime
) -> Admittance:
    """What a room must know of the one who has this seat."""
    leads = participant.role in {"clinician", "specialist"}
    return Admittance(
        room_id=encounter.id,
        encounter_id=encounter.id,
        organization_id=encounter.organization_id,
        participant_id=participant.id,
        name=participant.display_name,
        role=participant.role,  # type: ignore[arg-type]  # ck_encounter_participant_role
        state="admitted" if participant.admitted_at else "waiting",
        may_admit=not participant.waits_to_be_admitted and participant.device_id is None,
        may_remove=leads,
        expires_at=now + ADMITTANCE_LIFETIME,
    )


async def _seat(
    session: AsyncSession, principal: Principal, encounter: Encounter
) -> EncounterParticipant:
    if principal.kind in {"patient", "guest"}:
        if principal.encounter_id != encounter.id or principal.participant_id is None:
            raise Forbidden("This link is for another consultation.")
        return await participant_of(session, encounter.id, principal.participant_id, lock=True)
    if principal.practitioner_id is None:
        raise Forbidden("Only people join consultations.")
    participant = await session.scalar(
        select(EncounterParticipant).where(
            EncounterParticipant.encounter_id == encounter.id,
            EncounterParticipant.practitioner_id == principal.practitioner_id,
        )
    )
    return participant or await _colleague(session, principal, encounter)


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

    Raises ResourceNotFound, EncounterOver, Forbidden, Removed.
    """
    encounter = await encounter_of(session, encounter_id, lock=True)
    principal = require_care_team(session, encounter)
    if encounter.is_over:
        raise EncounterOver
    participant = await participant_of(session, encounter_id, participant_id)
    if participant.removed_at:
        raise Removed("They were removed from this consultation.")
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
