"""Whoever is rung names somebody better: that one rings at once, in their place."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput, InvalidTransition
from app.models import ServiceRequest
from app.referrals.answering.accepting import ringing_for
from app.referrals.answering.owning import asked, refuse_taken
from app.referrals.answering.sharing import colleagues
from app.referrals.escalation.engine import place_of, plan_of, reschedule, ring
from app.referrals.escalation.plan import Next
from app.referrals.records import announce, note, rings_of


async def pass_to(
    session: AsyncSession, request_id: UUID, practitioner_id: UUID, *, now: datetime
) -> ServiceRequest:
    """Ring this colleague who is on call instead of the principal, who is rung no more.

    If the colleague does not answer it goes on from where it was. Raises ResourceNotFound,
    Forbidden, AlreadyAnswered, InvalidTransition where it does not ring for the principal (any
    more), InvalidInput for somebody who is not on call.
    """
    request, specialist = await asked(session, request_id)
    if not request.is_sought and request.state != "revoked":
        await refuse_taken(session, request)
    rings = await rings_of(session, request.id)
    mine = [each for each in ringing_for(rings, specialist) if each.purpose == "answer"]
    if not mine:
        raise InvalidTransition("Ring", "over", "passed on")
    people = await colleagues(session, now=now)
    person = next((each for each in people if each.practitioner_id == practitioner_id), None)
    if person is None:
        raise InvalidInput.field("practitioner_id", "This person is not on call now.")
    for each in mine:
        each.outcome, each.answered_at = "declined", now
        each.decline_reason = f"Passed to {person.name}"
        detail = {"purpose": each.purpose, "passed_to": person.name}
        session.add(
            request.step(
                "declined",
                at=now,
                who=each.practitioner_id,
                name=each.practitioner_name,
                detail=detail,
            )
        )
    request.touch()
    await session.flush()
    note(session, "U", "pass on ServiceRequest", request)
    announce(session, "request.declined", request, mine)
    if not any(
        each.practitioner_id == practitioner_id and each.outcome == "ringing" for each in rings
    ):
        seconds = plan_of(request).policy.steps[0].ring_seconds
        following = Next(place_of(request), "layer", seconds, (person,))
        await ring(session, request, following, now=now)
    await reschedule(session, request, now=now)
    await session.flush()
    return request
