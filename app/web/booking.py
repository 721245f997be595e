"""Booking a free time: find or add the patient, then book. Nothing personal is in an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import directory, scheduling
from app.errors import Conflict, InvalidInput
from app.models import HealthcareService, Patient
from app.models.time_zone import Moment
from app.web.choices import practitioner_choices
from app.web.desk import AtDesk, Desk
from app.web.finding import Found, PatientSearchForm, found_of, search_errors, shown
from app.web.forms import Errors, errors_of, no_errors, summary_of, typed_date
from app.web.schedule import SCHEDULERS, Obstacle, obstacle_of
from app.web.series import plan_page
from app.web.series.form import EVERY, SeriesForm

router = APIRouter(include_in_schema=False, dependencies=[Depends(SCHEDULERS)])
_ADDED = {"birth_date": "new_birth_date"}
Typed = Annotated[str, Field(max_length=200)]


class Time(BaseModel):
    """The time that is being booked, as it stands in the address and in every form."""

    model_config = ConfigDict(frozen=True)

    practitioner_id: UUID
    service_id: UUID
    start: Moment
    patient_id: UUID | None = None


class BookingForm(Time, PatientSearchForm):
    """Every field of the page's forms; what a form does not have is empty."""

    action: Literal["find", "choose", "add", "book"]
    reason: Typed = ""
    every: Typed = ""
    times: Typed = "8"
    with_ids: list[UUID] = []
    given_name: Typed = ""
    family_name: Typed = ""
    new_day: Typed = Field(default="", alias="new_birth_date[day]")
    new_month: Typed = Field(default="", alias="new_birth_date[month]")
    new_year: Typed = Field(default="", alias="new_birth_date[year]")
    nhs_number: Typed = ""
    phone: Typed = ""
    email: Typed = ""


_EMPTY: Mapping[str, str] = {
    field.alias or name: "" for name, field in BookingForm.model_fields.items()
}


@dataclass(frozen=True, slots=True)
class Place:
    """The time in words."""

    practitioner_id: UUID
    practitioner_name: str
    service_id: UUID
    service_name: str
    start: datetime
    end: datetime
    date: str


@router.get("/schedule/book")
async def begin(time: Annotated[Time, Query()], desk: AtDesk) -> HTMLResponse:
    """A free time was chosen: for whom?"""
    chosen = await _chosen(desk, time.patient_id) if time.patient_id else None
    return await _page(desk, time, chosen=chosen)


@router.post("/schedule/book")
async def go_on(form: Annotated[BookingForm, Form()], desk: AtDesk) -> HTMLResponse:
    """One step further, or the same page with what is in the way."""
    try:
        match form.action:
            case "find":
                return await _page(desk, form, found=await found_of(desk, form))
            case "choose":
                return await _page(desk, form, chosen=await _chosen(desk, form.patient_id))
            case "add":
                return await _page(desk, form, chosen=shown(await _register(desk, form)))
            case "book":
                return await _book(desk, form)
    except (InvalidInput, ValidationError) as refusal:
        chosen = None
        if form.action == "book" and form.patient_id:
            chosen = await _chosen(desk, form.patient_id)
        return await _page(desk, form, errors=_errors(form, refusal), chosen=chosen)
    except Conflict as refusal:
        return await _in_the_way(desk, form, refusal)


async def _register(desk: Desk, form: BookingForm) -> Patient:
    new = directory.NewPatient.model_validate(
        {
            "given_name": form.given_name,
            "family_name": form.family_name,
            "birth_date": typed_date(form.new_day, form.new_month, form.new_year),
            "nhs_number": form.nhs_number.strip() or None,
            "phone": form.phone.strip(),
            "email": form.email.strip(),
        }
    )
    return await directory.register_patient(desk.session, new)


async def _book(desk: Desk, form: BookingForm) -> HTMLResponse:
    if form.patient_id is None:
        raise InvalidInput.field("search_nhs_number", "Choose a patient first")
    if form.every:
        return await plan_page(desk, _series_of(form, form.patient_id))
    wanted = scheduling.Wanted(
        form.service_id, form.practitioner_id, form.start, with_ids=tuple(form.with_ids)
    )
    details = scheduling.Details(form.patient_id, form.reason.strip())
    booking = await scheduling.book(desk.session, wanted, details, now=desk.now)
    place = await _place(desk, form)
    chosen = await _chosen(desk, form.patient_id)
    return desk.page(
        "booked.html",
        status=201,
        link=f"{desk.settings.base_url}/join#{booking.join_secret}",
        appointment_id=booking.appointment.id,
        place=place,
        patient_name=chosen.name,
    )


def _errors(form: BookingForm, refusal: ValidationError | InvalidInput) -> Errors:
    return search_errors(refusal) if form.action == "find" else errors_of(refusal, _ADDED)


def _series_of(form: BookingForm, patient_id: UUID) -> SeriesForm:
    return SeriesForm(
        practitioner_id=form.practitioner_id,
        service_id=form.service_id,
        patient_id=patient_id,
        start=form.start,
        reason=form.reason,
        every=form.every,
        times=form.times,
        with_ids=form.with_ids,
    )


async def _in_the_way(desk: Desk, form: BookingForm, refusal: Conflict) -> HTMLResponse:
    obstacle = await obstacle_of(desk.session, refusal)
    chosen = await _chosen(desk, form.patient_id) if form.patient_id else None
    return await _page(desk, form, conflict=obstacle, chosen=chosen)


async def _chosen(desk: Desk, patient_id: UUID | None) -> Found:
    if patient_id is None:
        raise InvalidInput.field("search_nhs_number", "Choose a patient first")
    return shown(await directory.read_patient(desk.session, patient_id))


async def _page(
    desk: Desk,
    time: Time,
    *,
    chosen: Found | None = None,
    found: list[Found] | None = None,
    errors: Errors | None = None,
    conflict: Obstacle | None = None,
) -> HTMLResponse:
    errors = errors or no_errors()
    typed = time.model_dump(by_alias=True) if isinstance(time, BookingForm) else {}
    return desk.page(
        "book.html",
        status=409 if conflict else 422 if errors else 200,
        place=await _place(desk, time),
        values={**_EMPTY, **typed},
        errors=errors,
        problems=summary_of(errors),
        conflict=conflict,
        chosen=chosen,
        found=found,
        every=EVERY,
        others=[
            person
            for person in await practitioner_choices(desk.session)
            if person.id != time.practitioner_id
        ],
        adding=isinstance(time, BookingForm) and time.action == "add",
    )


async def _length(desk: Desk, time: Time, service: HealthcareService) -> timedelta:
    """As long as it would be booked for; of a time that is over or too far, the service's."""
    wanted = scheduling.Wanted(time.service_id, time.practitioner_id, time.start)
    try:
        return await scheduling.length_of(desk.session, wanted, now=desk.now)
    except InvalidInput:
        return timedelta(minutes=service.slot_minutes)


async def _place(desk: Desk, time: Time) -> Place:
    practitioner = await directory.find_own_practitioner(desk.session, time.practitioner_id)
    service = await directory.find_bookable_service(desk.session, time.service_id)
    return Place(
        practitioner_id=practitioner.id,
        practitioner_name=practitioner.display_name,
        service_id=service.id,
        service_name=service.name,
        start=time.start,
        end=time.start + await _length(desk, time, service),
        date=desk.day_of(time.start).isoformat(),
    )
