"""When each person in a consultation first saw somebody else: their own browser says so."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import actor_of
from app.encounters.records import encounter_of
from app.errors import Forbidden
from app.models import EncounterParticipant


async def note_first_picture(
    session: AsyncSession, encounter_id: UUID, *, ago: timedelta, now: datetime
) -> None:
    """The principal's browser showed somebody so long ago. The first time counts for good; a page
    opened again says it again, and changes nothing.

    Raises ResourceNotFound, and Forbidden for those without a seat.
    """
    await encounter_of(session, encounter_id)
    principal = actor_of(session).principal
    if principal is None or not (principal.practitioner_id or principal.participant_id):
        raise Forbidden("Only people see pictures.")
    own = (
        EncounterParticipant.id == principal.participant_id
        if principal.participant_id
        else EncounterParticipant.practitioner_id == principal.practitioner_id
    )
    seat = await session.scalar(
        select(EncounterParticipant.id).where(
            EncounterParticipant.encounter_id == encounter_id, own
        )
    )
    if seat is None:
        raise Forbidden("You have no part in this consultation.")
    await session.execute(
        update(EncounterParticipant)
        .where(EncounterParticipant.id == seat, EncounterParticipant.first_picture_at.is_(None))
        .values(first_picture_at=now - ago)
        .execution_options(synchronize_session=False)
    )
