"""One line of the on-call rota: added, changed, ended."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import Field, ValidationError
from sqlalchemy import select

from app import referrals
from app.errors import InvalidInput, ResourceNotFound, StaleVersion
from app.models import HealthcareService, OnCallShift, Practitioner, PractitionerRole
from app.web.choices import Choice
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, PostedOnce, added_once, errors_of, no_errors, summary_of
from app.web.on_call_rota.week import WEEKDAYS
from app.web.on_call_words import layer_name
from app.web.schedule.query import Chosen

router = APIRouter()
Typed = Annotated[str, Field(max_length=100)]
LAYERS = (1, 2, 3, 4)
WORDS: Mapping[str, str] = {
    "practitioner_id": "Choose somebody who takes this service's requests",
    "weekdays": "Choose at least one day",
    "start_time": "Enter when it begins, like 08:00",
    "end_time": "Enter when it ends, like 20:00",
    "every_weeks": "Enter a number of weeks from 1 to 52",
    "valid_from": "Enter the first day",
    "valid_to": "Enter a last day that is not before the first",
    "layer": "Choose a layer",
    "service_id": "Choose an urgent service of yours",
}


class ShiftForm(PostedOnce):
    """Every field as typed."""

    service_id: Typed = ""
    practitioner_id: Typed = ""
    layer: Typed = "1"
    weekdays: list[Typed] = Field(default_factory=list, max_length=7)
    every_weeks: Typed = "1"
    start_time: Typed = ""
    end_time: Typed = ""
    valid_from: Typed = ""
    valid_to: Typed = ""
    version: int = 0


@router.get("/on-call/rota/shifts/new")
async def new(desk: AtDesk, service_id: Annotated[Chosen, Query()] = None) -> HTMLResponse:
    """An empty line."""
    service = await service_for(desk, str(service_id))
    form = ShiftForm(service_id=str(service.id), valid_from=desk.today.isoformat())
    return await _page(desk, service, form)


@router.post("/on-call/rota/shifts/new")
async def add(desk: AtDesk, form: Annotated[ShiftForm, Form()]) -> Response:
    """Put somebody on the rota."""
    service = await service_for(desk, form.service_id)
    try:
        wanted = referrals.NewShift.model_validate(
            {
                **_typed(form),
                "id": form.own_id,
                "service_id": service.id,
                "valid_from": form.valid_from,
                "time_zone": desk.frame.zone,
            }
        )
        await added_once(referrals.add_shift(desk.session, wanted, now=desk.now))
    except (ValidationError, InvalidInput) as refusal:
        return await _page(desk, service, form, errors=said(refusal))
    return back(service.id, "saved")


@router.get("/on-call/rota/shifts/{shift_id}")
async def edit(shift_id: UUID, desk: AtDesk) -> HTMLResponse:
    """The line as it is."""
    shift = await _shift(desk, shift_id)
    service = await service_for(desk, str(shift.service_id))
    return await _page(desk, service, _form_of(shift), shift_id)


@router.post("/on-call/rota/shifts/{shift_id}")
async def save(shift_id: UUID, desk: AtDesk, form: Annotated[ShiftForm, Form()]) -> Response:
    """Change it; who is on call now changes with it."""
    shift = await _shift(desk, shift_id)
    service = await service_for(desk, str(shift.service_id))
    try:
        changes = referrals.ShiftChanges.model_validate(_typed(form))
        await referrals.change_shift(
            desk.session, shift_id, changes, version=form.version, now=desk.now
        )
    except (ValidationError, InvalidInput) as refusal:
        return await _page(desk, service, form, shift_id, errors=said(refusal))
    except StaleVersion:
        return back(service.id, "stale")
    return back(service.id, "saved")


@router.post("/on-call/rota/shifts/{shift_id}/end")
async def end(shift_id: UUID, desk: AtDesk, version: Annotated[int, Form()] = 0) -> Response:
    """Take it off the rota from now on."""
    shift = await _shift(desk, shift_id)
    changes = referrals.ShiftChanges(active=False)
    try:
        await referrals.change_shift(desk.session, shift_id, changes, version=version, now=desk.now)
    except StaleVersion:
        return back(shift.service_id, "stale")
    return back(shift.service_id, "ended")


def _typed(form: ShiftForm) -> dict[str, Any]:
    return {
        "practitioner_id": form.practitioner_id,
        "layer": form.layer,
        "weekdays": form.weekdays,
        "every_weeks": form.every_weeks,
        "start_time": form.start_time,
        "end_time": form.end_time,
        "valid_to": form.valid_to or None,
    }


def _form_of(shift: OnCallShift) -> ShiftForm:
    return ShiftForm(
        service_id=str(shift.service_id),
        practitioner_id=str(shift.practitioner_id),
        layer=str(shift.layer),
        weekdays=[str(day) for day in shift.weekdays],
        every_weeks=str(shift.every_weeks),
        start_time=f"{shift.start_time:%H:%M}",
        end_time=f"{shift.end_time:%H:%M}",
        valid_from=shift.valid_from.isoformat(),
        valid_to=shift.valid_to.isoformat() if shift.valid_to else "",
        version=shift.version,
    )


def said(refusal: ValidationError | InvalidInput) -> Errors:
    """Each field's problem in plain words; what is of none stands at the last day."""
    errors = no_errors()
    if isinstance(refusal, InvalidInput):
        return errors_of(refusal, {})
    for error in refusal.errors():
        field = str(error["loc"][0]) if error["loc"] else "valid_to"
        errors[field] = WORDS.get(field, str(error["msg"]))
    return errors


async def _shift(desk: Desk, shift_id: UUID) -> OnCallShift:
    found = await desk.session.get(OnCallShift, shift_id)
    if found is None:
        raise ResourceNotFound("OnCallShift", shift_id)
    return found


async def service_for(desk: Desk, wanted: str) -> HealthcareService:
    """An urgent service of ours. Raises ResourceNotFound."""
    for service in await referrals.urgent_services(desk.session):
        if str(service.id) == wanted:
            return service
    raise ResourceNotFound("HealthcareService", wanted)


async def specialists_of(desk: Desk, service: HealthcareService) -> list[Choice]:
    """Who is set up to take its requests."""
    people = await desk.session.scalars(
        select(Practitioner)
        .join(PractitionerRole, PractitionerRole.practitioner_id == Practitioner.id)
        .where(
            PractitionerRole.service_id == service.id,
            PractitionerRole.role == "clinician",
            PractitionerRole.active,
            Practitioner.active,
        )
        .order_by(Practitioner.family_name, Practitioner.id)
    )
    return [Choice(person.id, person.display_name) for person in people]


def layer_choices() -> list[dict[str, str]]:
    """Layers by name."""
    return [{"value": str(layer), "text": layer_name(layer)} for layer in LAYERS]


def back(service_id: UUID, done: str) -> RedirectResponse:
    """To the week of that service."""
    return RedirectResponse(f"/on-call/rota?service_id={service_id}&done={done}", 303)


async def _page(
    desk: Desk,
    service: HealthcareService,
    form: ShiftForm,
    shift_id: UUID | None = None,
    *,
    errors: Errors | None = None,
) -> HTMLResponse:
    errors = errors or no_errors()
    problems = summary_of(errors)
    return desk.page(
        "on_call/rota/shift.html",
        status=422 if problems else 200,
        service=service,
        form=form,
        shift_id=shift_id,
        people=await specialists_of(desk, service),
        layers=layer_choices(),
        weekdays=[(str(number), name) for number, name in enumerate(WEEKDAYS, start=1)],
        errors=errors,
        problems=problems,
    )
