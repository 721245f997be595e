"""One appointment: what it is, move it, cancel it."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from app import directory, encounters, scheduling
from app.errors import Conflict, EncounterOver, InvalidInput
from app.models import Appointment, Patient
from app.models.text import Line
from app.models.time_zone import Moment
from app.scheduling import CANCELLATION_CODES, Mark, Period, Search, Sought, Wanted
from app.web import channels
from app.web.cancelling import BECAUSE_OF, missing_of
from app.web.desk import AtDesk, Desk
from app.web.environment import clock_time, long_day, spaced_nhs_number
from app.web.forms import Errors, no_errors, summary_of
from app.web.line_checks import line_checks_of
from app.web.refused_time import LOOKED_AHEAD, explained, is_about_the_time
from app.web.schedule import (
    SCHEDULERS,
    CalendarQuery,
    Obstacle,
    View,
    obstacle_of,
    schedule_page,
)
from app.web.schedule.query import Chosen

router = APIRouter(include_in_schema=False, dependencies=[Depends(SCHEDULERS)])
STATUS = {
    "booked": "Booked",
    "arrived": "Arrived",
    "fulfilled": "Done",
    "noshow": "Did not come",
    "cancelled": "Cancelled",
    "entered-in-error": "Entered by mistake",
}
JOINABLE = frozenset({"booked", "arrived"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a summary."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An appointment as the page shows it. `date` is its local day; `marks` are what can be noted
    of the patient's coming now; `missed_today` is a no-show that can be taken back still."""

    id: UUID
    version: int
    patient_name: str
    can_change: bool
    can_join: bool
    marks: tuple[Mark, ...]
    missed_today: bool
    in_series: bool
    date: str


class Move(BaseModel):
    """Where it goes, which version was seen, and in which view of the calendar."""

    model_config = ConfigDict(frozen=True)

    start: Moment
    practitioner_id: UUID
    service_id: UUID
    version: int
    view: View = "day"
    who: Chosen = None
    what: Chosen = None


class Cancellation(BaseModel):
    """Because of whom, why, and which version was seen."""

    model_config = ConfigDict(frozen=True)

    version: int = 0
    code: Annotated[str, Field(max_length=20)] = ""
    reason: Line = ""


@router.get("/appointments/{appointment_id}")
async def page(appointment_id: UUID, desk: AtDesk) -> HTMLResponse:
    """What is booked, for whom, and what can be done."""
    return await _page(appointment_id, desk)


@router.post("/appointments/{appointment_id}/move")
async def move(appointment_id: UUID, form: Annotated[Move, Form()], desk: AtDesk) -> Response:
    """Move it, with all who take part; when that is not possible, the day again with what is free
    instead."""
    present = await scheduling.read_appointment(desk.session, appointment_id)
    wanted = Wanted(
        form.service_id,
        form.practitioner_id,
        form.start,
        with_ids=tuple(present.with_ids),
        channel=present.channel,
    )
    calendar = CalendarQuery(
        view=form.view, date=desk.day_of(form.start), who=form.who, what=form.what
    )
    try:
        await scheduling.reschedule(
            desk.session, appointment_id, wanted, version=form.version, now=desk.now
        )
    except (Conflict, InvalidInput) as refusal:
        problem = await _in_the_way(desk, present, wanted, refusal)
        return await schedule_page(
            calendar.model_copy(update={"moving": appointment_id}), desk, problem=problem
        )
    return RedirectResponse(calendar.address(moved=appointment_id), 303)


async def _in_the_way(
    desk: Desk, present: Appointment, wanted: Wanted, refusal: Conflict | InvalidInput
) -> Obstacle:
    """What the page says of it; raises again what is not about the time."""
    if isinstance(refusal, Conflict):
        return await obstacle_of(desk.session, refusal)
    if not is_about_the_time(refusal):
        raise refusal
    sought = Sought(
        Period(wanted.start, wanted.start + LOOKED_AHEAD),
        Search(wanted.service_id, wanted.practitioner_id),
        with_ids=wanted.with_ids,
    )
    return await explained(desk, refusal, sought, patient_id=present.patient_id)


@router.post("/appointments/{appointment_id}/cancel")
async def cancel(
    appointment_id: UUID, form: Annotated[Cancellation, Form()], desk: AtDesk
) -> Response:
    """Cancel it, with a reason."""
    errors = missing_of(form.code, form.reason, "Enter why it is cancelled")
    if errors:
        return await _page(appointment_id, desk, errors=errors, cancellation=form)
    try:
        await scheduling.cancel(
            desk.session,
            appointment_id,
            code=CANCELLATION_CODES[form.code],
            reason=form.reason,
            version=form.version,
            now=desk.now,
        )
    except Conflict as refusal:
        return await _page(appointment_id, desk, refused=refusal.detail)
    return RedirectResponse(f"/appointments/{appointment_id}", 303)


class Marking(BaseModel):
    """What is noted, why where a no-show is taken back, and which version was seen."""

    model_config = ConfigDict(frozen=True)

    status: Mark
    version: int
    why: Line = ""


