"""Offers made from the waiting list, as the desk sees and answers them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict

from app.models import WaitingListOffer
from app.models.organization import Channel
from app.routers.appointment_shapes import BookedShape
from app.routers.appointments import booked_reply
from app.routers.dependencies import Config, IfMatch, Now, Session
from app.routers.holds import BOOKING
from app.routers.idempotency import Repeatable, Reply
from app.routers.paging import Cursor, Limit, PageOf, after, page_of
from app.routers.problems import problems
from app.scheduling import waiting_list

OfferStatus = Literal["open", "accepted", "declined", "lapsed", "withdrawn"]
router = APIRouter(
    prefix="/api/v1/waiting-list-offers", tags=["waiting list"], dependencies=[Depends(BOOKING)]
)


class OfferShape(BaseModel):
    """A time held for one entry until `expires_at`. `version` is the ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    status: OfferStatus
    entry_id: UUID
    practitioner_id: UUID
    service_id: UUID
    start: datetime
    end: datetime
    time_zone: str
    channel: Channel
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None
    version: int


class OfferFilters(BaseModel):
    """Which offers; what is absent does not matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entry_id: UUID | None = None
    status: OfferStatus | None = None
    limit: Limit = 25
    cursor: Cursor = None


def offer_headers(offer: WaitingListOffer) -> dict[str, str]:
    """Where it is and which version."""
    return {"ETag": offer.etag, "Location": f"{router.prefix}/{offer.id}"}


@router.get("")
async def list_offers(
    session: Session, filters: Annotated[OfferFilters, Query()]
) -> PageOf[OfferShape]:
    """Offers, the newest first."""
    start = after(filters.cursor, filters.limit, datetime, UUID)
    wanted = waiting_list.OfferFilters(filters.entry_id, filters.status)
    page = await waiting_list.list_offers(session, wanted, after=start)
    return page_of(page, OfferShape.model_validate)


@router.get("/{offer_id}", responses=problems(404))
async def read_offer(offer_id: UUID, session: Session, response: Response) -> OfferShape:
    """One offer."""
    found = await waiting_list.read_offer(session, offer_id)
    response.headers["ETag"] = found.etag
    return OfferShape.model_validate(found)


@router.post(
    "/{offer_id}/accept",
    status_code=201,
    response_model=BookedShape,
    responses=problems(404, 409, 410, 412, 428),
)
async def accept(
    *,
    offer_id: UUID,
    version: IfMatch,
    once: Repeatable,
    session: Session,
    config: Config,
    now: Now,
) -> Response:
    """Book the time for a patient who has said yes."""

    async def act() -> Reply:
        booking = await waiting_list.accept(session, offer_id, version=version, now=now)
        return await booked_reply(session, booking, config.base_url)

    return await once(act)


@router.post(
    "/{offer_id}/decline", response_model=OfferShape, responses=problems(404, 409, 410, 412, 428)
)
async def decline(
    offer_id: UUID, version: IfMatch, once: Repeatable, session: Session, now: Now
) -> Response:
    """The patient cannot come then: they wait on, and the time goes to the next."""

    async def act() -> Reply:
        declined = await waiting_list.decline(session, offer_id, version=version, now=now)
        return Reply(200, OfferShape.model_validate(declined), {"ETag": declined.etag})

    return await once(act)


@router.post(
    "/{offer_id}/withdraw", response_model=OfferShape, responses=problems(404, 409, 410, 412, 428)
)
async def withdraw(
    offer_id: UUID, version: IfMatch, once: Repeatable, session: Session, now: Now
) -> Response:
    """Take the offer back. The patient waits on."""

    async def act() -> Reply:
        taken_back = await waiting_list.retract(session, offer_id, version=version, now=now)
        return Reply(200, OfferShape.model_validate(taken_back), {"ETag": taken_back.etag})

    return await once(act)
