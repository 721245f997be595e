"""Seats of the staff whom an appointment names: its practitioner, colleagues, an interpreter."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.encounters.records import participants_of
from app.models import Encounter, EncounterParticipant, Practitioner, PractitionerRole

INTERPRETING = frozenset({"interpreter", "interpreting"})
"""Specialties of a role that make its holder the interpreter of a consultation."""


async def new_seats(
    session: AsyncSession, encounter: Encounter, actor_ids: Iterable[UUID]
) -> list[EncounterParticipant]:
    """A clinician's seat for each practitioner among `actor_ids`, not yet stored. Locations among
    them have none; an interpreter's seat says so to the others."""
    people = await _people(session, actor_ids)
    labels = await _labels(session, [person.id for person in people])
    return [
        EncounterParticipant(
            organization_id=encounter.organization_id,
            encounter_id=encounter.id,
            role="clinician",
            name=person.display_name,
            role_label=labels.get(person.id, ""),
            practitioner_id=person.id,
        )
        for person in people
    ]


async def seat_staff(
    session: AsyncSession, encounter: Encounter, actor_ids: Sequence[UUID], *, now: datetime
) -> None:
    """Other people take part: who is new takes the seat of somebody who is not needed any more,
    else a new one; a seat that is left over is closed, and opened again if they come back."""
    seats = [
        seat
        for seat in await participants_of(session, encounter.id)
        if seat.role == "clinician" and seat.practitioner_id is not None
    ]
    wanted = await new_seats(session, encounter, actor_ids)
    needed = {seat.practitioner_id for seat in wanted}
    for seat in seats:
        if seat.practitioner_id in needed:
            seat.removed_at = None
    spare = [seat for seat in seats if seat.practitioner_id not in needed]
    seated = {seat.practitioner_id for seat in seats}
    for new in wanted:
        if new.practitioner_id in seated:
            continue
        if spare:
            _give(spare.pop(0), new)
        else:
            session.add(new)
    for seat in spare:
        seat.removed_at = seat.removed_at or now


def _give(seat: EncounterParticipant, to: EncounterParticipant) -> None:
    seat.practitioner_id, seat.name, seat.role_label = to.practitioner_id, to.name, to.role_label
    seat.removed_at = None


async def _people(session: AsyncSession, actor_ids: Iterable[UUID]) -> list[Practitioner]:
    """The practitioners among them, in that order."""
    wanted = list(actor_ids)
    found = await session.scalars(select(Practitioner).where(Practitioner.id.in_(wanted)))
    return sorted(found, key=lambda person: wanted.index(person.id))


async def _labels(session: AsyncSession, practitioner_ids: Sequence[UUID]) -> dict[UUID, str]:
    if not practitioner_ids:
        return {}
    interpreters = await session.scalars(
        select(PractitionerRole.practitioner_id).where(
            PractitionerRole.practitioner_id.in_(practitioner_ids),
            PractitionerRole.specialty.in_(INTERPRETING),
            PractitionerRole.active,
        )
    )
    return dict.fromkeys(interpreters, "interpreter")
