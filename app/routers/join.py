"""The door of a join link: its secret, then the date of birth or a name, then a session.

The secret comes in the body: the link carries it after #, which no server and no log sees.
"""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from app import accounts, encounters, security
from app.accounts import Opened
from app.config import Settings
from app.encounters import Confirmation, OpenedLink
from app.errors import EncounterOver, LinkLocked, WrongBirthDate
from app.identity import Actor
from app.models import EncounterParticipant
from app.routers.dependencies import Config, Db, From, Now
from app.routers.documentation import OPEN_TO_ALL
from app.routers.problems import problems

router = APIRouter(prefix="/api/v1/join", tags=["Join links"])

Secret = Annotated[str, Field(min_length=1, max_length=100, examples=["4ntq2yq7…"])]
GuestName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f<>]+$"
    ),
]


class LinkSecret(BaseModel):
    """What stands after # in the link."""

    model_config = ConfigDict(extra="forbid")

    secret: Secret


class Answer(BaseModel):
    """A patient's date of birth, or a guest's name: one of the two."""

    model_config = ConfigDict(extra="forbid")

    secret: Secret
    birth_date: date | None = None
    name: GuestName | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.birth_date is None) == (self.name is None):
            raise ValueError("send birth_date or name")
        return self


class Door(BaseModel):
    """What someone who holds the link may know before saying who they are."""

    stage: Literal["birth-date", "name"]
    channel: str
    organization: str
    with_name: str
    starts_at: AwareDatetime | None
    opens_at: AwareDatetime | None
    time_zone: str
    phone: str


class Inside(BaseModel):
    """Where to go now; the session is in the cookie."""

    next: Literal["/visit"] = "/visit"


@router.post("", responses=problems(410), openapi_extra=OPEN_TO_ALL)
async def open_link(body: LinkSecret, db: Db, source: From, now: Now) -> Door:
    """Where a link leads, and what it asks for."""
    async with db.transaction(Actor(duty="sign-in", origin=source)) as session:
        opened = await encounters.open_link(session, body.secret, now=now)
    return Door(
        stage=_stage(opened),
        channel=opened.channel,
        organization=opened.organization,
        with_name=opened.with_name,
        starts_at=opened.starts_at,
        opens_at=opened.opens_at,
        time_zone=opened.time_zone,
        phone=opened.phone,
    )


@router.post("/confirm", responses=problems(410), openapi_extra=OPEN_TO_ALL)
async def confirm(
    body: Answer,
    request: Request,
    response: Response,
    *,
    db: Db,
    config: Config,
    source: From,
    now: Now,
) -> Inside:
    """Say who one is. Right: a session, for as long as the link works and from any device."""
    security.require_same_origin(request, config)
    async with db.transaction(Actor(duty="sign-in", origin=source)) as session:
        opened = await encounters.open_link(session, body.secret, now=now)
        _stage(opened)
        confirmation = await _confirmed(session, body, now)
        visit = await _visit(session, opened, confirmation, config, now)
    # Only now: a wrong try must be on record.
    if visit is None:
        raise _refusal(opened, confirmation)
    security.set_session_cookie(response, visit.secret, config, of="visit")
    return Inside()


def _stage(opened: OpenedLink) -> Literal["birth-date", "name"]:
    if opened.stage == "locked":
        raise LinkLocked(opened.phone)
    if opened.stage == "over":
        raise EncounterOver
    return opened.stage


async def _confirmed(session: AsyncSession, body: Answer, now: datetime) -> Confirmation:
    if body.birth_date is not None:
        return await encounters.confirm_birth_date(session, body.secret, body.birth_date, now=now)
    return await encounters.confirm_name(session, body.secret, body.name or "", now=now)


async def _visit(
    session: AsyncSession,
    opened: OpenedLink,
    confirmation: Confirmation,
    settings: Settings,
    now: datetime,
) -> Opened | None:
    if confirmation.principal is None:
        return None
    participant = await session.get_one(EncounterParticipant, opened.participant.id)
    return await accounts.open_session(session, participant, "cookie", now=now, settings=settings)


def _refusal(opened: OpenedLink, confirmation: Confirmation) -> LinkLocked | WrongBirthDate:
    if opened.stage == "birth-date" and confirmation.tries_left > 0:
        return WrongBirthDate(confirmation.tries_left)
    return LinkLocked(opened.phone)
