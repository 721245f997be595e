"""The door of an offer's link: what is offered, then the date of birth with yes or no.

The secret comes in the body: the link carries it after #, which no server and no log sees.
"""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app import security
from app.errors import DomainError, LinkLocked, WrongBirthDate
from app.identity import Actor
from app.models.organization import Channel
from app.routers.dependencies import Config, Db, From, Now
from app.routers.documentation import OPEN_TO_ALL
from app.routers.problems import problems
from app.scheduling import waiting_list
from app.scheduling.waiting_list import Answered, OfferAnswer, OpenedOffer

router = APIRouter(prefix="/api/v1/offers", tags=["waiting list"])

Secret = Annotated[str, Field(min_length=1, max_length=100, examples=["Xb7…"])]


class OfferSecret(BaseModel):
    """What stands after # in the link."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: Secret


class Confirmation(BaseModel):
    """Yes or no, and the patient's date of birth."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: Secret
    birth_date: date
    answer: OfferAnswer


class OpenOffer(BaseModel):
    """What someone who holds the link may know before saying who they are. `replaces` says that an
    appointment they have is given up when they accept; `phone` is whom to ring."""

    organization: str
    service: str
    with_name: str
    start: AwareDatetime
    end: AwareDatetime
    time_zone: str
    channel: Channel
    expires_at: AwareDatetime
    replaces: bool
    phone: str


class OfferAnswered(BaseModel):
    """What came of it. `join_url` is the way into a video appointment. It is given here only:
    nobody can read it again."""

    status: Literal["accepted", "declined"]
    start: AwareDatetime
    end: AwareDatetime
    time_zone: str
    join_url: str | None = None


@router.post("", responses=problems(410), openapi_extra=OPEN_TO_ALL)
async def open_offer(body: OfferSecret, db: Db, source: From, now: Now) -> OpenOffer:
    """What the link offers, and until when."""
    async with db.transaction(Actor(duty="sign-in", origin=source)) as session:
        opened = await waiting_list.open_offer(session, body.secret, now=now)
    offer = opened.offer
    return OpenOffer(
        organization=opened.organization,
        service=opened.service,
        with_name=opened.with_name,
        start=offer.start,
        end=offer.end,
        time_zone=offer.time_zone,
        channel=offer.channel,
        expires_at=offer.expires_at,
        replaces=opened.replaces,
        phone=opened.phone,
    )


@router.post("/confirm", responses=problems(409, 410), openapi_extra=OPEN_TO_ALL)
async def confirm(
    *, body: Confirmation, request: Request, db: Db, config: Config, source: From, now: Now
) -> OfferAnswered:
    """Accept, which books the time; or decline, which gives it to the next."""
    security.require_same_origin(request, config)
    async with db.transaction(Actor(duty="sign-in", origin=source)) as session:
        opened = await waiting_list.open_offer(session, body.secret, now=now)
        answered = await waiting_list.answer_offer(
            session, body.secret, body.birth_date, body.answer, now=now
        )
    # Only now: a wrong try must be on record.
    if not answered.is_confirmed:
        raise _refusal(opened, answered)
    return _shape(answered, config.base_url)


def _refusal(opened: OpenedOffer, answered: Answered) -> DomainError:
    left = answered.offer.tries_left
    return WrongBirthDate(left) if left > 0 else LinkLocked(opened.phone)


def _shape(answered: Answered, base_url: str) -> OfferAnswered:
    offer, booking = answered.offer, answered.booking
    secret = booking.join_secret if booking else None
    return OfferAnswered(
        status="accepted" if booking else "declined",
        start=offer.start,
        end=offer.end,
        time_zone=offer.time_zone,
        join_url=f"{base_url}/join#{secret}" if secret else None,
    )
