"""Urgent advice: ask, ring, answer, close."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from app import encounters, referrals
from app.models.text import Name, Prose
from app.routers.dependencies import Config, Now, Session, allow
from app.routers.entries import Sent
from app.routers.paging import PageOf
from app.routers.problems import problems
from app.routers.service_request_shapes import (
    CaseShape,
    Changes,
    NewRequest,
    RequestShape,
    State,
    case_shape,
    request_shape,
)

router = APIRouter(
    prefix="/api/v1/service-requests",
    tags=["urgent advice"],
    dependencies=[Depends(allow("clinician", "crew"))],
)
OPEN: tuple[State, ...] = ("ringing", "unanswered", "accepted")


class Refusal(BaseModel):
    """Why somebody passes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Name


class Whom(BaseModel):
    """Somebody who is on call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    practitioner_id: UUID


class Advice(BaseModel):
    """The outcome, and the advice for the record of both sides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outcome: encounters.Outcome
    advice: Prose = ""


@router.post("", status_code=201, responses=problems(404, 409))
async def raise_request(
    body: NewRequest, session: Session, config: Config, now: Now, response: Response
) -> RequestShape:
    """Ask for advice. The specialists on duty are rung at once; everything else may follow."""
    raised = await referrals.raise_request(
        session, body.asked(), now=now, ring_for=config.ring_lifetime
    )
    response.headers["Location"] = f"{router.prefix}/{raised.id}"
    return request_shape(raised, now)


@router.get("")
async def list_requests(
    session: Session,
    now: Now,
    state: Annotated[list[State], Query(max_length=5)] = list(OPEN),  # noqa: B006 (never changed)
) -> PageOf[RequestShape]:
    """One's own side's requests, most urgent first: up to 100, closed ones of the last 12 hours."""
    found = await referrals.requests(session, now=now, states=state)
    return PageOf(items=[request_shape(row, now) for row in found], next=None)


@router.get("/{request_id}", responses=problems(404))
async def read_request(request_id: UUID, session: Session, now: Now) -> CaseShape:
    """One request with every ring, who is next, and whom to telephone."""
    return case_shape(await referrals.case(session, request_id, now=now), now)


@router.patch("/{request_id}", responses=problems(404, 409))
async def change_request(
    *, request_id: UUID, body: Changes, session: Session, now: Now, entry: Sent
) -> RequestShape:
    """Add or correct what the crew knows; what is absent stays. `Entry-Id` makes a repeat
    harmless; `Happened-At` is put on record where it reaches us late."""
    changed = await referrals.update_request(
        session, request_id, body.changes(), now=now, entry=entry
    )
    return request_shape(changed, now)


@router.post("/{request_id}/accept", responses=problems(404, 409))
async def accept(request_id: UUID, session: Session, now: Now) -> RequestShape:
    """Answer what rings: the request, a hand-over, or a call to join. Of several taps the first
    wins, and the others are told `by` whom and `since` when; `encounter_id` is the consultation."""
    return request_shape(await referrals.accept(session, request_id, now=now), now)


@router.post("/{request_id}/decline", responses=problems(404, 409))
async def decline(request_id: UUID, body: Refusal, session: Session, now: Now) -> RequestShape:
    """Pass: the next are rung at once."""
    declined = await referrals.decline(session, request_id, reason=body.reason, now=now)
    return request_shape(declined, now)


@router.post("/{request_id}/hand-over", responses=problems(404, 409))
async def hand_over(request_id: UUID, body: Whom, session: Session, now: Now) -> RequestShape:
    """Ask somebody on call to take it over (`GET /api/v1/on-call/colleagues`). It rings for them,
    and stays yours until they accept."""
    asked = await referrals.hand_over(session, request_id, body.practitioner_id, now=now)
    return request_shape(asked, now)


@router.post("/{request_id}/bring-in", responses=problems(404, 409))
async def bring_in(request_id: UUID, body: Whom, session: Session, now: Now) -> RequestShape:
    """Ask somebody on call to join the same consultation. It stays yours."""
    asked = await referrals.bring_in(session, request_id, body.practitioner_id, now=now)
    return request_shape(asked, now)


@router.post("/{request_id}/hold", responses=problems(404, 409))
async def hold(request_id: UUID, session: Session, now: Now) -> RequestShape:
    """Put your request on hold, to take another. The crew sees that you come back."""
    return request_shape(await referrals.hold(session, request_id, now=now), now)


@router.post("/{request_id}/resume", responses=problems(404, 409))
async def resume(request_id: UUID, session: Session, now: Now) -> RequestShape:
    """Go back to your request, after a hold or after your line dropped."""
    return request_shape(await referrals.resume(session, request_id, now=now), now)


@router.post("/{request_id}/ring-again", responses=problems(404, 409))
async def ring_again(request_id: UUID, session: Session, now: Now) -> RequestShape:
    """Nobody is there: ring on at once, from the first step. While it rings, nothing changes."""
    return request_shape(await referrals.ring_again(session, request_id, now=now), now)


@router.post("/{request_id}/cancel", responses=problems(404, 409))
async def cancel(request_id: UUID, session: Session, now: Now) -> RequestShape:
    """The crew calls it off."""
    return request_shape(await referrals.cancel(session, request_id, now=now), now)


@router.post("/{request_id}/close", responses=problems(404, 409))
async def close(request_id: UUID, body: Advice, session: Session, now: Now) -> RequestShape:
    """Put outcome and advice on record; the call ends for everyone."""
    closed = await referrals.close(
        session, request_id, outcome=body.outcome, advice=body.advice, now=now
    )
    return request_shape(closed, now)
