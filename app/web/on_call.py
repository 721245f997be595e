"""The specialist's page: on and off call, who else is, what comes, and the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import Field, ValidationError
from sqlalchemy import select

from app import referrals
from app.errors import InvalidInput
from app.identity import Principal
from app.models import OnCallSwap, Practitioner, Presence
from app.models.paging import After
from app.referrals import Planned
from app.referrals.on_call.people import AHEAD
from app.routers.dependencies import allow
from app.routers.ring_devices import Pushing
from app.web.advice import Advice, facts_of, listed
from app.web.desk import AtDesk, Desk
from app.web.forms import PostedOnce, added_once
from app.web.on_call_words import (
    DutyShown,
    Piece,
    ServiceShown,
    Span,
    SwapShown,
    duty_of,
    gap_of,
    pieces_of,
    service_of,
    shift_of,
    swap_of,
)
from app.web.rung_by import rung_by

router = APIRouter(include_in_schema=False)
Specialist = Annotated[Principal, Depends(allow("clinician"))]
MOST_SWAPS = 50
NEWS_FOR = timedelta(days=2)
"""Whoever asked on a Friday evening reads the answer on Sunday."""


class SwapForm(PostedOnce):
    """Ask somebody to take a shift of mine."""

    service_id: UUID
    layer: int
    asked_of: UUID
    period: Annotated[str, Field(max_length=100)]


@router.get("/on-call")
async def page(desk: AtDesk, principal: Specialist, push: Pushing) -> HTMLResponse:
    """Duty, who else is on, and the requests."""
    return desk.page(
        "on_call/page.html",
        own=await _own(desk, principal),
        queue=await _queue(desk, principal),
        ringing=await rung_by(desk, push),
    )


@dataclass(frozen=True, slots=True)
class Own:
    """What the page says of duty: mine, everybody's now, and what comes."""

    duties: list[DutyShown]
    away_since: datetime | None
    services: list[ServiceShown]
    shifts: list[tuple[Span, list[Piece]]]
    swaps: list[SwapShown]
    answers: list[SwapShown]
    gaps: list[Span]
    colleagues: list[tuple[UUID, str]]
    form_id: UUID


async def _own(desk: Desk, principal: Principal) -> Own:
    zone = desk.frame.zone
    duties = await referrals.duties(desk.session, now=desk.now)
    mine = [duty.service_id for duty in duties]
    planned = await referrals.planned(desk.session, start=desk.now, end=desk.now + AHEAD)
    gaps = await referrals.gaps_ahead(desk.session, now=desk.now)
    swaps, answers = await _my_swaps(desk, principal)
    return Own(
        duties=[duty_of(duty, zone, desk.now) for duty in duties],
        away_since=await _away_since(desk, principal),
        services=await _services(desk, mine),
        shifts=[
            (shift, pieces_of(shift, zone, desk.now))
            for shift in (
                shift_of(each, zone)
                for each in planned
                if each.practitioner_id == principal.practitioner_id
            )
        ],
        swaps=swaps,
        answers=answers,
        gaps=[gap_of(gap, zone) for gap in gaps if gap.service_id in mine],
        colleagues=_colleagues(planned, principal),
        form_id=uuid4(),
    )


async def _away_since(desk: Desk, principal: Principal) -> datetime | None:
    since: datetime | None = await desk.session.scalar(
        select(Presence.away_since).where(Presence.practitioner_id == principal.practitioner_id)
    )
    return since


async def _services(desk: Desk, mine: list[UUID]) -> list[ServiceShown]:
    services = [each for each in await referrals.urgent_services(desk.session) if each.id in mine]
    on_call = await referrals.everyone_on_call(desk.session, services, now=desk.now)
    return [service_of(each, on_call[each.id], desk.frame.zone, desk.now) for each in services]


async def _my_swaps(desk: Desk, principal: Principal) -> tuple[list[SwapShown], list[SwapShown]]:
    """Those that wait for an answer, and the answers to one's own questions while they are new."""
    found = await referrals.list_swaps(desk.session, after=After(limit=MOST_SWAPS))
    me = principal.practitioner_id
    mine = [swap for swap in found.items if me in {swap.asked_by, swap.asked_of}]
    waiting = [swap for swap in mine if swap.status == "asked"]
    answered = [swap for swap in mine if swap.asked_by == me and _is_news(swap, desk.now)]
    ids = {person for swap in (*waiting, *answered) for person in (swap.asked_by, swap.asked_of)}
    people = await desk.session.scalars(select(Practitioner).where(Practitioner.id.in_(ids)))
    names = {person.id: person.display_name for person in people}
    shown = {
        swap.id: swap_of(swap, names, me=me, zone=desk.frame.zone) for swap in (*waiting, *answered)
    }
    return [shown[swap.id] for swap in waiting], [shown[swap.id] for swap in answered]


