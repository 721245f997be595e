"""Private calendar feeds: made and ended by their practitioner, read by calendars."""

from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel

from app import notifications
from app.identity import Actor
from app.notifications import Feed
from app.routers.dependencies import Config, Db, From, Now, Session
from app.routers.documentation import OPEN_TO_ALL
from app.routers.idempotency import Repeatable, Reply
from app.routers.problems import problems

router = APIRouter(tags=["calendars"])
_OWN = "/api/v1/practitioners/{practitioner_id}/calendar-feed"


class FeedShape(BaseModel):
    """Whether there is a feed, and when a calendar last asked for it, about."""

    active: bool
    created_at: datetime | None
    last_read_at: datetime | None


class NewFeed(BaseModel):
    """The address to subscribe to. It is given here only: nobody can read it again."""

    url: str


@router.get(_OWN, responses=problems(404))
async def read_state(practitioner_id: UUID, session: Session) -> FeedShape:
    """Your own feed; anybody's for administrators."""
    feed = await notifications.feed_of(session, practitioner_id)
    return FeedShape(
        active=feed is not None,
        created_at=feed.created_at if feed else None,
        last_read_at=feed.last_read_at if feed else None,
    )


@router.post(_OWN, status_code=201, response_model=NewFeed, responses=problems(404, 409))
async def make_feed(
    practitioner_id: UUID, once: Repeatable, session: Session, config: Config
) -> Response:
    """Make a feed. The one before it ends."""

    async def act() -> Reply:
        secret = await notifications.give_feed(session, practitioner_id)
        return Reply(201, NewFeed(url=address_of(secret, config.base_url)), {})

    return await once(act)


@router.delete(_OWN, status_code=204, responses=problems(404))
async def end_feed(practitioner_id: UUID, session: Session) -> None:
    """End it: the address stops working at once."""
    await notifications.end_feed(session, practitioner_id)


def address_of(secret: str, base_url: str) -> str:
    """What a calendar is given."""
    return f"{base_url}/calendar/{secret}.ics"


@router.get("/calendar/{secret}.ics", include_in_schema=False, openapi_extra=OPEN_TO_ALL)
async def read_feed(
    *,
    secret: Annotated[str, Path(max_length=200)],
    db: Db,
    config: Config,
    source: From,
    now: Now,
    if_none_match: Annotated[str, Header()] = "",
    if_modified_since: Annotated[str, Header()] = "",
) -> Response:
    """The feed, to whoever knows its address; 304 where the calendar has it already."""
    async with db.transaction(Actor(duty="sign-in", origin=source)) as session:
        feed = await notifications.read_feed(session, secret, config.base_url, now=now)
    headers = {
        "ETag": feed.etag,
        "Last-Modified": format_datetime(feed.changed_at, usegmt=True),
        "Cache-Control": "private, no-cache",
    }
    if _is_known(feed, if_none_match, if_modified_since):
        return Response(status_code=304, headers=headers)
    return Response(feed.body, headers=headers, media_type="text/calendar; charset=utf-8")


def _is_known(feed: Feed, etags: str, since: str) -> bool:
    """RFC 9110 §13.2.2: the ETag decides where both are sent."""
    if etags:
        known = {etag.strip().removeprefix("W/") for etag in etags.split(",")}
        return "*" in known or feed.etag in known
    try:
        return bool(since) and feed.changed_at <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
