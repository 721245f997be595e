"""Plan a series occurrence by occurrence, choose about those in the way, book what is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from starlette.datastructures import FormData

from app import directory
from app.errors import FreeSlot, InvalidInput, SeriesConflict
from app.scheduling import series
from app.scheduling.series import Planned, Result
from app.web.desk import AtDesk, Desk
from app.web.series.form import LEAVE_OUT, SeriesForm, choices_of, new_series

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another time for one occurrence, as a form sends it and in words."""

    value: str
    start: datetime
    practitioner_name: str


@dataclass(frozen=True, slots=True)
class OccurrenceLine:
    """One occurrence: when it would be, and what is in the way of it. `chosen` is what was chosen
    about it before."""

    day: date
    start: datetime | None
    detail: str
    alternatives: Sequence[Alternative]
    chosen: str

    @property
    def is_free(self) -> bool:
        """Whether it can be as meant."""
        return not self.detail


@dataclass(frozen=True, slots=True)
class BookedLine:
    """One occurrence of a booked series, with its link where it was booked."""

    day: date
    start: datetime | None
    detail: str
    appointment_id: UUID | None
    link: str


async def typed_form(request: Request) -> FormData:
    """The form as sent: its fields have names made of days."""
    return await request.form()


Sent = Annotated[FormData, Depends(typed_form)]


@router.post("/schedule/series")
async def book(desk: AtDesk, sent: Sent) -> HTMLResponse:
    """Book it as chosen; what still is in the way is shown with other times."""
    typed = {name: value for name, value in sent.items() if isinstance(value, str)}
    try:
        form = SeriesForm.model_validate({**typed, "with_ids": sent.getlist("with_ids")})
    except ValidationError:
        raise InvalidInput.field("start", "The form is not complete.") from None
    if typed.get("action") == "plan":
        return await plan_page(desk, form, typed)
    try:
        async with desk.session.begin_nested():  # a refusal takes back what was booked before it
            booked = await series.book_series(
                desk.session,
                new_series(form, desk.frame.zone),
                choices=choices_of(typed),
                on_conflict="refuse",
                now=desk.now,
            )
    except SeriesConflict as refusal:
        problem = "Some of these times cannot be booked. Nothing is booked yet."
        return await plan_page(desk, form, typed, problem=problem, refusal=refusal)
    except InvalidInput as refusal:
        return await plan_page(desk, form, typed, problem=_words(refusal))
    return await _booked_page(desk, form, booked.results)


def _words(refusal: InvalidInput) -> str:
    [problem, *_] = refusal.problems
    if problem.field == "choices" and "leave every" in problem.detail:
        return "Everything is left out: choose at least one time"
    return problem.detail


async def plan_page(
    desk: Desk,
    form: SeriesForm,
    typed: Mapping[str, str] | None = None,
    *,
    problem: str = "",
    refusal: SeriesConflict | None = None,
) -> HTMLResponse:
    """The dry run: a line for each occurrence. Raises InvalidInput for `times`."""
    typed = typed or {}
    planned = await series.plan(desk.session, new_series(form, desk.frame.zone), now=desk.now)
    names = await _names(desk, [slot for each in planned for slot in each.alternatives])
    lines = [_line(each, names, typed) for each in planned]
    practitioner = await directory.find_own_practitioner(desk.session, form.practitioner_id)
    patient = await directory.find_patient(desk.session, form.patient_id)
    return desk.page(
        "series/plan.html",
        status=409 if problem else 200,
        form=form,
        lines=lines,
        free=sum(line.is_free for line in lines),
        practitioner_name=practitioner.display_name,
        patient_name=patient.display_name,
        problem=problem,
        refused={each.day: each.detail for each in refusal.occurrences} if refusal else {},
    )


async def _names(desk: Desk, slots: Sequence[FreeSlot]) -> dict[UUID, str]:
    found = {}
    for practitioner_id in {slot.practitioner_id for slot in slots}:
        practitioner = await directory.find_own_practitioner(desk.session, practitioner_id)
        found[practitioner_id] = practitioner.display_name
    return found


def _line(planned: Planned, names: Mapping[UUID, str], typed: Mapping[str, str]) -> OccurrenceLine:
    occurrence = planned.occurrence
    return OccurrenceLine(
        day=occurrence.day,
        start=occurrence.period.start if occurrence.period else None,
        detail=planned.detail,
        alternatives=[
            Alternative(
                f"{slot.start.isoformat()}|{slot.practitioner_id}",
                slot.start,
                names[slot.practitioner_id],
            )
            for slot in planned.alternatives
        ],
        chosen=typed.get(f"choice-{occurrence.day.isoformat()}", "")
        or (LEAVE_OUT if planned.problem else ""),
    )


async def _booked_page(desk: Desk, form: SeriesForm, results: Sequence[Result]) -> HTMLResponse:
    lines = [_booked(result, desk.settings.base_url) for result in results]
    patient = await directory.find_patient(desk.session, form.patient_id)
    return desk.page(
        "series/booked.html",
        status=201,
        lines=lines,
        booked=sum(line.appointment_id is not None for line in lines),
        patient_name=patient.display_name,
        date=desk.day_of(form.start).isoformat(),
    )


def _booked(result: Result, base_url: str) -> BookedLine:
    booking, occurrence = result.booking, result.planned.occurrence
    return BookedLine(
        day=occurrence.day,
        start=booking.appointment.start if booking else None,
        detail=result.planned.detail,
        appointment_id=booking.appointment.id if booking else None,
        link=f"{base_url}/join#{booking.join_secret}" if booking else "",
    )