def _is_news(swap: OnCallSwap, now: datetime) -> bool:
    """Answered by the other one, not long ago, for a time that is not over."""
    decided = swap.decided_at
    is_answer = swap.status in {"agreed", "declined"}
    return is_answer and decided is not None and now - decided < NEWS_FOR and now < swap.ends_at


def _colleagues(planned: Sequence[Planned], principal: Principal) -> list[tuple[UUID, str]]:
    """Whom to ask for a swap: those who are on the rota in the coming days."""
    people = {
        each.practitioner_id: each.name
        for each in planned
        if each.practitioner_id != principal.practitioner_id
    }
    return sorted(people.items(), key=lambda each: each[1])


async def _queue(desk: Desk, principal: Principal) -> list[dict[str, object]]:
    found = await referrals.requests(desk.session, now=desk.now)
    return [
        {
            "id": request.id,
            "question": request.question,
            "time_critical": request.time_critical,
            "state": request.state,
            "is_sought": request.is_sought,
            "is_held": request.held_at is not None,
            "encounter_id": request.encounter_id,
            "is_mine": request.accepted_by == principal.practitioner_id,
            "facts_words": facts_of(request, desk.now),
            "state_words": _waiting_words(advice),
            "priority_words": advice.priority_words if request.is_sought else "",
        }
        for request in found
        for advice in [listed(request, referrals.priority_of(request, desk.now))]
    ]


def _waiting_words(advice: Advice) -> str:
    return "It is ringing." if advice.request.state == "ringing" else advice.state_words


@router.get("/fragments/on-call")
async def queue(desk: AtDesk, principal: Specialist) -> HTMLResponse:
    """The requests, as they change."""
    return desk.fragment("on_call/queue_fragment.html", queue=await _queue(desk, principal))


@router.get("/fragments/on-call/duty")
async def duty_fragment(desk: AtDesk, principal: Specialist) -> HTMLResponse:
    """Who is on call, what comes and what is asked, as it changes."""
    return desk.fragment("on_call/duty_fragment.html", own=await _own(desk, principal))


@router.post("/on-call/duty")
async def duty(
    desk: AtDesk,
    _: Specialist,
    service_id: Annotated[UUID, Form()],
    on: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Take requests outside of the rota, or stand down from it."""
    await referrals.take_duty(desk.session, service_id, on=on != "", now=desk.now)
    return RedirectResponse("/on-call", 303)


@router.post("/on-call/away")
async def away(desk: AtDesk, _: Specialist, away: Annotated[str, Form()] = "") -> RedirectResponse:
    """Away for a moment: others are rung first. Or back again."""
    await referrals.say_away(desk.session, away=away != "", now=desk.now)
    return RedirectResponse("/on-call", 303)


@router.post("/on-call/swaps")
async def ask_swap(
    desk: AtDesk, _: Specialist, form: Annotated[SwapForm, Form()]
) -> RedirectResponse:
    """Ask a colleague to take a shift. Nothing changes until they agree."""
    await added_once(referrals.ask_swap(desk.session, _wanted(form), now=desk.now))
    return RedirectResponse("/on-call", 303)


def _wanted(form: SwapForm) -> referrals.NewSwap:
    starts_at, _, ends_at = form.period.partition("/")
    asked = form.model_dump(exclude={"form_id", "period"})
    try:
        return referrals.NewSwap.model_validate(
            {**asked, "id": form.own_id, "starts_at": starts_at, "ends_at": ends_at}
        )
    except ValidationError as error:
        raise InvalidInput.field("period", "is not a time that can be swapped") from error


@router.post("/on-call/swaps/{swap_id}/{answer}")
async def answer_swap(
    swap_id: UUID, answer: Literal["agree", "decline", "withdraw"], desk: AtDesk, _: Specialist
) -> RedirectResponse:
    """Agree, decline, or take one's own question back."""
    act = {
        "agree": referrals.agree_swap,
        "decline": referrals.decline_swap,
        "withdraw": referrals.withdraw_swap,
    }[answer]
    await act(desk.session, swap_id, now=desk.now)
    return RedirectResponse("/on-call", 303)
