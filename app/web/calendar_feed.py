"""One's own appointments in one's own calendar: the address to subscribe to."""

from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import notifications
from app.errors import Forbidden, ResourceNotFound
from app.routers.calendar_feeds import address_of
from app.routers.dependencies import Caller
from app.web.desk import AtDesk

router = APIRouter(include_in_schema=False)


async def own_id(principal: Caller) -> UUID:
    """Whose calendar: the practitioner's who asks. Raises Forbidden."""
    if principal.kind != "staff" or principal.practitioner_id is None:
        raise Forbidden("Only members of staff have appointments of their own.")
    return principal.practitioner_id


Own = Annotated[UUID, Depends(own_id)]


@router.get("/calendar-feed")
async def page(own: Own, desk: AtDesk) -> HTMLResponse:
    """Whether there is a feed, and what it is for."""
    feed = await notifications.feed_of(desk.session, own)
    return desk.page("calendar-feed.html", feed=feed, address="")


@router.post("/calendar-feed")
async def make(own: Own, desk: AtDesk) -> HTMLResponse:
    """A new address, shown once."""
    secret = await notifications.give_feed(desk.session, own)
    feed = await notifications.feed_of(desk.session, own)
    address = address_of(secret, desk.settings.base_url)
    return desk.page("calendar-feed.html", feed=feed, address=address)


@router.post("/calendar-feed/end")
async def end(own: Own, desk: AtDesk) -> Response:
    """The address stops working; it is no fault if it had already."""
    with suppress(ResourceNotFound):
        await notifications.end_feed(desk.session, own)
    return RedirectResponse("/calendar-feed", 303)
