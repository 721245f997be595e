"""The specialist's pages: on and off duty, the queue, and the ring over any page."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app import referrals
from app.errors import AlreadyAnswered
from app.identity import Principal
from app.referrals import Duty
from app.routers.dependencies import Config, Now, Session, allow
from app.web.advice import Advice, listed
from app.web.frame import PageFrame, render, render_fragment

router = APIRouter(include_in_schema=False)
Staff = Annotated[
    Principal, Depends(allow("clinician", "crew", "scheduler", "administrator", "auditor"))
]
Specialist = Annotated[Principal, Depends(allow("clinician"))]
REASONS = {
    "busy": "Busy with a patient",
    "not-mine": "Not my specialty",
    "other": "Another reason",
}


@router.get("/on-call")
async def page(
    request: Request, frame: PageFrame, principal: Specialist, session: Session, now: Now
) -> HTMLResponse:
    """Duty, who else is on, and the requests."""
    duties = [_shown(duty) for duty in await referrals.duties(session)]
    queue = await _queue(session, principal, now)
    return render(request, "on_call/page.html", frame, duties=duties, queue=queue)


def _shown(duty: Duty) -> dict[str, object]:
    others = ", ".join(duty.others)
    return {
        "service_id": duty.service_id,
        "service_name": duty.service_name,
        "is_on": duty.is_on,
        "since": duty.since,
        "others_words": f"Also on duty: {others}." if others else "Nobody else is on duty.",
    }


async def _queue(session: Session, principal: Principal, now: Now) -> list[dict[str, object]]:
    found = await referrals.requests(session, now=now)
    return [
        {
            "id": request.id,
            "question": request.question,
            "time_critical": request.time_critical,
            "state": request.state,
            "encounter_id": request.encounter_id,
            "is_mine": request.accepted_by == principal.practitioner_id,
            "facts_words": advice.facts_words,
            "state_words": _waiting_words(advice),
            "priority_words": advice.priority_words if request.is_open else "",
        }
        for request in found
        for advice in [listed(request, referrals.priority_of(request, now))]
    ]


def _waiting_words(advice: Advice) -> str:
    return "It is ringing." if advice.request.state == "ringing" else advice.state_words


@router.get("/fragments/on-call")
async def queue(
    frame: PageFrame, principal: Specialist, session: Session, now: Now
) -> HTMLResponse:
    """The requests, as they change."""
    found = await _queue(session, principal, now)
    return render_fragment("on_call/queue_fragment.html", frame, queue=found)


@router.post("/on-call/duty")
async def duty(
    _: Specialist,
    session: Session,
    now: Now,
    service_id: Annotated[UUID, Form()],
    on: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Go on or off duty."""
    await referrals.take_duty(session, service_id, on=on != "", now=now)
    return RedirectResponse("/on-call", 303)


@router.get("/fragments/ring")
async def ring(frame: PageFrame, principal: Staff, session: Session, now: Now) -> HTMLResponse:
    """What rings for this person now; empty when nothing does."""
    if principal.practitioner_id is None or not principal.has("clinician"):
        return render_fragment("on_call/ring_fragment.html", frame, advice=None)
    ringing = await referrals.ringing_for_me(session, now=now)
    advice = None
    if ringing:
        first, request = ringing[0]
        advice = listed(request, referrals.priority_of(request, now), first)
    return render_fragment("on_call/ring_fragment.html", frame, advice=advice)


@router.post("/on-call/{request_id}/accept")
async def accept(request_id: UUID, _: Specialist, session: Session, now: Now) -> RedirectResponse:
    """Answer on video. Raises AlreadyAnswered, which names who has it."""
    request = await referrals.accept(session, request_id, now=now)
    if request.encounter_id is None:
        raise AlreadyAnswered
    return RedirectResponse(f"/consultations/{request.encounter_id}", 303)


@router.post("/on-call/{request_id}/decline")
async def decline(
    request_id: UUID,
    _: Specialist,
    session: Session,
    now: Now,
    *,
    config: Config,
    reason: Annotated[str, Form()] = "other",
) -> RedirectResponse:
    """Pass it on: the next are rung at once."""
    words = REASONS.get(reason, REASONS["other"])
    await referrals.decline(
        session, request_id, reason=words, now=now, ring_for=config.ring_lifetime
    )
    return RedirectResponse("/on-call", 303)
