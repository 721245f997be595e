"""Days that differ from the rotas: closed, extra, a colleague's. Whom they affect comes first."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import scheduling
from app.errors import BookingsAffected, Conflict, InvalidInput
from app.scheduling import OneOff
from app.scheduling.rotas.words import clock_words, day_words
from app.web.choices import practitioner_choices
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, no_errors, summary_of
from app.web.rotas.affected import lines_of
from app.web.rotas.listing import ends_next_day, labelled, rotas_of
from app.web.schedule.query import Chosen

router = APIRouter()
Typed = Annotated[str, Field(max_length=200)]
WORDS = {
    "kind": "Choose what is different",
    "day": "Enter the day",
    "practitioner_id": "Choose whose day it is, or one of their rotas",
    "schedule_id": "Choose the rota that is open longer",
    "start_time": "Enter from when, like 17:00",
    "end_time": "Enter until when, later than the start, like 19:00",
    "colleague_id": "Choose a colleague who works here, and not the same person",
}


class OneOffForm(BaseModel):
    """Every field as typed."""

    model_config = ConfigDict(frozen=True)

    kind: Typed = ""
    day: Typed = ""
    practitioner_id: Typed = ""
    schedule_id: Typed = ""
    start_time: Typed = ""
    end_time: Typed = ""
    colleague_id: Typed = ""
    reason: Typed = ""
    keep: Typed = ""
    overnight: Typed = ""

    @property
    def hours(self) -> str:
        """From when to when, as typed: a yes to `overnight` is for these hours alone."""
        return f"{self.start_time.strip()} {self.end_time.strip()}"


@router.get("/rotas/days/new")
async def new(desk: AtDesk, who: Annotated[Chosen, Query()] = None) -> HTMLResponse:
    """An empty form."""
    return await _page(desk, OneOffForm(kind="closed", practitioner_id=str(who or "")))


@router.post("/rotas/days/new")
async def add(desk: AtDesk, form: Annotated[OneOffForm, Form()]) -> Response:
    """Enter it; when that would leave bookings outside of the rota, they are shown first."""
    try:
        one_off = _one_off(form)
        if ends_next_day(one_off.start_time, one_off.end_time) and form.overnight != form.hours:
            return await _page(desk, form, asks_overnight=_hours_words(one_off))
        await scheduling.add_exception(
            desk.session, one_off, now=desk.now, keep_bookings=form.keep == "yes"
        )
    except (InvalidInput, ValidationError) as refusal:
        return await _page(desk, form, errors=_errors(refusal))
    except BookingsAffected as refusal:
        return await _page(desk, form, affected=refusal)
    return RedirectResponse("/rotas?done=saved", 303)


@router.post("/rotas/days/{exception_id}/remove")
async def remove(
    exception_id: UUID,
    desk: AtDesk,
    version: Annotated[int, Form()],
    keep: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """The day is as any other again."""
    try:
        await scheduling.remove_exception(
            desk.session, exception_id, version=version, now=desk.now, keep_bookings=keep == "yes"
        )
    except BookingsAffected as refusal:
        return desk.page(
            "rotas/end.html",
            status=409,
            seen_version=version,
            action=f"/rotas/days/{exception_id}/remove",
            affected=await lines_of(desk, refusal.bookings),
            affected_count=len(refusal.bookings),
        )
    except Conflict:
        return RedirectResponse("/rotas?done=stale", 303)
    return RedirectResponse("/rotas?done=removed", 303)


def _one_off(form: OneOffForm) -> OneOff:
    values = {
        name: value.strip() or None
        for name, value in form.model_dump(exclude={"keep", "overnight"}).items()
    }
    if values["schedule_id"]:
        values["practitioner_id"] = None  # the rota says whose it is
    if values["kind"] != "swapped":
        values["colleague_id"] = None
    values["reason"] = form.reason.strip()
    return OneOff.model_validate(values)


def _hours_words(one_off: OneOff) -> str:
    """Both days by name, for whoever meant 12:00 to 19:00 and typed 12:00 to 09:00."""
    if one_off.start_time is None or one_off.end_time is None:
        raise LookupError("what ends on the next day has times")
    next_day = one_off.day + timedelta(days=1)
    start = f"{clock_words(one_off.start_time)} on {day_words(one_off.day)}"
    return f"{start} to {clock_words(one_off.end_time)} on {day_words(next_day)}"


def _errors(refusal: ValidationError | InvalidInput) -> Errors:
    errors = no_errors()
    fields = (
        [problem.field for problem in refusal.problems]
        if isinstance(refusal, InvalidInput)
        else [str(error["loc"][0]) for error in refusal.errors()]
    )
    for field in fields:
        errors[field] = WORDS.get(field, "Check what you entered")
    return errors


async def _page(
    desk: Desk,
    form: OneOffForm,
    *,
    errors: Errors | None = None,
    affected: BookingsAffected | None = None,
    asks_overnight: str = "",
) -> HTMLResponse:
    errors = errors or no_errors()
    people = await practitioner_choices(desk.session)
    return desk.page(
        "rotas/day.html",
        asks_overnight=asks_overnight,
        status=409 if affected or asks_overnight else 422 if errors else 200,
        form=form,
        people=people,
        rotas=labelled(await rotas_of(desk.session), people),
        errors=errors,
        problems=summary_of(errors),
        affected=await lines_of(desk, affected.bookings) if affected else (),
        affected_count=len(affected.bookings) if affected else 0,
    )
