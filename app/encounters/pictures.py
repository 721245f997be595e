"""When each person in a consultation first saw somebody else: their own browser says so."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.encounters.records import encounter_of, own_seat
from app.models import EncounterParticipant


async def note_first_picture(
    session: AsyncSession, encounter_id: UUID, *, ago: timedelta, now: datetime
) -> None:
    """The principal's browser showed somebody so long ago. The first time counts for good; a page
    opened again says it again, and changes nothing.

    Raises ResourceNotFound, and Forbidden for those without a seat.
    """
    await encounter_of(session, encounter_id)
    seat = await own_seat(session, encounter_id)
    await session.execute(
        update(EncounterParticipant)
        .where(EncounterParticipant.id == seat.id, EncounterParticipant.first_picture_at.is_(None))
        .values(first_picture_at=now - ago)
        .execution_options(synchronize_session=False)
    )
