"""The patient's and the guest's pages: the door, the visit, the device check, the call."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import encounters
from app.encounters import VisitState
from app.errors import NotAuthenticated
from app.identity import Principal
from app.routers.dependencies import Caller, Config, Now, Session
from app.web.frame import PageFrame, bare_frame, render, render_fragment

router = APIRouter(include_in_schema=False)

MOST_LOCATION_CHARACTERS = 200


async def visitor(principal: Caller) -> Principal:
    """Someone who came by a link. Raises NotAuthenticated."""
    if principal.kind not in {"patient", "guest"}:
        raise NotAuthenticated("Open the link you were sent.")
    return principal


Visitor = Annotated[Principal, Depends(visitor)]


@dataclass(frozen=True, slots=True)
class VisitPage:
    """What the pages say of a visit: its state, and the wait in words."""

    state: VisitState
    now: datetime

    def __getattr__(self, name: str) -> object:
        return getattr(self.state, name)

    @property
    def expected_words(self) -> str:
        """Honest: late is said, and nothing is promised to the minute."""
        state = self.state
        if state.role != "patient" or state.expected_at is None:
            return "We have told them that you are here."
        wait = round_up(state.expected_at - self.now)
        late = state.expected_at - state.planned_start if state.planned_start else timedelta()
        words = (
            f"Expected wait: about {wait} minutes." if wait > 1 else "It should not be long now."
        )
        if late >= timedelta(minutes=5):
            words += f" The clinic is running about {round_up(late)} minutes late. We are sorry."
        return words

    @property
    def announcement(self) -> str:
        """Read out when it changes."""
        if self.state.place is None:
            return "You are waiting to be let in."
        place = "You are next." if self.state.place == 1 else f"You are number {self.state.place}."
        return f"{place} {self.expected_words}"


def round_up(length: timedelta) -> int:
    """Whole minutes, to the next five above ten: nobody can promise more."""
    minutes = max(0, -int(-length.total_seconds() // 60))
    return minutes if minutes <= 10 else -(-minutes // 5) * 5


async def visit_page(_: Visitor, session: Session, now: Now) -> VisitPage:
    """The visit of whoever came by a link."""
    return VisitPage(await encounters.state_for_participant(session, now=now), now)


Visit = Annotated[VisitPage, Depends(visit_page)]


@router.get("/join")
async def join(request: Request, config: Config) -> HTMLResponse:
    """The door. The link's secret is in the fragment and never reaches us here."""
    return render(request, "visit/join.html", bare_frame(config))


@router.get("/visit")
async def appointment(request: Request, frame: PageFrame, visit: Visit) -> HTMLResponse:
    """Who with, when, and what is needed."""
    if visit.state.status == "finished":
        return render(request, "visit/after.html", frame, visit=visit)
    return render(request, "visit/appointment.html", frame, visit=visit)


@router.get("/fragments/visit")
async def appointment_fragment(frame: PageFrame, visit: Visit) -> HTMLResponse:
    """The same, as it changes."""
    return render_fragment("visit/appointment_fragment.html", frame, visit=visit)


@router.get("/visit/where")
async def where(request: Request, frame: PageFrame, visit: Visit) -> HTMLResponse:
    """Where the patient is now, for an emergency during the call."""
    return render(request, "visit/where.html", frame, location=visit.state.location, error="")


@router.post("/visit/where")
async def say_where(
    request: Request,
    frame: PageFrame,
    _: Visitor,
    session: Session,
    location: Annotated[str, Form()] = "",
) -> Response:
    """Keep it, and go on."""
    location = " ".join(location.split())
    if not location or len(location) > MOST_LOCATION_CHARACTERS:
        error = "Enter a postcode or address of up to 200 characters"
        return render(
            request, "visit/where.html", frame, status=422, location=location, error=error
        )
    await encounters.say_where(session, location)
    return RedirectResponse("/visit/ready", 303)


@router.get("/visit/ready")
async def ready(request: Request, frame: PageFrame, visit: Visit) -> Response:
    """Camera, microphone, speaker and line are tried out."""
    if visit.state.status in {"finished", "cancelled"}:
        return RedirectResponse("/visit", 303)
    return render(request, "visit/ready.html", frame, visit=visit)


@router.get("/visit/call")
async def call(request: Request, frame: PageFrame, visit: Visit) -> Response:
    """The waiting room, and then the call."""
    if visit.state.status in {"finished", "cancelled"} or not visit.state.is_open:
        return RedirectResponse("/visit", 303)
    return render(request, "visit/call.html", frame, visit=visit)


@router.get("/fragments/visit/waiting")
async def waiting_fragment(frame: PageFrame, visit: Visit) -> HTMLResponse:
    """The place in the queue and the expected wait."""
    return render_fragment("visit/waiting_fragment.html", frame, visit=visit)


@router.get("/visit/after")
async def after(request: Request, frame: PageFrame, visit: Visit) -> HTMLResponse:
    """What was agreed, or the way back in."""
    return render(request, "visit/after.html", frame, visit=visit)


@router.get("/fragments/visit/after")
async def after_fragment(frame: PageFrame, visit: Visit) -> HTMLResponse:
    """The same, when the consultation finishes."""
    return render_fragment("visit/after_fragment.html", frame, visit=visit)
