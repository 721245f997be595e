"""Whether the owner of a request is still there. A lost line never closes a request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Attendance, EncounterParticipant, Presence, ServiceRequest


@dataclass(frozen=True, slots=True)
class InCall:
    """Who is in the request's consultation, as far as is known. `owner_seen_at`: a page of the
    owner's last said that it is open, where one did since the request was answered."""

    owner: bool
    owner_came: bool
    crew: bool
    owner_seen_at: datetime | None

    def is_silent(self, now: datetime, patience: timedelta) -> bool:
        """The owner is not in the call, or only seems to be: nothing was heard for too long."""
        unheard = self.owner_seen_at is not None and now - self.owner_seen_at > patience
        return not self.owner or unheard


async def in_call(session: AsyncSession, request: ServiceRequest) -> InCall:
    """Asked as the house that answered."""
    rows = await session.execute(
        select(EncounterParticipant.practitioner_id, EncounterParticipant.role, Attendance.left_at)
        .join(Attendance, Attendance.participant_id == EncounterParticipant.id)
        .where(EncounterParticipant.encounter_id == request.encounter_id)
    )
    stays = [(who, role, left_at is None) for who, role, left_at in rows]
    since = request.accepted_at
    seen_at = await session.scalar(
        select(Presence.last_seen_at).where(
            Presence.practitioner_id == request.accepted_by, Presence.last_seen_at >= since
        )
    )
    return InCall(
        owner=any(who == request.accepted_by and is_there for who, _, is_there in stays),
        owner_came=any(who == request.accepted_by for who, _, _ in stays),
        crew=any(role == "crew" and is_there for _, role, is_there in stays),
        owner_seen_at=seen_at,
    )
