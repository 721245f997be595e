"""The end of a consultation: an outcome for the record, and words for the patient."""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.encounters.records import announce, encounter_of, participants_of, require_care_team
from app.errors import Forbidden
from app.models import Appointment, Encounter

Outcome = Literal["advice", "prescription", "referral", "follow-up", "conveyed", "discharged"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


async def finish(
    session: AsyncSession,
    encounter_id: UUID,
    *,
    outcome: Outcome,
    summary: str,
    now: datetime,
) -> Encounter:
    """End the consultation for everyone; its appointment is fulfilled.

    Raises ResourceNotFound, Forbidden, InvalidTransition for one that never began.
    """
    encounter = await encounter_of(session, encounter_id, lock=True)
    principal = require_care_team(session, encounter)
    if not principal.has("clinician"):
        raise Forbidden("Only the clinician finishes a consultation.")
    encounter.become("finished")
    encounter.finished_at = now
    encounter.outcome = outcome
    encounter.summary = summary
    await _fulfil(session, encounter)
    audit.record(
        session,
        "U",
        "finish Encounter",
        resource="Encounter",
        resource_id=encounter.id,
        patient_id=encounter.patient_id,
        encounter_id=encounter.id,
    )
    announce(session, "encounter.finished", encounter, await participants_of(session, encounter.id))
    await session.flush()
    return encounter


async def _fulfil(session: AsyncSession, encounter: Encounter) -> None:
    if encounter.appointment_id is None:
        return
    appointment = await session.get(Appointment, encounter.appointment_id, with_for_update=True)
    if appointment and appointment.status in {"booked", "arrived"}:
        appointment.become("fulfilled")
