"""Renders a page in the frame: organisation, navigation by role, live pieces.

@router.get("/today")
async def today(request: Request, frame: StaffFrame, session: Session) -> HTMLResponse:
    return render(request, "today.html", frame, rows=rows)
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from app import __version__
from app.clock import utc_now
from app.config import Settings
from app.identity import Principal, StaffRole
from app.models import Organization
from app.routers.dependencies import Caller, Config, Session
from app.web.environment import make_environment

SERVICE = "Openconsult"
environment = make_environment()


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page shows around its own content. `zone` is the local time of all its times."""

    organization: str = SERVICE
    zone: str = "Europe/London"
    phone: str = ""
    principal: Principal | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation. `also` are pages one gets to from it, under other addresses."""

    href: str
    text: str
    roles: frozenset[StaffRole]
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether somebody at `path` is there."""
        return any(path == each or path.startswith(f"{each}/") for each in (self.href, *self.also))


PLACES = (
    Place("/today", "Today", frozenset({"clinician"})),
    Place("/on-call", "On call", frozenset({"clinician"})),
    Place("/urgent", "Ask for advice", frozenset({"crew"})),
    Place("/schedule", "Schedule", frozenset({"scheduler", "administrator"}), ("/appointments",)),
    Place("/waiting-list", "Waiting list", frozenset({"scheduler", "administrator"})),
    Place("/rotas", "Rotas", frozenset({"scheduler", "administrator"})),
    Place(
        "/on-call/rota",
        "On-call rota",
        frozenset({"scheduler", "administrator"}),
        ("/on-call/policies",),
    ),
    Place("/messages", "Messages", frozenset({"scheduler", "administrator"}), ("/messages-rules",)),
    Place(
        "/calendars",
        "Calendars",
        frozenset({"clinician", "scheduler", "administrator"}),
        ("/calendar-feed",),
    ),
    Place("/audit", "Audit", frozenset({"auditor"})),
    Place("/measures", "Measures", frozenset({"administrator", "auditor"})),
    Place("/webhooks", "Webhooks", frozenset({"administrator"})),
    Place("/monitors", "Monitors", frozenset({"administrator"})),
    Place("/video-devices", "Encoders and screens", frozenset({"administrator"})),
    Place("/line-checks", "Connection checks", frozenset({"administrator"})),
    Place("/call-settings", "Call settings", frozenset({"administrator"})),
)


def places_of(principal: Principal | None) -> tuple[Place, ...]:
    """Where this person may go, in order."""
    if principal is None or principal.kind != "staff":
        return ()
    return tuple(place for place in PLACES if principal.has(*place.roles))


async def frame_of(session: Session, principal: Caller, config: Config) -> Frame:
    """The frame of somebody signed in: staff, a patient or a guest."""
    organization = await session.get(Organization, principal.organization_id)
    if organization is None:
        return bare_frame(config)
    return Frame(
        organization=organization.name,
        zone=organization.time_zone,
        phone=organization.phone or config.support_phone,
        principal=principal,
    )


PageFrame = Annotated[Frame, Depends(frame_of)]


def bare_frame(config: Settings) -> Frame:
    """The frame before anybody is known."""
    return Frame(zone=config.time_zone, phone=config.support_phone)


def render(
    request: Request, template: str, frame: Frame, *, status: int = 200, **content: object
) -> HTMLResponse:
    """A whole page, never kept by a cache: it may be somebody's."""
    around = {
        "frame": frame,
        "places": places_of(frame.principal),
        "path": request.url.path,
        "version": __version__,
        "served_at": utc_now(),
        "is_shell": False,
    }
    html = environment.get_template(template).render({**around, **content})
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def render_fragment(template: str, frame: Frame, **content: object) -> HTMLResponse:
    """A piece of a page that is fetched again when something happens (static/fragment.js)."""
    html = environment.get_template(template).render(frame=frame, **content)
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})
