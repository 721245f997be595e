"""The handover: a page for both sides, and the door of a link for the team that takes over."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from app.identity import Principal
from app.referrals import handover
from app.routers.dependencies import Config, Db, From, Now, Session, allow
from app.routers.handover_shapes import FollowedLink
from app.routers.handovers import opened, pdf_response
from app.web.frame import Frame, PageFrame, bare_frame, render, render_fragment

router = APIRouter(include_in_schema=False)
Sides = Annotated[Principal, Depends(allow("clinician", "crew"))]


@router.get("/urgent/{request_id}/handover")
async def page(
    *, request: Request, request_id: UUID, frame: PageFrame, _: Sides, session: Session, now: Now
) -> HTMLResponse:
    """Facts, timeline, and the links that were sent."""
    found = await handover.handover(session, request_id, now=now)
    links = await handover.links_of(session, request_id)
    return render(
        request,
        "handover/page.html",
        frame,
        handover=found,
        links=links,
        now=now,
        is_crew=frame.principal is not None and frame.principal.has("crew"),
    )


@router.get("/fragments/urgent/{request_id}/handover")
async def fragment(
    request_id: UUID, frame: PageFrame, _: Sides, session: Session, now: Now
) -> HTMLResponse:
    """The facts as they change."""
    found = await handover.handover(session, request_id, now=now)
    return render_fragment("handover/facts.html", frame, handover=found)


@router.get("/fragments/urgent/{request_id}/handover-links")
async def links_fragment(
    request_id: UUID, frame: PageFrame, _: Sides, session: Session, now: Now
) -> HTMLResponse:
    """Who was sent a link, and who opened it."""
    links = await handover.links_of(session, request_id)
    return render_fragment("handover/links.html", frame, links=links, now=now)


@router.get("/urgent/{request_id}/handover.pdf")
async def pdf(request_id: UUID, _: Sides, session: Session, now: Now) -> Response:
    """The same on paper."""
    return await pdf_response(await handover.handover(session, request_id, now=now))


@router.get("/handover")
async def door(request: Request, config: Config) -> HTMLResponse:
    """Where a link leads. Its secret is after # and never reaches us here."""
    return render(request, "handover/door.html", bare_frame(config))


@router.post("/handover")
async def follow(body: FollowedLink, db: Db, source: From, now: Now) -> HTMLResponse:
    """The page that a link opens, as a fragment for the door."""
    found = await opened(db, source, body, now)
    return render_fragment("handover/facts.html", Frame(zone=found.zone), handover=found)


@router.post("/handover/pdf")
async def follow_to_pdf(body: FollowedLink, db: Db, source: From, now: Now) -> Response:
    """The PDF that a link opens."""
    return await pdf_response(await opened(db, source, body, now))
