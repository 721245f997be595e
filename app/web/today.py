"""The clinician's day: who is booked, who waits and for how long. Live."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from app import encounters
from app.encounters import DayRow
from app.errors import Forbidden
from app.routers.dependencies import allow
from app.web import channels
from app.web.desk import AtDesk, Desk

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("clinician"))])

# What the status says, its tag's colour, and what can be done next.
STATES = {
    "not-arrived": ("Not arrived", "white", "Open"),
    "checking": ("Checking their device", "blue", "Open"),
    "waiting": ("Waiting", "green", "Start"),
    "stepped-out": ("Stepped out", "yellow", "Open"),
    "in-call": ("In the call", "purple", "Return"),
    "done": ("Done", "grey", "Look back"),
    "cancelled": ("Cancelled", "grey", ""),
    "no-show": ("Did not come", "grey", ""),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One appointment as the list shows it; `group` is how many come together, 0 where it is no
    group. `other_day` is set across midnight, `waited` while the
    patient waits, `call_back_phone` when they asked to be rung instead."""

    key: UUID
    encounter_id: UUID | None
    start: datetime
    other_day: date | None
    name: str
    age: int
    reason: str
    channel: str
    status: str
    colour: str
    action: str
    is_next: bool
    since: datetime | None
    waited: timedelta | None
    call_back_phone: str
    group: int


@router.get("/today")
async def page(desk: AtDesk) -> HTMLResponse:
    """The whole day."""
    lines = await _lines(desk)
    return desk.page("today.html", now=desk.now, rows=lines, waiting=_waiting(lines))


@router.get("/fragments/today")
async def fragment(desk: AtDesk) -> HTMLResponse:
    """The lists alone, fetched again when somebody comes or goes."""
    lines = await _lines(desk)
    return desk.fragment("fragments/today.html", rows=lines, waiting=_waiting(lines))


async def _lines(desk: Desk) -> list[Line]:
    principal = desk.frame.principal
    if principal is None or principal.practitioner_id is None:
        raise Forbidden("Only clinicians have a day of consultations.")
    rows = await encounters.today(
        desk.session, principal.practitioner_id, day=desk.today, zone=desk.frame.zone, now=desk.now
    )
    return [_line(row, desk) for row in rows]


def _line(row: DayRow, desk: Desk) -> Line:
    status, colour, action = STATES[row.state]
    is_waiting = row.state == "waiting"
    return Line(
        key=row.appointment_id,
        encounter_id=row.encounter_id,
        start=row.start,
        other_day=local if (local := desk.day_of(row.start)) != desk.today else None,
        name=row.patient_name,
        age=row.age,
        reason=row.reason,
        channel=channels.NAMES[row.channel],
        status=status,
        colour=colour,
        action=action if row.encounter_id else "",
        is_next=row.state in {"waiting", "in-call"},
        since=row.waiting_since,
        waited=row.wait(desk.now) if is_waiting else None,
        call_back_phone=row.call_back_phone,
        group=row.group,
    )


def _waiting(lines: list[Line]) -> list[Line]:
    """Who waits, longest first."""
    waiting = [(line.waited, line) for line in lines if line.waited is not None]
    return [line for _, line in sorted(waiting, key=lambda pair: pair[0], reverse=True)]