@router.post("/appointments/{appointment_id}/status")
async def mark(appointment_id: UUID, form: Annotated[Marking, Form()], desk: AtDesk) -> Response:
    """Note that the patient has come, has not after all, or did not come."""
    try:
        await scheduling.mark(
            desk.session,
            appointment_id,
            form.status,
            version=form.version,
            now=desk.now,
            reason=form.why,
        )
    except InvalidInput:
        errors = no_errors()
        errors["why"] = "Enter why it is taken back"
        return await _page(appointment_id, desk, errors=errors)
    except Conflict as refusal:
        return await _page(appointment_id, desk, refused=refusal.detail)
    return RedirectResponse(f"/appointments/{appointment_id}", 303)


@router.post("/appointments/{appointment_id}/link")
async def renew_link(appointment_id: UUID, desk: AtDesk) -> Response:
    """Another link for a patient who lost theirs, or locked it: shown once."""
    try:
        renewed = await encounters.renew_link(desk.session, appointment_id, now=desk.now)
    except EncounterOver as refusal:
        return await _page(appointment_id, desk, refused=refusal.detail)
    link = f"{desk.settings.base_url}/join#{renewed.secret}"
    return await _page(appointment_id, desk, link=link)


def _marks(appointment: Appointment, desk: Desk) -> tuple[Mark, ...]:
    """People come on the day, and nobody has stayed away before the time."""
    if appointment.status == "arrived":
        return ("booked",)
    if appointment.status != "booked":
        return ()
    may_come: tuple[Mark, ...] = (
        ("arrived",) if scheduling.is_its_day(appointment, desk.now) else ()
    )
    return (*may_come, "noshow") if appointment.start <= desk.now else may_come


async def _page(
    appointment_id: UUID,
    desk: Desk,
    *,
    errors: Errors | None = None,
    cancellation: Cancellation | None = None,
    refused: str = "",
    link: str = "",
) -> HTMLResponse:
    """`errors` are by field, of a `cancellation` or a no-show; `refused` is with no field."""
    errors = errors or no_errors()
    session = desk.session
    appointment = await scheduling.read_appointment(session, appointment_id)
    patient_id = appointment.patient_id
    patient = await directory.read_patient(session, patient_id) if patient_id else None
    practitioner = await directory.find_own_practitioner(session, appointment.practitioner_id)
    day = desk.day_of(appointment.start).isoformat()
    others = await directory.name_all(session, appointment.with_ids)
    people = ", ".join([practitioner.display_name, *(other.display_name for other in others)])
    facts = _facts(appointment, people, desk.frame.zone)
    return desk.page(
        "appointment.html",
        status=422 if errors else 409 if refused else 200,
        appointment=Shown(
            id=appointment.id,
            version=appointment.version,
            patient_name=patient.display_name if patient else "Held",
            can_change=appointment.status == "booked" and appointment.end > desk.now,
            can_join=appointment.status in JOINABLE,
            marks=_marks(appointment, desk),
            missed_today=appointment.status == "noshow"
            and scheduling.is_its_day(appointment, desk.now),
            in_series=appointment.series_id is not None,
            date=day,
        ),
        facts=[*facts, *(_facts_of_patient(patient) if patient else ())],
        line_checks=await line_checks_of(
            desk, await encounters.encounter_id_of(session, appointment_id)
        ),
        errors=errors,
        problems=summary_of(errors),
        because_of=BECAUSE_OF,
        cancellation=cancellation or Cancellation(),
        refused=refused,
        link=link,
        back={"href": f"/schedule?date={day}", "text": "Schedule"},
    )


def _facts_of_patient(patient: Patient) -> list[Fact]:
    return [
        Fact("Born", f"{patient.birth_date.day} {patient.birth_date:%B %Y}"),
        Fact("NHS number", spaced_nhs_number(patient.nhs_number)),
        Fact("Phone", patient.phone or "Not known"),
    ]


def _facts(appointment: Appointment, people: str, zone_name: str) -> list[Fact]:
    start, end = appointment.start, appointment.end
    when = f"{clock_time(start, zone_name)} to {clock_time(end, zone_name)}"
    facts = [
        Fact("Status", STATUS.get(appointment.status, "Held")),
        Fact("When", f"{long_day(start, zone_name)}, {when}"),
        Fact("With", people),
        Fact("How", channels.NAMES[appointment.channel]),
        Fact("Reason", appointment.reason or "Not given"),
    ]
    if appointment.outside_schedule:
        facts.append(Fact("Rota", "This time is outside the rota"))
    if appointment.call_back_phone:
        facts.append(Fact("Asks to be rung", appointment.call_back_phone))
    if code := CANCELLATION_CODES.get(appointment.cancellation_code):
        facts.append(Fact("Cancelled because of", BECAUSE_OF[code]))
    if appointment.cancellation_reason:
        facts.append(Fact("Why it was cancelled", appointment.cancellation_reason))
    return facts
