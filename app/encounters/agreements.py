"""A group call is told of before it: each agrees to it, and chooses a name for the others."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.encounters.records import announce, encounter_of, own_seat, participants_of
from app.errors import Conflict, NotAgreed
from app.identity import Principal
from app.models import (
    Encounter,
    EncounterConsent,
    EncounterParticipant,
    GroupSession,
    Patient,
    Practitioner,
)


@dataclass(frozen=True, slots=True)
class GroupCall:
    """What somebody who is not of the staff is told before a group call. `shown_name` is the name
    they chose, or their first one as long as they have not; `agreed` is whether they said yes."""

    most: int
    told: tuple[str, ...]
    shown_name: str
    agreed: bool


def told_of(*, most: int, with_name: str) -> tuple[str, ...]:
    """What is read before the yes, and kept with it. `most` patients may be booked."""
    return (
        f"Up to {most} patients take part together, with {with_name}. Somebody may bring an "
        "interpreter or a relative.",
        "The others will see and hear you, and you will see and hear them.",
        "They see the name that you choose here, not your full name. The staff know who you are.",
        "Nobody else in the group sees your record.",
        "Please keep what others say to yourself.",
        "You can turn off your camera or microphone, or leave, at any time.",
    )


async def group_call(
    session: AsyncSession, encounter: Encounter, seat: EncounterParticipant
) -> GroupCall | None:
    """What this patient or guest is told of the group; None where it is a call of their own."""
    if encounter.group_session_id is None or seat.practitioner_id is not None:
        return None
    group = await session.get_one(GroupSession, encounter.group_session_id)
    practitioner = await session.get_one(Practitioner, encounter.practitioner_id)
    consent = await agreement_of(session, encounter, seat.id)
    return GroupCall(
        most=group.capacity,
        told=told_of(most=group.capacity, with_name=practitioner.display_name),
        shown_name=consent.shown_name if consent else await _first_name(session, seat),
        agreed=consent is not None,
    )


async def _first_name(session: AsyncSession, seat: EncounterParticipant) -> str:
    patient = await session.get(Patient, seat.patient_id) if seat.patient_id else None
    name = patient.given_name if patient else seat.name
    return (name.split() or [""])[0]


async def agreement_of(
    session: AsyncSession, encounter: Encounter, participant_id: UUID | None
) -> EncounterConsent | None:
    """This person's yes to the group as it is now: to another than before they said none."""
    found: EncounterConsent | None = await session.scalar(
        select(EncounterConsent).where(
            EncounterConsent.participant_id == participant_id,
            EncounterConsent.group_session_id == encounter.group_session_id,
        )
    )
    return found


async def require_agreement(
    session: AsyncSession, encounter: Encounter, principal: Principal
) -> None:
    """Raises NotAgreed for a patient or guest who has not said yes to the group call it is."""
    if encounter.group_session_id is None or principal.kind not in {"patient", "guest"}:
        return
    if await agreement_of(session, encounter, principal.participant_id) is None:
        raise NotAgreed


async def agree_to_group(
    session: AsyncSession, encounter_id: UUID, shown_name: str, *, now: datetime
) -> EncounterConsent:
    """The signed-in patient or guest has read what a group call is and says yes, by this name for
    the others. Again, it changes the name. Raises ResourceNotFound, Forbidden, and Conflict where
    it is no group call."""
    encounter = await encounter_of(session, encounter_id, lock=True)
    seat = await own_seat(session, encounter_id)
    told = await group_call(session, encounter, seat)
    if told is None:
        raise Conflict("This is not a group call.")
    consent = await agreement_of(session, encounter, seat.id)
    if consent is None:
        consent = EncounterConsent(
            organization_id=encounter.organization_id,
            partner_organization_id=encounter.partner_organization_id,
            encounter_id=encounter.id,
            participant_id=seat.id,
            group_session_id=encounter.group_session_id,
        )
        session.add(consent)
    words = " ".join(("This is a group call.", *told.told))
    consent.shown_name, consent.words, consent.decided_at = shown_name, words, now
    await _note(session, encounter, seat, consent)
    await session.flush()
    return consent


async def _note(
    session: AsyncSession,
    encounter: Encounter,
    seat: EncounterParticipant,
    consent: EncounterConsent,
) -> None:
    audit.record(
        session,
        "C",
        "agree to group call",
        resource="EncounterConsent",
        resource_id=consent.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
    people = await participants_of(session, encounter.id)
    announce(session, "encounter.agreed", encounter, people, participant_id=seat.id)
