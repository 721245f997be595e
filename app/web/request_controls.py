"""What a specialist does with a request while on the line: hold, go back, hand over, bring in."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app import encounters, referrals
from app.identity import Principal
from app.models import ServiceRequest
from app.referrals import Case
from app.web.desk import AtDesk, Desk
from app.web.ladder import joining_words, refused_words, together
from app.web.on_call import Specialist
from app.web.ringing import Colleague, colleague_of

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Controls:
    """A request beside its call. `is_mine` opens the controls to its one owner. `line` is how the
    owner is heard by the crew: not at all while it is on hold. Nobody else's page follows it."""

    id: UUID
    words: str
    joining: str
    is_mine: bool
    line: Literal["open", "held", "dropped"]
    colleagues: tuple[Colleague, ...]


async def controls_of(
    desk: Desk, request_id: UUID | None, principal: Principal | None
) -> Controls | None:
    """For a consultation that a crew asked for; None for any other."""
    if request_id is None or principal is None:
        return None
    case = await referrals.case(desk.session, request_id, now=desk.now)
    is_mine = (
        case.request.state == "accepted" and case.request.accepted_by == principal.practitioner_id
    )
    people = await referrals.colleagues(desk.session, now=desk.now) if is_mine else []
    return Controls(
        id=request_id,
        words=words_of(case, is_mine=is_mine),
        joining=_joining_words(case, is_mine=is_mine),
        is_mine=is_mine,
        line=_line_of(case.request),
        colleagues=tuple(colleague_of(person) for person in people),
    )


def _joining_words(case: Case, *, is_mine: bool) -> str:
    asked = joining_words(case.joining)
    if asked or not is_mine:
        return asked
    return refused_words(case.rings, case.owner_since)


def _line_of(request: ServiceRequest) -> Literal["open", "held", "dropped"]:
    if request.held_at:
        return "held"
    return "dropped" if request.dropped_at else "open"


def words_of(case: Case, *, is_mine: bool) -> str:
    """Who has it, in a sentence."""
    request = case.request
    if request.state != "accepted":
        return "This request is over." if not request.is_open else "Nobody has this request now."
    if request.dropped_at and is_mine:
        ringing = together([ring.practitioner_name for ring in case.ringing])
        others = f" {ringing} is being rung." if ringing else ""
        return f"The crew lost your line.{others} Go back to keep it."
    if request.held_at and is_mine:
        return "On hold. The crew sees that you come back."
    return "You have this request." if is_mine else f"{request.accepted_by_name} has this request."


@router.get("/fragments/consultations/{encounter_id}/request")
async def fragment(encounter_id: UUID, desk: AtDesk, principal: Specialist) -> HTMLResponse:
    """The controls as things change."""
    encounter = await encounters.encounter_of(desk.session, encounter_id)
    controls = await controls_of(desk, encounter.service_request_id, principal)
    return desk.fragment("on_call/controls.html", controls=controls)
