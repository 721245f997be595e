"""Of any number of taps one wins: to answer, to take over, to join."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app import encounters
from app.errors import AlreadyAnswered, Forbidden, InvalidTransition
from app.identity import Principal
from app.models import Ring, ServiceRequest
from app.referrals.answering.owning import asked, own, refuse_taken
from app.referrals.escalation.engine import reschedule, ring_on, withdraw
from app.referrals.escalation.following import hand_to
from app.referrals.escalation.moving import come_back
from app.referrals.records import announce, note, rings_of


async def accept(session: AsyncSession, request_id: UUID, *, now: datetime) -> ServiceRequest:
    """Take what rings: the request itself, if nobody has it or who had it fell silent; or what the
    owner asked for, to take it over or to join. Of any number of taps the first wins.

    The winner's second tap is no error; it ends a hold, and brings back who was cut off.
    Raises ResourceNotFound, Forbidden, AlreadyAnswered (who has it, and since when),
    InvalidTransition when it is called off.
    """
    request, specialist = await asked(session, request_id)
    if specialist.practitioner_id == request.requester_id:
        raise Forbidden("Somebody else must answer your own request.")
    rings = await rings_of(session, request.id)
    mine = ringing_for(rings, specialist)
    if request.state == "accepted":
        await _of_another(session, request, specialist, mine, now=now)
    elif request.state == "completed":
        await refuse_taken(session, request)
    else:
        await _answer(session, request, specialist, mine, now=now)
    await session.flush()
    return request


async def _of_another(
    session: AsyncSession,
    request: ServiceRequest,
    specialist: Principal,
    mine: list[Ring],
    *,
    now: datetime,
) -> None:
    if request.accepted_by == specialist.practitioner_id:
        await go_back(session, request, specialist, now=now)
    elif any(ring.purpose == "join" for ring in mine) and not request.dropped_at:
        await _join(session, request, specialist, mine, now=now)
    elif request.dropped_at or any(ring.purpose == "take-over" for ring in mine):
        await _take_over(session, request, specialist, mine, now=now)
    elif await encounters.has_seat(session, request.encounter_id, specialist.practitioner_id):
        return  # who was brought in, or handed it over, goes back into the call
    else:
        await refuse_taken(session, request)


async def _answer(
    session: AsyncSession,
    request: ServiceRequest,
    specialist: Principal,
    mine: list[Ring],
    *,
    now: datetime,
) -> None:
    request.become("accepted")
    request.accepted_at = now
    await own(session, request, specialist, now=now)
    await hand_to(session, request, specialist.organization_id)
    encounter = await encounters.plan_for_request(session, request, specialist, now=now)
    request.encounter_id = encounter.id
    session.add(
        request.step("accepted", at=now, who=specialist.practitioner_id, name=specialist.name)
    )
    note(session, "U", "accept ServiceRequest", request)
    await _silence_others(session, request, mine, event="request.accepted", now=now)


async def _take_over(
    session: AsyncSession,
    request: ServiceRequest,
    specialist: Principal,
    mine: list[Ring],
    *,
    now: datetime,
) -> None:
    before = request.accepted_by_name
    await own(session, request, specialist, now=now)
    request.touch()
    if request.encounter_id:
        await encounters.hand_over(session, request.encounter_id, specialist, now=now)
    session.add(
        request.step(
            "handed-over",
            at=now,
            who=specialist.practitioner_id,
            name=specialist.name,
            detail={"from": before},
        )
    )
    note(session, "U", "take over ServiceRequest", request)
    await _silence_others(session, request, mine, event="request.handed-over", now=now)


async def _join(
    session: AsyncSession,
    request: ServiceRequest,
    specialist: Principal,
    mine: list[Ring],
    *,
    now: datetime,
) -> None:
    _end(mine, "accepted", now)
    if request.encounter_id:
        await encounters.bring_in(session, request.encounter_id, specialist, now=now)
    request.touch()
    session.add(
        request.step("joined", at=now, who=specialist.practitioner_id, name=specialist.name)
    )
    note(session, "U", "join ServiceRequest", request)
    announce(session, "request.joined", request, mine)
    await session.flush()
    await reschedule(session, request, now=now)


async def go_back(
    session: AsyncSession, request: ServiceRequest, specialist: Principal, *, now: datetime
) -> None:
    """The owner of a locked request is there again: after a hold, or after being cut off."""
    if request.dropped_at:
        await come_back(session, request, now=now)
    if request.held_at is None:
        return
    request.held_at, request.silent_since = None, now
    request.touch()
    session.add(
        request.step("resumed", at=now, who=specialist.practitioner_id, name=specialist.name)
    )
    note(session, "U", "resume ServiceRequest", request)
    announce(session, "request.resumed", request)
    await session.flush()
    await reschedule(session, request, now=now)


async def _silence_others(
    session: AsyncSession,
    request: ServiceRequest,
    mine: list[Ring],
    *,
    event: str,
    now: datetime,
) -> None:
    """The winner's ring is answered, everybody else's stops."""
    _end(mine, "accepted", now)
    rings = await rings_of(session, request.id)
    withdraw([ring for ring in rings if ring not in mine], now=now)
    announce(session, event, request, rings)
    await session.flush()
    await reschedule(session, request, now=now)


def _end(rings: list[Ring], outcome: str, now: datetime) -> None:
    for ring in rings:
        ring.outcome, ring.answered_at = outcome, now


async def decline(
    session: AsyncSession, request_id: UUID, *, reason: str, now: datetime
) -> ServiceRequest:
    """Pass: if nobody else is being rung, the next are at once. To decline what the owner asked
    for changes nothing else. Raises as `accept` does."""
    request, specialist = await asked(session, request_id)
    if request.state == "revoked":
        raise InvalidTransition("ServiceRequest", request.state, "declined")
    rings = await rings_of(session, request.id)
    mine = ringing_for(rings, specialist)
    if not mine and request.state in {"accepted", "completed"}:
        raise AlreadyAnswered(request.accepted_by_name)
    for ring in mine:
        ring.outcome, ring.answered_at, ring.decline_reason = "declined", now, reason
        session.add(
            request.step(
                "declined",
                at=now,
                who=ring.practitioner_id,
                name=ring.practitioner_name,
                detail={"purpose": ring.purpose},
            )
        )
    await session.flush()
    if mine:
        request.touch()
        note(session, "U", "decline ServiceRequest", request)
        announce(session, "request.declined", request, mine)
        if request.is_sought and not _is_ringing(rings):
            await ring_on(session, request, now=now)
        else:
            await reschedule(session, request, now=now)
    await session.flush()
    return request


def _is_ringing(rings: list[Ring]) -> bool:
    return any(ring.outcome == "ringing" and ring.purpose == "answer" for ring in rings)


def ringing_for(rings: list[Ring], specialist: Principal) -> list[Ring]:
    """What rings for them now."""
    return [
        ring
        for ring in rings
        if ring.practitioner_id == specialist.practitioner_id and ring.outcome == "ringing"
    ]
