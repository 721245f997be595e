"""The visit: the door, the appointment, the device check, the waiting room, the call, after it."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app import encounters
from app.routers.dependencies import Config, Session
from app.web.frame import PageFrame, bare_frame, render
from app.web.visit.state import AtDoor, Visitor, VisitPage

router = APIRouter(include_in_schema=False)

MOST_LOCATION_CHARACTERS = 200
MOST_NAME_CHARACTERS = 40


@router.get("/join")
async def join(request: Request, config: Config) -> HTMLResponse:
    """The door. The link's secret is in the fragment and never reaches us here."""
    return render(request, "visit/join.html", bare_frame(config))


@router.get("/offer")
async def offer(request: Request, config: Config) -> HTMLResponse:
    """The door of an offer from the waiting list; its secret never reaches us here either."""
    return render(request, "visit/offer.html", bare_frame(config))


@router.get("/visit")
async def appointment(
    door: AtDoor, done: Annotated[str, Query(max_length=20)] = ""
) -> HTMLResponse:
    """Who with, when, and what is needed. `done` is what was just done, to be said once."""
    if door.visit.state.status == "finished":
        return door.page("after.html")
    return door.page("appointment.html", done=done)


@router.get("/fragments/visit")
async def appointment_fragment(door: AtDoor) -> HTMLResponse:
    """The same, as it changes."""
    return door.fragment("appointment_fragment.html")


@router.get("/visit/where")
async def where(door: AtDoor) -> Response:
    """Where the patient is now, for an emergency during the call."""
    if _is_over(door.visit):
        return RedirectResponse("/visit", 303)
    return door.page("where.html", location=door.visit.state.location, error="")


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


def _is_over(visit: VisitPage) -> bool:
    """Or has no call at all: it is by telephone or in person."""
    return visit.state.status in {"finished", "cancelled"} or visit.state.channel != "video"


@router.get("/visit/group")
async def group(door: AtDoor) -> Response:
    """What a group call is, and by which name the others see them: before anything else of it."""
    told = door.visit.state.group
    if _is_over(door.visit) or told is None:
        return RedirectResponse("/visit", 303)
    return door.page("group.html", name=told.shown_name, agrees=told.agreed, errors=())


@router.post("/visit/group")
async def agree_to_group(
    door: AtDoor,
    name: Annotated[str, Form()] = "",
    agrees: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Keep their yes and the name, and go on."""
    if _is_over(door.visit) or door.visit.state.group is None:
        return RedirectResponse("/visit", 303)
    name = " ".join(name.split())
    errors = _group_errors(name, agrees=agrees == "yes")
    if errors:
        return door.page("group.html", status=422, name=name, agrees=bool(agrees), errors=errors)
    await encounters.agree_to_group(door.session, door.visit.state.encounter_id, name, now=door.now)
    return RedirectResponse("/visit/ready", 303)


def _group_errors(name: str, *, agrees: bool) -> list[dict[str, str]]:
    """As an error summary shows them."""
    errors = []
    if not name.isprintable() or not 0 < len(name) <= MOST_NAME_CHARACTERS:
        words = f"Enter the name the others see, of up to {MOST_NAME_CHARACTERS} characters"
        errors.append({"text": words, "href": "#name"})
    if not agrees:
        words = "Tick the box if you agree to take part in the group call"
        errors.append({"text": words, "href": "#agrees"})
    return errors


def _is_to_agree(visit: VisitPage) -> bool:
    """A group call, to which they have not said yes."""
    return visit.state.group is not None and not visit.state.group.agreed


@router.get("/visit/ready")
async def ready(door: AtDoor) -> Response:
    """Camera, microphone, speaker and line are tried out."""
    if _is_over(door.visit):
        return RedirectResponse("/visit", 303)
    if _is_to_agree(door.visit):
        return RedirectResponse("/visit/group", 303)
    return door.page("ready.html")


@router.get("/visit/call")
async def call(door: AtDoor) -> Response:
    """The waiting room, and then the call."""
    if _is_over(door.visit) or not door.visit.state.is_open:
        return RedirectResponse("/visit", 303)
    if _is_to_agree(door.visit):
        return RedirectResponse("/visit/group", 303)
    return door.page("call.html")


@router.get("/fragments/visit/waiting")
async def waiting_fragment(door: AtDoor) -> HTMLResponse:
    """The place in the queue and the expected wait."""
    return door.fragment("waiting_fragment.html")


@router.get("/visit/after")
async def after(door: AtDoor) -> HTMLResponse:
    """What was agreed, or the way back in."""
    return door.page("after.html")


@router.get("/fragments/visit/after")
async def after_fragment(door: AtDoor) -> HTMLResponse:
    """The same, when the consultation finishes."""
    return door.fragment("after_fragment.html")
