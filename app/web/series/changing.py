"""Move or cancel an appointment of a series with those after it, or with all to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import directory, scheduling
from app.errors import Conflict, InvalidInput, OccurrenceProblem, SeriesConflict
from app.models import Appointment
from app.models.text import Line
from app.scheduling import series
from app.scheduling.series import Part, SeriesEntry, Shift
from app.web.cancelling import BECAUSE_OF, missing_of
from app.web.choices import practitioner_choices
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, no_errors, summary_of

router = APIRouter()
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class SeriesMove(BaseModel):
    """What is to be different, for which part of the series, and what was seen."""

    model_config = ConfigDict(frozen=True)

    version: int
    scope: Literal["following", "all"] = "following"
    weekday: Annotated[str, Field(max_length=2)] = ""
    wall_time: Annotated[str, Field(max_length=10)] = ""
    practitioner_id: Annotated[str, Field(max_length=40)] = ""
    skip: Annotated[str, Field(max_length=5)] = ""


class SeriesCancellation(BaseModel):
    """Because of whom, why, for which part of the series, and what was seen."""

    model_config = ConfigDict(frozen=True)

    version: int = 0
    scope: Literal["following", "all"] = "following"
    code: Annotated[str, Field(max_length=20)] = ""
    reason: Line = ""


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One appointment of the series."""

    id: UUID
    start: datetime
    status: str
    is_this: bool


@router.get("/appointments/{appointment_id}/series")
async def page(appointment_id: UUID, desk: AtDesk) -> HTMLResponse:
    """The series, and what can be done with more than one of it."""
    return await _page(desk, appointment_id)


@router.post("/appointments/{appointment_id}/series/move")
async def move(appointment_id: UUID, desk: AtDesk, form: Annotated[SeriesMove, Form()]) -> Response:
    """Move them; what cannot be is shown first, and may be left where it is."""
    appointment, entry = await _opened(desk, appointment_id)
    try:
        async with desk.session.begin_nested():  # a refusal takes back what was moved before it
            await series.move_series(
                desk.session,
                _part(entry, appointment, form.scope, form.version),
                _shift(appointment, entry, form),
                on_conflict="skip" if form.skip == "yes" else "refuse",
                now=desk.now,
            )
    except SeriesConflict as refusal:
        return await _page(desk, appointment_id, form=form, refused=refusal.occurrences)
    except (InvalidInput, ValidationError):
        problem = "Choose another time, weekday or person than now"
        return await _page(desk, appointment_id, form=form, problem=problem)
    except Conflict as refusal:
        return await _page(desk, appointment_id, form=form, problem=refusal.detail)
    return RedirectResponse(f"/appointments/{appointment_id}/series?done=moved", 303)


@router.post("/appointments/{appointment_id}/series/cancel")
async def cancel(
    appointment_id: UUID, desk: AtDesk, form: Annotated[SeriesCancellation, Form()]
) -> Response:
    """Cancel them, with a reason."""
    errors = missing_of(form.code, form.reason, "Enter why they are cancelled")
    if errors:
        return await _page(desk, appointment_id, cancellation=form, errors=errors)
    appointment, entry = await _opened(desk, appointment_id)
    try:
        async with desk.session.begin_nested():
            await series.cancel_series(
                desk.session,
                _part(entry, appointment, form.scope, form.version),
                code=scheduling.CANCELLATION_CODES[form.code],
                reason=form.reason,
                now=desk.now,
            )
    except Conflict as refusal:
        return await _page(desk, appointment_id, problem=refusal.detail)
    return RedirectResponse(f"/appointments/{appointment_id}/series?done=cancelled", 303)


async def _opened(desk: Desk, appointment_id: UUID) -> tuple[Appointment, SeriesEntry]:
    appointment = await scheduling.read_appointment(desk.session, appointment_id)
    if appointment.series_id is None:
        raise InvalidInput.field("appointment_id", "This appointment is not one of a series.")
    return appointment, await series.read_series(desk.session, appointment.series_id)


def _part(
    entry: SeriesEntry, appointment: Appointment, scope: Literal["following", "all"], version: int
) -> Part:
    day = appointment.series_day if scope == "following" else None
    return Part(entry.series.id, version, scope, day)


def _shift(appointment: Appointment, entry: SeriesEntry, form: SeriesMove) -> Shift:
    present = appointment.series_day or appointment.start.date()
    days = int(form.weekday) - present.weekday() if form.weekday.isdigit() else 0
    same_time = form.wall_time == entry.series.wall_time
    same_person = form.practitioner_id == str(entry.series.practitioner_id)
    return Shift.model_validate(
        {
            "days": days,
            "wall_time": None if same_time else form.wall_time or None,
            "practitioner_id": None if same_person else form.practitioner_id or None,
        }
    )


async def _page(
    desk: Desk,
    appointment_id: UUID,
    *,
    form: SeriesMove | None = None,
    cancellation: SeriesCancellation | None = None,
    errors: Errors | None = None,
    problem: str = "",
    refused: Sequence[OccurrenceProblem] = (),
) -> HTMLResponse:
    appointment, entry = await _opened(desk, appointment_id)
    patient = await directory.find_patient(desk.session, entry.series.patient_id)
    day = appointment.series_day or date.min
    return desk.page(
        "series/change.html",
        status=409 if refused else 422 if problem or errors else 200,
        appointment_id=appointment_id,
        series_version=entry.series.version,
        is_over=entry.series.status == "cancelled",
        patient_name=patient.display_name,
        lines=[
            SeriesLine(each.id, each.start, each.status, each.id == appointment_id)
            for each in entry.appointments
        ],
        weekdays=WEEKDAYS,
        weekday=form.weekday if form else str(day.weekday()),
        wall_time=form.wall_time if form else entry.series.wall_time,
        practitioner_id=form.practitioner_id if form else str(entry.series.practitioner_id),
        scope=form.scope if form else "following",
        people=await practitioner_choices(desk.session),
        because_of=BECAUSE_OF,
        cancellation=cancellation or SeriesCancellation(),
        errors=errors or no_errors(),
        problems=summary_of(errors or no_errors()),
        problem=problem,
        refused=refused,
        done=desk.request.query_params.get("done", ""),
    )
