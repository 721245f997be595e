"""Whom a consultation is about, as its page says it: a patient's, or a crew's request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from app import directory, referrals
from app.encounters import participants_of
from app.models import Appointment, Encounter, Patient, ServiceRequest
from app.referrals import Atmist
from app.referrals.position import where_words
from app.web.advice import arrival_words
from app.web.desk import Desk
from app.web.environment import clock_time, spaced_nhs_number

_SEX = {"male": "man", "female": "woman", "other": "person", "unknown": "patient"}
_RISKS = {"low": "low risk", "low-medium": "low to medium risk", "medium": "medium risk"}
_ATMIST = (
    ("Age, as said", "age"),
    ("Time it began", "time"),
    ("Mechanism", "mechanism"),
    ("Injuries or findings", "injuries"),
    ("Signs", "signs"),
    ("Treatment given", "treatment"),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a summary."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Back:
    """Where the page's back link leads."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """NEWS2 as the page says it."""

    total: str
    words: str


@dataclass(frozen=True, slots=True)
class Subject:
    """The heading, what to check identity by, the facts, and where one came from."""

    title: str
    check: str
    facts: list[Fact]
    back: Back
    news2: Score | None = None
    request_id: UUID | None = None


async def subject_of(desk: Desk, encounter: Encounter) -> Subject:
    """Reads whom it is about; each reading is on record."""
    if encounter.service_request_id is not None:
        case = await referrals.case(desk.session, encounter.service_request_id, now=desk.now)
        return _of_request(case.request, case.service_name, desk.now)
    if encounter.patient_id is None:
        return Subject("Consultation", "", [], Back("/today", "Today"))
    patient = await directory.read_patient(desk.session, encounter.patient_id)
    return await _of_patient(desk, encounter, patient)


async def _of_patient(desk: Desk, encounter: Encounter, patient: Patient) -> Subject:
    born = f"{patient.birth_date.day} {patient.birth_date:%B %Y}"
    number = spaced_nhs_number(patient.nhs_number)
    appointment = (
        await desk.session.get(Appointment, encounter.appointment_id)
        if encounter.appointment_id
        else None
    )
    seats = await participants_of(desk.session, encounter.id)
    location = next((seat.location for seat in seats if seat.role == "patient"), "")
    facts = [
        Fact("Reason", (appointment.reason if appointment else "") or "Not given"),
        Fact("Booked for", _booked_for(desk, appointment)),
        Fact("Now at", location or "Not said"),
        Fact("Phone", patient.phone or "Not known"),
        Fact(
            "Address", ", ".join(filter(None, (patient.address, patient.postcode))) or "Not known"
        ),
        Fact("Gender", patient.gender.capitalize()),
    ]
    return Subject(
        title=f"{patient.display_name}, {patient.age_on(desk.today)}",
        check=f"Born {born}. NHS number {number}",
        facts=facts,
        back=Back("/today", "Today"),
    )


def _booked_for(desk: Desk, appointment: Appointment | None) -> str:
    if appointment is None:
        return "Not booked"
    zone = desk.frame.zone
    return f"{clock_time(appointment.start, zone)} to {clock_time(appointment.end, zone)}"


def _of_request(request: ServiceRequest, service_name: str, now: datetime) -> Subject:
    age = f"{request.age_years} year old " if request.age_years is not None else ""
    person = f"{age}{_SEX[request.sex]}".capitalize()
    atmist = Atmist.model_validate(request.atmist)
    said = atmist.model_dump()
    asked_by = (request.call_sign, request.requester_name, request.requester_organization_name)
    where = where_words(request.place, request.latitude, request.longitude)
    facts = [
        Fact("Question", request.question),
        Fact("Asked by", ", ".join(filter(None, asked_by)) or "Ambulance crew"),
        Fact("Service", service_name),
        Fact("Where", where or "Not said"),
        Fact("Time critical", "Yes" if request.time_critical else "No"),
        Fact("Arrives", arrival_words(request, now) or "Not known"),
        *(Fact(name, said[key]) for name, key in _ATMIST if said[key]),
    ]
    return Subject(
        title=person,
        check=request.question,
        facts=facts,
        back=Back("/on-call", "On call"),
        news2=_score(request.news2),
        request_id=request.id,
    )


def _score(stored: Mapping[str, object] | None) -> Score | None:
    if not stored:
        return None
    risk = _RISKS.get(
        cast("str", stored.get("risk") or ""), "high risk" if stored.get("risk") else ""
    )
    if stored.get("total") is not None:
        return Score(str(stored["total"]), risk)
    return Score("not complete", f"at least {stored.get('at_least', 0)}. {risk}".strip())
