"""The end of a request: outcome and advice on both records."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import encounters
from app.encounters import Outcome
from app.errors import Forbidden
from app.models import ServiceRequest
from app.referrals.answering.owning import asked
from app.referrals.records import announce, note


async def close(
    session: AsyncSession, request_id: UUID, *, outcome: Outcome, advice: str, now: datetime
) -> ServiceRequest:
    """Put the outcome and the advice on record; the call, if any, ends for everyone.

    Raises ResourceNotFound, Forbidden, InvalidTransition unless it was answered.
    """
    request, specialist = await asked(session, request_id)
    if request.state == "completed":
        return request
    if request.accepted_by and request.partner_organization_id != specialist.organization_id:
        raise Forbidden(f"{request.accepted_by_name} has this request: only their side closes it.")
    encounter = (
        await encounters.encounter_of(session, request.encounter_id, lock=True)
        if request.encounter_id
        else None
    )
    if encounter and encounter.status == "in-progress":
        await encounters.finish(session, encounter.id, outcome=outcome, summary=advice, now=now)
    else:  # advice was given by telephone, nobody ever joined
        await encounters.complete_request(
            session, request, specialist, outcome=outcome, advice=advice, now=now
        )
        if encounter and not encounter.is_over:
            await encounters.call_off(session, encounter, now=now)
        announce(session, "request.closed", request)
    note(session, "U", "close ServiceRequest", request)
    await session.flush()
    return request
