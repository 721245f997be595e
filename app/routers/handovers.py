"""Handing a case over: the facts, the PDF, and links for a team that has no account here."""

import asyncio
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from app.errors import LinkLocked, WrongRecipient
from app.identity import Actor
from app.referrals import handover
from app.referrals.handover import Handover, Opening
from app.routers.dependencies import Config, Db, From, Now, Session, allow
from app.routers.documentation import OPEN_TO_ALL
from app.routers.handover_shapes import (
    FollowedLink,
    HandoverLinkShape,
    HandoverShape,
    MadeHandoverLink,
    NewHandoverLink,
    handover_shape,
    link_shape,
    made_shape,
)
from app.routers.paging import PageOf
from app.routers.problems import problems

router = APIRouter(prefix="/api/v1", tags=["urgent advice"])
STAFF = Depends(allow("clinician", "crew"))
PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {}}, "description": "The handover on A4"}
}


@router.get(
    "/service-requests/{request_id}/handover", dependencies=[STAFF], responses=problems(404)
)
async def read_handover(request_id: UUID, session: Session, now: Now) -> HandoverShape:
    """Everything the team that takes over needs, with the timeline of what happened."""
    return handover_shape(await handover.handover(session, request_id, now=now))


@router.get(
    "/service-requests/{request_id}/handover.pdf",
    dependencies=[STAFF],
    responses={**problems(404), **PDF},
    response_class=Response,
)
async def read_pdf(request_id: UUID, session: Session, now: Now) -> Response:
    """The same on paper."""
    return await pdf_response(await handover.handover(session, request_id, now=now))


@router.post(
    "/service-requests/{request_id}/handover-links",
    status_code=201,
    dependencies=[STAFF],
    responses=problems(404, 409),
)
async def make_link(
    *, request_id: UUID, body: NewHandoverLink, session: Session, config: Config, now: Now
) -> MadeHandoverLink:
    """A link for one team, for twelve hours. Whoever opens it gives the e-mail address."""
    made = await handover.make_link(
        session, request_id, recipient=body.recipient, email=body.email, now=now, id=body.id
    )
    return made_shape(made.link, f"{config.base_url}/handover#{made.secret}")


@router.get(
    "/service-requests/{request_id}/handover-links", dependencies=[STAFF], responses=problems(404)
)
async def list_links(request_id: UUID, session: Session) -> PageOf[HandoverLinkShape]:
    """The newest hundred, opened or not, working or not."""
    found = await handover.links_of(session, request_id)
    return PageOf(items=[link_shape(link) for link in found], next=None)


@router.post(
    "/handover-links/{handover_link_id}/revoke", dependencies=[STAFF], responses=problems(404)
)
async def revoke_link(handover_link_id: UUID, session: Session, now: Now) -> HandoverLinkShape:
    """It opens nothing from now on."""
    return link_shape(await handover.revoke_link(session, handover_link_id, now=now))


@router.post("/handovers", responses=problems(410), openapi_extra=OPEN_TO_ALL)
async def follow_link(body: FollowedLink, db: Db, source: From, now: Now) -> HandoverShape:
    """Open a handover by its link."""
    return handover_shape(await opened(db, source, body, now))


async def opened(db: Db, source: From, body: FollowedLink, now: Now) -> Handover:
    """The handover a link leads to. Raises LinkExpired, WrongRecipient, LinkLocked."""
    async with db.transaction(Actor(duty="sign-in", origin=source)) as session:
        opening = await handover.follow_link(
            session, body.secret, email=body.email, name=body.name, now=now
        )
    # Only now: a wrong try must be on record.
    return _handover_in(opening)


def _handover_in(opening: Opening) -> Handover:
    if opening.handover is not None:
        return opening.handover
    if opening.tries_left > 0:
        raise WrongRecipient(opening.tries_left)
    raise LinkLocked("", "The address was wrong too many times. Ask the crew for a new link.")


async def pdf_response(found: Handover) -> Response:
    """A download that no cache keeps. Drawn in a thread: the other requests go on."""
    content = await asyncio.to_thread(handover.as_pdf, found)
    headers = {
        "Content-Disposition": f'attachment; filename="handover-{found.made_at:%Y%m%d-%H%M}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)
