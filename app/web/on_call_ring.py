"""The ring over any page, one request's page, and what a specialist answers."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse

from app import referrals
from app.errors import AlreadyAnswered, Forbidden, ResourceNotFound
from app.identity import Principal
from app.referrals import Case, Journey
from app.routers.dependencies import allow
from app.web.advice import advice_of
from app.web.desk import AtDesk, Desk
from app.web.on_call import Specialist
from app.web.ringing import (
    CaseShown,
    Colleague,
    Ringing,
    colleague_of,
    ringing_of,
    shown_case,
)

router = APIRouter(include_in_schema=False)
Staff = Annotated[
    Principal, Depends(allow("clinician", "crew", "scheduler", "administrator", "auditor"))
]
REASONS = {
    "busy": "Busy with a patient",
    "not-mine": "Not my specialty",
    "other": "Another reason",
}


@router.get("/fragments/ring")
async def ring(
    desk: AtDesk, principal: Staff, showing: Annotated[UUID | None, Query()] = None
) -> HTMLResponse:
    """What rings for this person now; empty when nothing does.

    What is `showing` stays in front while it rings, whatever is more urgent: nobody must answer
    another than they read. When it has stopped, what became of it.
    """
    if principal.practitioner_id is None or not principal.has("clinician"):
        return desk.fragment("on_call/ring_fragment.html", ring=None, over=None)
    ringing = await _ringing(desk, showing)
    shown = ringing[0] if ringing else None
    return desk.fragment(
        "on_call/ring_fragment.html",
        ring=shown,
        others=ringing[1:],
        colleagues=await _colleagues(desk) if shown else [],
        reasons=REASONS,
        over=await _over(desk, principal, showing, shown),
    )


async def _ringing(desk: Desk, showing: UUID | None) -> list[Ringing]:
    found = [
        ringing_of(each, *await _case(desk, request.id))
        for each, request in await referrals.ringing_for_me(desk.session, now=desk.now)
    ]
    return sorted(found, key=lambda each: each.id != showing)


async def _case(desk: Desk, request_id: UUID) -> tuple[Case, Journey]:
    case = await referrals.case(desk.session, request_id, now=desk.now)
    return case, await referrals.journey(desk.session, request_id, now=desk.now)


async def _colleagues(desk: Desk) -> list[Colleague]:
    people = await referrals.colleagues(desk.session, now=desk.now)
    return [colleague_of(person) for person in people]


async def _over(
    desk: Desk, principal: Principal, showing: UUID | None, shown: Ringing | None
) -> CaseShown | None:
    if showing is None or (shown and shown.id == showing):
        return None
    try:
        case, way = await _case(desk, showing)
    except (ResourceNotFound, Forbidden):
        return None
    return _shown(principal, case, way)


def _shown(principal: Principal, case: Case, way: Journey) -> CaseShown:
    return shown_case(case, way, reader=principal.practitioner_id)


@router.get("/on-call/requests/{request_id}")
async def request_page(request_id: UUID, desk: AtDesk, principal: Specialist) -> HTMLResponse:
    """One request, from a notification or a text message: answer it, or see who has it."""
    case, way = await _case(desk, request_id)
    shown = _shown(principal, case, way)
    return desk.page("on_call/request.html", advice=advice_of(case), case=shown)


@router.get("/fragments/on-call/requests/{request_id}")
async def request_fragment(request_id: UUID, desk: AtDesk, principal: Specialist) -> HTMLResponse:
    """The same as it changes."""
    case, way = await _case(desk, request_id)
    shown = _shown(principal, case, way)
    return desk.fragment("on_call/request_fragment.html", advice=advice_of(case), case=shown)


@router.post("/on-call/{request_id}/accept")
async def accept(
    request_id: UUID, desk: AtDesk, _: Specialist, by: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Answer. Whoever was not the first is told who has it."""
    try:
        request = await referrals.accept(desk.session, request_id, now=desk.now)
    except AlreadyAnswered:
        return RedirectResponse(f"/on-call/requests/{request_id}", 303)
    if request.encounter_id is None:
        raise AlreadyAnswered
    sound = "?by=sound" if by == "sound" else ""
    return RedirectResponse(f"/consultations/{request.encounter_id}{sound}", 303)


@router.post("/on-call/{request_id}/decline")
async def decline(
    request_id: UUID, desk: AtDesk, _: Specialist, reason: Annotated[str, Form()] = "other"
) -> RedirectResponse:
    """The next are rung at once."""
    words = REASONS.get(reason, REASONS["other"])
    await referrals.decline(desk.session, request_id, reason=words, now=desk.now)
    return RedirectResponse("/on-call", 303)


@router.post("/on-call/{request_id}/pass")
async def pass_on(
    request_id: UUID, desk: AtDesk, _: Specialist, practitioner_id: Annotated[UUID, Form()]
) -> RedirectResponse:
    """Ring somebody better instead."""
    await referrals.pass_to(desk.session, request_id, practitioner_id, now=desk.now)
    return RedirectResponse("/on-call", 303)
