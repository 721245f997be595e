"""Put somebody on the waiting list, change what suits them, take them off."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import directory
from app.errors import Conflict, InvalidInput
from app.models import Appointment, WaitingListEntry
from app.scheduling import waiting_list
from app.scheduling.waiting_list import EntryChanges, NewEntry
from app.web.choices import Choice, practitioner_choices, service_choices
from app.web.desk import AtDesk, Desk
from app.web.finding import PatientSearchForm, found_of, search_errors
from app.web.forms import Errors, no_errors, summary_of
from app.web.schedule.query import Chosen
from app.web.waiting_list.words import PARTS, PRIORITIES, WEEKDAYS

router = APIRouter()
Typed = Annotated[str, Field(max_length=200)]
WORDS = {
    "service_id": "Choose a service",
    "earliest_day": "Enter a day, or leave it empty",
    "latest_day": "Enter a day that is not before the earliest, or leave it empty",
    "notice_minutes": "Choose how long before they must know",
}
NOTICE = {"60": "1 hour", "240": "4 hours", "1440": "A day", "4320": "3 days", "10080": "A week"}


class EntryForm(BaseModel):
    """Every field as typed."""

    model_config = ConfigDict(frozen=True)

    patient_id: UUID
    service_id: Typed = ""
    practitioner_id: Typed = ""
    channel: Typed = ""
    parts_of_day: Annotated[list[Typed], Field(max_length=3)] = []
    weekdays: Annotated[list[Typed], Field(max_length=7)] = []
    earliest_day: Typed = ""
    latest_day: Typed = ""
    notice_minutes: Typed = "60"
    priority: Typed = "routine"
    reason: Typed = ""
    version: int = 0


def wishes_of(form: EntryForm) -> dict[str, Any]:
    """What would suit, empty where it does not matter."""
    return {
        "practitioner_id": form.practitioner_id or None,
        "channel": form.channel or None,
        "parts_of_day": form.parts_of_day,
        "weekdays": form.weekdays,
        "earliest_day": form.earliest_day or None,
        "latest_day": form.latest_day or None,
        "notice_minutes": form.notice_minutes,
        "priority": form.priority,
        "reason": form.reason.strip(),
    }


@router.get("/waiting-list/find")
async def find_page(desk: AtDesk) -> HTMLResponse:
    """Who is to be put on the list?"""
    return _find_page(desk, PatientSearchForm())


@router.post("/waiting-list/find")
async def find(desk: AtDesk, form: Annotated[PatientSearchForm, Form()]) -> HTMLResponse:
    """Patients that match."""
    try:
        return _find_page(desk, form, found=await found_of(desk, form))
    except (InvalidInput, ValidationError) as refusal:
        return _find_page(desk, form, errors=search_errors(refusal))


def _find_page(
    desk: Desk,
    form: PatientSearchForm,
    *,
    found: Sequence[object] | None = None,
    errors: Errors | None = None,
) -> HTMLResponse:
    errors = errors or no_errors()
    return desk.page(
        "waiting_list/find.html",
        status=422 if errors else 200,
        values=form.model_dump(by_alias=True),
        found=found,
        errors=errors,
        problems=summary_of(errors),
    )


@router.get("/waiting-list/new")
async def new(
    desk: AtDesk, patient_id: UUID, service_id: Annotated[Chosen, Query()] = None
) -> HTMLResponse:
    """What would suit them?"""
    return await _page(desk, EntryForm(patient_id=patient_id, service_id=str(service_id or "")))


@router.post("/waiting-list/new")
async def add(desk: AtDesk, form: Annotated[EntryForm, Form()]) -> Response:
    """Put them on the list."""
    try:
        entry = NewEntry.model_validate(
            {"patient_id": form.patient_id, "service_id": form.service_id, **wishes_of(form)}
        )
        await waiting_list.join(desk.session, entry, now=desk.now)
    except (InvalidInput, ValidationError) as refusal:
        return await _page(desk, form, errors=_errors(refusal))
    except Conflict as refusal:
        return await _page(desk, form, problem=refusal.detail)
    return RedirectResponse("/waiting-list?done=added", 303)


@router.get("/waiting-list/{entry_id}")
async def edit(entry_id: UUID, desk: AtDesk) -> HTMLResponse:
    """What suits them now."""
    entry = await waiting_list.read_entry(desk.session, entry_id)
    if entry.status not in waiting_list.OPEN:
        return await _over_page(desk, entry)
    return await _page(desk, _form_of(entry), entry_id)


async def _over_page(desk: Desk, entry: WaitingListEntry) -> HTMLResponse:
    """Why they are on the list no more."""
    booked = entry.appointment_id
    return desk.page(
        "waiting_list/over.html",
        entry=entry,
        patient=await directory.read_patient(desk.session, entry.patient_id),
        appointment=await desk.session.get(Appointment, booked) if booked else None,
    )


@router.post("/waiting-list/{entry_id}")
async def save(entry_id: UUID, desk: AtDesk, form: Annotated[EntryForm, Form()]) -> Response:
    """Keep what is different."""
    try:
        await waiting_list.change(
            desk.session,
            entry_id,
            EntryChanges.model_validate(wishes_of(form)),
            version=form.version,
            now=desk.now,
        )
    except (InvalidInput, ValidationError) as refusal:
        return await _page(desk, form, entry_id, errors=_errors(refusal))
    except Conflict as refusal:
        return await _page(desk, form, entry_id, problem=refusal.detail)
    return RedirectResponse("/waiting-list?done=saved", 303)


@router.post("/waiting-list/{entry_id}/withdraw")
async def withdraw(entry_id: UUID, desk: AtDesk, version: Annotated[int, Form()]) -> Response:
    """Take them off the list; a time they were asked about goes to the next."""
    try:
        async with desk.session.begin_nested():
            await waiting_list.withdraw(desk.session, entry_id, version=version, now=desk.now)
    except Conflict:
        return RedirectResponse("/waiting-list?done=stale", 303)
    return RedirectResponse("/waiting-list?done=withdrawn", 303)


def _form_of(entry: WaitingListEntry) -> EntryForm:
    return EntryForm(
        patient_id=entry.patient_id,
        service_id=str(entry.service_id),
        practitioner_id=str(entry.practitioner_id or ""),
        channel=entry.channel or "",
        parts_of_day=entry.parts_of_day,
        weekdays=[str(day) for day in entry.weekdays],
        earliest_day=entry.earliest_day.isoformat() if entry.earliest_day else "",
        latest_day=entry.latest_day.isoformat() if entry.latest_day else "",
        notice_minutes=str(entry.notice_minutes),
        priority=entry.priority,
        reason=entry.reason,
        version=entry.version,
    )


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
    form: EntryForm,
    entry_id: UUID | None = None,
    *,
    errors: Errors | None = None,
    problem: str = "",
) -> HTMLResponse:
    errors = errors or no_errors()
    patient = await directory.read_patient(desk.session, form.patient_id)
    notice = dict(NOTICE)
    notice.setdefault(form.notice_minutes, f"{form.notice_minutes} minutes")
    return desk.page(
        "waiting_list/entry.html",
        status=409 if problem else 422 if errors else 200,
        form=form,
        entry_id=entry_id,
        patient=patient,
        services=_items("Choose", await service_choices(desk.session), form.service_id),
        people=_items("Anybody", await practitioner_choices(desk.session), form.practitioner_id),
        priorities=PRIORITIES,
        parts=PARTS,
        weekdays=WEEKDAYS,
        notice=notice,
        errors=errors,
        problems=summary_of(errors),
        problem=problem,
    )


def _items(first: str, choices: Sequence[Choice], chosen: str) -> list[dict[str, object]]:
    return [
        {"value": "", "text": first},
        *(
            {"value": str(each.id), "text": each.name, "selected": str(each.id) == chosen}
            for each in choices
        ),
    ]
