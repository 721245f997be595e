"""The specialist's side: answer, decline, close with advice."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import encounters
from app.encounters import Outcome
from app.errors import AlreadyAnswered, Forbidden, InvalidTransition
from app.identity import Principal
from app.models import Ring, ServiceRequest
from app.referrals.records import announce, note, principal_in, request_of, rings_of
from app.referrals.ringing import RING_LIFETIME, ring_on, withdraw


async def accept(session: AsyncSession, request_id: UUID, *, now: datetime) -> ServiceRequest:
    """Take the request: of any number of taps the first wins, and its consultation opens.

    The winner's second tap is no error.
    Raises ResourceNotFound, Forbidden, AlreadyAnswered, InvalidTransition when it is called off.
    """
    request = await request_of(session, request_id, lock=True)
    specialist = _asked(session, request)
    if request.state in {"accepted", "completed"}:
        if request.accepted_by == specialist.practitioner_id and request.state == "accepted":
            return request
        raise AlreadyAnswered(request.accepted_by_name)
    if specialist.practitioner_id == request.requester_id:
        raise Forbidden("Somebody else must answer your own request.")
    request.become("accepted")
    request.accepted_at, request.accepted_by = now, specialist.practitioner_id
    request.accepted_by_name = specialist.name
    encounter = await encounters.plan_for_request(session, request, specialist, now=now)
    request.encounter_id = encounter.id
    rings = await rings_of(session, request.id)
    for ring in _ringing_for(rings, specialist):
        ring.outcome, ring.answered_at = "accepted", now
    withdraw(rings, now=now)
    note(session, "U", "accept ServiceRequest", request)
    announce(session, "request.accepted", request, rings)
    await session.flush()
    return request


async def decline(
    session: AsyncSession,
    request_id: UUID,
    *,
    reason: str,
    now: datetime,
    ring_for: timedelta = RING_LIFETIME,
) -> ServiceRequest:
    """Pass: if nobody else is being rung, the next are at once. Raises as `accept` does."""
    request = await request_of(session, request_id, lock=True)
    specialist = _asked(session, request)
    if request.state in {"accepted", "completed"}:
        raise AlreadyAnswered(request.accepted_by_name)
    if request.state == "revoked":
        raise InvalidTransition("ServiceRequest", request.state, "declined")
    rings = await rings_of(session, request.id)
    mine = _ringing_for(rings, specialist)
    for ring in mine:
        ring.outcome, ring.answered_at, ring.decline_reason = "declined", now, reason
    await session.flush()
    if mine:
        note(session, "U", "decline ServiceRequest", request)
        announce(session, "request.declined", request, mine)
    if mine and not any(ring.outcome == "ringing" for ring in rings):
        await ring_on(session, request, now=now, ring_for=ring_for)
    await session.flush()
    return request


async def close(
    session: AsyncSession, request_id: UUID, *, outcome: Outcome, advice: str, now: datetime
) -> ServiceRequest:
    """Put the outcome and the advice on record; the call, if any, ends for everyone.

    Raises ResourceNotFound, Forbidden, InvalidTransition unless it was answered.
    """
    request = await request_of(session, request_id, lock=True)
    _asked(session, request)
    if request.state == "completed":
        return request
    encounter = (
        await encounters.encounter_of(session, request.encounter_id, lock=True)
        if request.encounter_id
        else None
    )
    if encounter and encounter.status == "in-progress":
        await encounters.finish(session, encounter.id, outcome=outcome, summary=advice, now=now)
    else:  # advice was given by telephone, nobody ever joined
        request.become("completed")
        request.closed_at, request.outcome, request.advice = now, outcome, advice
        if encounter and not encounter.is_over:
            await encounters.call_off(session, encounter, now=now)
        announce(session, "request.closed", request)
    note(session, "U", "close ServiceRequest", request)
    await session.flush()
    return request


def _asked(session: AsyncSession, request: ServiceRequest) -> Principal:
    principal = principal_in(session)
    if not request.is_asked_of(principal):
        raise Forbidden("Only the specialists who are asked do this.")
    return principal


def _ringing_for(rings: list[Ring], specialist: Principal) -> list[Ring]:
    return [
        ring
        for ring in rings
        if ring.practitioner_id == specialist.practitioner_id and ring.outcome == "ringing"
    ]
