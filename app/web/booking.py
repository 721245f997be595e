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
from app.errors import Conflict, DuplicateRecord, InvalidInput, SlotNotFree
from app.models import HealthcareService, Patient
from app.models.paging import After
from app.models.time_zone import Moment
from app.scheduling import Booking, Period, Search, Slot, Sought
from app.web import channels
from app.web.choices import practitioner_choices, room_choices
from app.web.desk import AtDesk, Desk
from app.web.finding import Found, PatientSearchForm, found_of, search_errors, shown
from app.web.forms import Errors, errors_of, no_errors, summary_of, typed_date
from app.web.refused_time import LOOKED_AHEAD, explained, is_about_the_time
from app.web.schedule import SCHEDULERS, Obstacle
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
    soonest: Literal["", "same", "anybody"] = ""
    """Whether the first free time is meant, with the same practitioner or anybody: when it is just
    taken, the next will do."""

    @property
    def sought(self) -> Sought:
        """Times of the service from this one on."""
        who = self.practitioner_id if self.soonest == "same" else None
        return Sought(
            Period(self.start, self.start + LOOKED_AHEAD),
            Search(self.service_id, who),
            with_ids=self.others,
        )

    @property
    def others(self) -> tuple[UUID, ...]:
        """Further people and places."""
        return ()


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

    @property
    def others(self) -> tuple[UUID, ...]:
        """Further people and places."""
        return tuple(self.with_ids)


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
    offered: Slot | None

    @property
    def channel(self) -> str:
        """How it is held, in words; empty where that is not known."""
        return channels.BY.get(self.offered.channel, "") if self.offered else ""


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
        return await _wrong(desk, form, refusal)
    except Conflict as refusal:
        return await _in_the_way(desk, form, refusal)


def _known_already(refusal: DuplicateRecord) -> Errors:
    errors = no_errors()
    errors["search_nhs_number"] = f"{refusal.detail} Find them here."
    return errors


async def _wrong(
    desk: Desk, form: BookingForm, refusal: InvalidInput | ValidationError
) -> HTMLResponse:
    if isinstance(refusal, InvalidInput) and is_about_the_time(refusal):
        return await _in_the_way(desk, form, refusal)
    chosen = None
    if form.action == "book" and form.patient_id:
        chosen = await _chosen(desk, form.patient_id)
    return await _page(desk, form, errors=_errors(form, refusal), chosen=chosen)


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
    details = scheduling.Details(form.patient_id, form.reason.strip())
    booking = await _taken(desk, form, details)
    made = booking.appointment
    got = Time(practitioner_id=made.practitioner_id, service_id=made.service_id, start=made.start)
    chosen = await _chosen(desk, form.patient_id)
    return desk.page(
        "booked.html",
        status=201,
        link=f"{desk.settings.base_url}/join#{booking.join_secret}",
        appointment_id=made.id,
        place=await _place(desk, got),
        patient_name=chosen.name,
        is_another=(got.practitioner_id, got.start) != (form.practitioner_id, form.start),
    )


async def _taken(desk: Desk, form: BookingForm, details: scheduling.Details) -> Booking:
    """The time that was chosen; where the first free one is meant and that has just gone, the
    next."""
    wanted = scheduling.Wanted(
        form.service_id, form.practitioner_id, form.start, with_ids=form.others
    )
    try:
        async with desk.session.begin_nested():
            return await scheduling.book(desk.session, wanted, details, now=desk.now)
    except SlotNotFree:
        if not form.soonest:
            raise
    return await scheduling.book_first(desk.session, form.sought, details, now=desk.now)


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


async def _in_the_way(
    desk: Desk, form: BookingForm, refusal: Conflict | InvalidInput
) -> HTMLResponse:
    if isinstance(refusal, DuplicateRecord):
        return await _page(desk, form, errors=_known_already(refusal))
    chosen = await _chosen(desk, form.patient_id) if form.patient_id else None
    obstacle = await _explained(desk, form, refusal, chosen)
    return await _page(desk, form, conflict=obstacle, chosen=chosen)


async def _explained(
    desk: Desk, time: Time, refusal: Conflict | InvalidInput | None, chosen: Found | None
) -> Obstacle:
    # Whoever it was to be with: from here on anybody of the service will do.
    sought = time.model_copy(update={"soonest": ""}).sought
    if chosen is None:
        return await explained(desk, refusal, sought)
    return await explained(desk, refusal, sought, patient_id=chosen.id, patient_name=chosen.name)


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
    place = await _place(desk, time)
    if place.offered is None and conflict is None:
        conflict = await _explained(desk, time, None, chosen)
    people = await practitioner_choices(desk.session)
    return desk.page(
        "book.html",
        status=409 if conflict else 422 if errors else 200,
        place=place,
        values={**_EMPTY, **typed},
        errors=errors,
        problems=summary_of(errors),
        conflict=conflict,
        chosen=chosen,
        found=found,
        every=EVERY,
        others=[person for person in people if person.id != time.practitioner_id],
        rooms=await room_choices(desk.session),
        soonest=time.soonest,
        adding=isinstance(time, BookingForm) and time.action == "add",
    )


async def _length(desk: Desk, time: Time, service: HealthcareService) -> timedelta:
    """As long as it would be booked for; of a time that is over or too far, the service's."""
    wanted = scheduling.Wanted(time.service_id, time.practitioner_id, time.start)
    try:
        return await scheduling.length_of(desk.session, wanted, now=desk.now)
    except InvalidInput:
        return timedelta(minutes=service.slot_minutes)


async def _offered(desk: Desk, time: Time) -> Slot | None:
    """The slot, if it can be booked now."""
    at_once = Period(time.start, time.start + timedelta(minutes=1))
    search = Search(time.service_id, time.practitioner_id)
    try:
        found = await scheduling.find_slots(
            desk.session, at_once, search, now=desk.now, after=After(limit=1)
        )
    except InvalidInput:
        return None
    return next(iter(found.items), None)


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
        offered=await _offered(desk, time),
    )
