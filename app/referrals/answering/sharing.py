"""What an owner does with a request beside closing it: hold, go back, hand over, bring in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput, InvalidTransition
from app.models import HealthcareService, ServiceRequest
from app.models.service_request import RingPurpose
from app.referrals.answering.accepting import go_back
from app.referrals.answering.owning import owned
from app.referrals.escalation.engine import (
    place_of,
    plan_of,
    reschedule,
    ring_on,
    start_rings,
    withdraw,
)
from app.referrals.escalation.moving import drop
from app.referrals.escalation.plan import Next
from app.referrals.on_call.people import OnCall, everyone_on_call
from app.referrals.records import announce, note, principal_in, request_of, rings_of


async def hold(session: AsyncSession, request_id: UUID, *, now: datetime) -> ServiceRequest:
    """Put it on hold to take another: the crew sees that, since when, and who comes back.

    Again is no error. Raises ResourceNotFound, Forbidden, InvalidTransition.
    """
    request, specialist = await owned(session, request_id, "on hold")
    if request.held_at:
        return request
    if request.dropped_at:
        await go_back(session, request, specialist, now=now)
    request.held_at, request.silent_since = now, None
    request.touch()
    session.add(request.step("held", at=now, who=specialist.practitioner_id, name=specialist.name))
    note(session, "U", "hold ServiceRequest", request)
    announce(session, "request.held", request)
    await session.flush()
    await reschedule(session, request, now=now)
    await session.flush()
    return request


async def resume(session: AsyncSession, request_id: UUID, *, now: datetime) -> ServiceRequest:
    """Go back to it, after a hold or after being cut off. Again is no error. Raises as `hold`."""
    request, specialist = await owned(session, request_id, "resumed")
    await go_back(session, request, specialist, now=now)
    await session.flush()
    return request


async def hand_over(
    session: AsyncSession, request_id: UUID, practitioner_id: UUID, *, now: datetime
) -> ServiceRequest:
    """Ask somebody on call to take it over. It stays the owner's until they accept.

    Another name withdraws the one before; the same again is no error.
    Raises as `hold`, and InvalidInput for somebody who is not on call.
    """
    return await _ask(session, request_id, practitioner_id, purpose="take-over", now=now)


async def bring_in(
    session: AsyncSession, request_id: UUID, practitioner_id: UUID, *, now: datetime
) -> ServiceRequest:
    """Ask somebody on call to join the same consultation. Raises as `hand_over`."""
    return await _ask(session, request_id, practitioner_id, purpose="join", now=now)


async def _ask(
    session: AsyncSession,
    request_id: UUID,
    practitioner_id: UUID,
    *,
    purpose: RingPurpose,
    now: datetime,
) -> ServiceRequest:
    request, specialist = await owned(session, request_id, "handed over")
    person = await _colleague(session, practitioner_id, now=now)
    if request.dropped_at:  # whoever asks is there; and what rings to answer must not become this
        await go_back(session, request, specialist, now=now)
    rings = await rings_of(session, request.id)
    ringing = [ring for ring in rings if ring.outcome == "ringing"]
    if any(r.practitioner_id == practitioner_id and r.purpose == purpose for r in ringing):
        return request
    withdrawn = [ring for ring in ringing if ring.practitioner_id == practitioner_id]
    if purpose == "take-over":
        withdrawn += [ring for ring in ringing if ring.purpose == "take-over"]
    withdraw(withdrawn, now=now)
    await session.flush()
    following = Next(
        place=place_of(request),
        kind="layer",
        seconds=plan_of(request).policy.steps[0].ring_seconds,
        people=(person,),
    )
    fresh = start_rings(session, request, following, purpose=purpose, now=now)
    request.touch()
    what = "hand over ServiceRequest" if purpose == "take-over" else "bring into ServiceRequest"
    note(session, "U", what, request)
    announce(session, "request.ringing", request, [*fresh, *withdrawn], purpose=purpose)
    await session.flush()
    await reschedule(session, request, now=now)
    await session.flush()
    return request


async def colleagues(session: AsyncSession, *, now: datetime) -> list[OnCall]:
    """Everyone else on call for any urgent service of the house, each once, the free first."""
    specialist = principal_in(session)
    services = await session.scalars(
        select(HealthcareService).where(
            HealthcareService.organization_id == specialist.organization_id,
            HealthcareService.urgent,
            HealthcareService.active,
        )
    )
    on_call = await everyone_on_call(session, list(services), now=now)
    found = {
        person.practitioner_id: person
        for people in on_call.values()
        for person in people
        if person.practitioner_id != specialist.practitioner_id
    }
    return sorted(found.values(), key=lambda person: (not person.is_free, person.name))


async def _colleague(session: AsyncSession, practitioner_id: UUID, *, now: datetime) -> OnCall:
    for person in await colleagues(session, now=now):
        if person.practitioner_id == practitioner_id:
            return person
    raise InvalidInput.field("practitioner_id", "This person is not on call now.")


async def ring_again(session: AsyncSession, request_id: UUID, *, now: datetime) -> ServiceRequest:
    """Anybody of either side says that nobody is there: it rings on at once, for whoever is on
    call, from the first step; a hold ends by it. While it rings already that changes nothing.

    Raises ResourceNotFound, Forbidden, InvalidTransition once it is over.
    """
    request = await request_of(session, request_id, lock=True)
    if request.state not in {"ringing", "unanswered", "accepted"}:
        raise InvalidTransition("ServiceRequest", request.state, "ringing")
    rings = await rings_of(session, request.id)
    if any(ring.outcome == "ringing" and ring.purpose == "answer" for ring in rings):
        return request
    if request.state == "accepted" and request.dropped_at is None:
        await drop(session, request, now=now)
    else:
        request.plan_step, request.plan_round = -1, 0
        request.ringing_since = now
        await ring_on(session, request, now=now)
    await session.flush()
    return request
