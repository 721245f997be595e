"""The auditor's search: who did what to whose record, when and from where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from app import audit, directory
from app.errors import InvalidInput
from app.models import AuditEvent, Patient
from app.models.paging import After
from app.models.time_zone import zone
from app.routers.dependencies import allow
from app.scheduling import local_day
from app.web.desk import AtDesk, Desk
from app.web.forms import Errors, errors_of, no_errors, summary_of, typed_date

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("auditor"))])
PAGE = 50
# Longer names first: one holds another.
_RECORDS = {
    "EncounterParticipant": "participant",
    "Encounter": "consultation",
    "ServiceRequest": "urgent request",
    "AuditEvent": "the audit",
    "Observation": "measurement",
    "JoinLink": "link",
    "Notes": "notes",
    "Note": "note",
}
Typed = Annotated[str, Field(max_length=200)]


class AuditForm(BaseModel):
    """The search as typed. `before` and `before_id` are the last event of the page before."""

    model_config = ConfigDict(frozen=True)

    nhs_number: Typed = ""
    name: Typed = ""
    day: Typed = Field(default="", alias="date[day]")
    month: Typed = Field(default="", alias="date[month]")
    year: Typed = Field(default="", alias="date[year]")
    refused: Typed = ""
    before: datetime | None = None
    before_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the table shows it."""

    recorded_at: datetime
    agent: str
    roles: str
    what: str
    patient: str
    address: str
    refused: bool


@router.get("/audit")
async def page(desk: AtDesk) -> HTMLResponse:
    """The newest events."""
    return await _page(desk, AuditForm())


@router.post("/audit")
async def search(form: Annotated[AuditForm, Form()], desk: AtDesk) -> HTMLResponse:
    """What was searched for. By POST: an NHS number must not end in an address."""
    return await _page(desk, form)


async def _page(desk: Desk, form: AuditForm) -> HTMLResponse:
    errors, lines, last = no_errors(), [], None
    try:
        wanted = await _wanted(desk, form)
    except InvalidInput as refusal:
        errors = errors_of(refusal, {"birth_date": "date"})
    else:
        if wanted is not None:
            start = (form.before, form.before_id) if form.before and form.before_id else ()
            found = await audit.search(desk.session, wanted, after=After(start, PAGE))
            lines = await _lines(desk, found.items)
            last = found.items[-1] if found.next_key else None
    return _shown(desk, form, lines=lines, last=last, errors=errors)


def _shown(
    desk: Desk,
    form: AuditForm,
    *,
    lines: list[Line],
    last: AuditEvent | None,
    errors: Errors,
) -> HTMLResponse:
    return desk.page(
        "audit.html",
        status=422 if errors else 200,
        values=form.model_dump(by_alias=True),
        errors=errors,
        problems=summary_of(errors),
        lines=lines,
        last=last,
    )


async def _wanted(desk: Desk, form: AuditForm) -> audit.Search | None:
    """None when the NHS number is nobody's here. Raises InvalidInput."""
    patient_id = None
    if form.nhs_number.strip():
        asked = directory.PatientSearch(nhs_number=form.nhs_number.strip())
        found = await directory.search_patients(desk.session, asked)
        if not found:
            return None
        patient_id = found[0].id
    day = typed_date(form.day, form.month, form.year)
    period = local_day(day, zone(desk.frame.zone)) if day else None
    return audit.Search(
        patient_id=patient_id,
        agent_name=form.name.strip(),
        outcome="refused" if form.refused else None,
        since=period.start if period else None,
        until=period.end if period else None,
    )


async def _lines(desk: Desk, events: Sequence[AuditEvent]) -> list[Line]:
    names = await _names(desk, {event.patient_id for event in events if event.patient_id})
    return [
        Line(
            recorded_at=event.recorded_at,
            agent=event.agent_name or event.agent_kind,
            roles=event.agent_roles.replace(" ", ", ") or event.agent_kind,
            what=in_words(event.what),
            patient=names.get(event.patient_id, "") if event.patient_id else "",
            address=event.address,
            refused=event.outcome == "refused",
        )
        for event in events
    ]


def in_words(what: str) -> str:
    """The deed without the standards' names for records."""
    for name, words in _RECORDS.items():
        what = what.replace(name, words)
    return what[:1].upper() + what[1:]


async def _names(desk: Desk, ids: set[UUID]) -> Mapping[UUID, str]:
    rows = await desk.session.scalars(select(Patient).where(Patient.id.in_(ids)))
    return {patient.id: patient.display_name for patient in rows}
