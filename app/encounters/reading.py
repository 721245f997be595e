"""Reading a consultation's record: itself, its people, what was said."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.encounters.records import encounter_of, participants_of, require_care_team
from app.models import ChatMessage, Encounter, EncounterParticipant
from app.models.paging import After, Page, fetch_page


async def read_encounter(session: AsyncSession, encounter_id: UUID) -> Encounter:
    """One consultation. Raises ResourceNotFound, Forbidden."""
    encounter = await encounter_of(session, encounter_id)
    require_care_team(session, encounter)
    _audit(session, "read Encounter", encounter)
    return encounter


async def read_participants(
    session: AsyncSession, encounter_id: UUID
) -> list[EncounterParticipant]:
    """Everyone with a seat. Raises ResourceNotFound, Forbidden."""
    encounter = await encounter_of(session, encounter_id)
    require_care_team(session, encounter)
    _audit(session, "read participants", encounter)
    return await participants_of(session, encounter_id)


async def read_messages(
    session: AsyncSession, encounter_id: UUID, *, after: After
) -> Page[ChatMessage]:
    """What was said in the chat, oldest first. Raises ResourceNotFound, Forbidden."""
    encounter = await encounter_of(session, encounter_id)
    require_care_team(session, encounter)
    _audit(session, "read chat", encounter)
    statement = select(ChatMessage).where(ChatMessage.encounter_id == encounter_id)
    return await fetch_page(session, statement, (ChatMessage.sent_at, ChatMessage.id), after=after)


def _audit(session: AsyncSession, what: str, encounter: Encounter) -> None:
    audit.record(
        session,
        "R",
        what,
        resource="Encounter",
        resource_id=encounter.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
