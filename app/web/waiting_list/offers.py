"""Answers by phone: the desk accepts or declines for somebody who was asked, or takes it back."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response

from app.errors import Conflict, DomainError, Gone
from app.scheduling import waiting_list
from app.scheduling.waiting_list import Freed
from app.web.choices import service_choices
from app.web.desk import AtDesk

router = APIRouter()


@router.post("/waiting-list/ask")
async def ask(desk: AtDesk) -> Response:
    """Offer what is free now to those it suits, without waiting for the next round."""
    offers = 0
    async with desk.session.begin_nested():
        for service in await service_choices(desk.session):
            made = await waiting_list.offer_freed(desk.session, Freed(service.id), now=desk.now)
            offers += len(made)
    done = "asked" if offers else "nobody"
    return RedirectResponse(f"/waiting-list?done={done}", 303)


@router.post("/waiting-list/offers/{offer_id}")
async def answer(
    offer_id: UUID,
    desk: AtDesk,
    version: Annotated[int, Form()],
    said: Annotated[Literal["accept", "decline", "retract"], Form()],
) -> Response:
    """What they said. Book it, or let the time go to the next."""
    try:
        async with desk.session.begin_nested():
            await _act(desk, offer_id, version, said)
    except (Conflict, Gone) as refusal:
        return RedirectResponse(f"/waiting-list?done={_why(refusal)}", 303)
    return RedirectResponse(f"/waiting-list?done={_DONE[said]}", 303)


_DONE = {"accept": "booked", "decline": "declined", "retract": "retracted"}


async def _act(
    desk: AtDesk, offer_id: UUID, version: int, said: Literal["accept", "decline", "retract"]
) -> None:
    session, now = desk.session, desk.now
    match said:
        case "accept":
            await waiting_list.accept(session, offer_id, version=version, now=now)
        case "decline":
            await waiting_list.decline(session, offer_id, version=version, now=now)
        case "retract":
            await waiting_list.retract(session, offer_id, version=version, now=now)


def _why(refusal: DomainError) -> str:
    return {"patient-busy": "busy", "offer-over": "over"}.get(refusal.slug, "stale")
