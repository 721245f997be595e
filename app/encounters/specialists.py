"""The specialists of an urgent consultation: who leads it, and whom they bring in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.encounters.records import announce, encounter_of, participants_of
from app.identity import Principal
from app.models import Encounter, EncounterParticipant


async def hand_over(
    session: AsyncSession, encounter_id: UUID, specialist: Principal, *, now: datetime
) -> None:
    """Another specialist leads it from now on, in the same call. Whoever led it keeps a seat."""
    encounter = await encounter_of(session, encounter_id, lock=True)
    if encounter.is_over or specialist.practitioner_id is None:
        return
    encounter.practitioner_id = specialist.practitioner_id
    encounter.touch()
    await _seat(session, encounter, specialist, now)
    _audit(session, "hand over Encounter", encounter)
    await session.flush()


async def bring_in(
    session: AsyncSession, encounter_id: UUID, specialist: Principal, *, now: datetime
) -> None:
    """A further specialist takes part; who leads it stays."""
    encounter = await encounter_of(session, encounter_id, lock=True)
    if encounter.is_over:
        return
    await _seat(session, encounter, specialist, now)
    _audit(session, "bring into Encounter", encounter)
    await session.flush()


async def has_seat(
    session: AsyncSession, encounter_id: UUID | None, practitioner_id: UUID | None
) -> bool:
    """Whether they take part, and were not sent out."""
    found = await session.scalar(
        select(EncounterParticipant.id).where(
            EncounterParticipant.encounter_id == encounter_id,
            EncounterParticipant.practitioner_id == practitioner_id,
            EncounterParticipant.removed_at.is_(None),
        )
    )
    return found is not None


async def _seat(
    session: AsyncSession, encounter: Encounter, specialist: Principal, now: datetime
) -> None:
    people = await participants_of(session, encounter.id)
    known = [seat for seat in people if seat.practitioner_id == specialist.practitioner_id]
    for seat in known:
        seat.removed_at = None
    if not known:
        people.append(_new_seat(encounter, specialist, now))
        session.add(people[-1])
        await session.flush()
    announce(session, "encounter.changed", encounter, people)


def _new_seat(encounter: Encounter, specialist: Principal, now: datetime) -> EncounterParticipant:
    return EncounterParticipant(
        organization_id=encounter.organization_id,
        partner_organization_id=encounter.partner_organization_id,
        encounter_id=encounter.id,
        role="specialist",
        name=specialist.name,
        practitioner_id=specialist.practitioner_id,
        created_at=now,
    )


def _audit(session: AsyncSession, what: str, encounter: Encounter) -> None:
    audit.record(
        session,
        "U",
        what,
        resource="Encounter",
        resource_id=encounter.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
