"""Use case: put one handover together from the request, its form, readings, rings and links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import (
    CaseEntry,
    Document,
    DocumentMark,
    HandoverLink,
    HealthcareService,
    Note,
    Observation,
    Organization,
    Patient,
    PositionFix,
    RequestNote,
    RequestStep,
    Ring,
    ServiceRequest,
)
from app.observations import Scale
from app.observations.listing import thinned_of_request
from app.referrals import forms
from app.referrals.forms.lines import clock
from app.referrals.handover import marking, timeline, whereabouts
from app.referrals.handover.facts import (
    Advice,
    Fact,
    Handover,
    Picture,
    Score,
    table_of,
    trend_of,
)
from app.referrals.journeys import Arrival, arrival_of, telling_fixes
from app.referrals.position import where_words
from app.referrals.records import note, principal_in, request_of, rings_of

OUTCOMES: Mapping[str, str] = {
    "advice": "Advice given",
    "prescription": "Prescription",
    "referral": "Referral",
    "follow-up": "Follow-up to be booked",
    "discharged": "No more care needed",
    "conveyed": "Taken to hospital",
}
_SEX = {"female": "female", "male": "male", "other": "sex: other"}
_RISKS = {
    "low": "low risk",
    "low-medium": "low to medium risk",
    "medium": "medium risk",
    "high": "high risk",
}
_REFUSED = {
    "under-16": "NEWS2 is not for children under 16.",
    "pregnant": "NEWS2 is not for use in pregnancy.",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows a handover is made of."""

    request: ServiceRequest
    form: forms.CaseForm
    entries: Sequence[CaseEntry]
    readings: Sequence[Observation]
    steps: Sequence[RequestStep]
    rings: Sequence[Ring]
    documents: Sequence[Document]
    notes: Sequence[Note]
    crew_notes: Sequence[RequestNote]
    links: Sequence[HandoverLink]
    marks: Sequence[DocumentMark]
    fixes: Sequence[PositionFix]


async def handover(session: AsyncSession, request_id: UUID, *, now: datetime) -> Handover:
    """For staff of either side. The reading is on record. Raises ResourceNotFound, Forbidden."""
    request = await request_of(session, request_id)
    note(session, "R", "read handover", request)
    return await gather(session, request, made_by=principal_in(session).name, now=now)


async def gather(
    session: AsyncSession, request: ServiceRequest, *, made_by: str, now: datetime
) -> Handover:
    """For whoever may read the request: the caller has asked that, and put it on record."""
    found = await _found(session, request)
    crew = await session.get_one(Organization, request.organization_id)
    service = await session.get(HealthcareService, request.service_id)
    patient = await session.get(Patient, request.patient_id) if request.patient_id else None
    known = forms.Known(request.age_years, request.sex)
    return Handover(
        request_id=request.id,
        title=_title(request, patient),
        crew=", ".join(filter(None, (crew.name, request.call_sign, request.requester_name))),
        service_name=service.name if service else request.specialty,
        question=request.question,
        is_time_critical=request.time_critical,
        patient=tuple(_patient(patient)),
        journey=tuple(_journey(request, found.form, crew.time_zone, now)),
        atmist=tuple(forms.atmist_lines(found.form, known, crew.time_zone)),
        sbar=tuple(forms.sbar_lines(found.form)),
        news2=_score(request, found.readings),
        observations=table_of(found.readings),
        treatments=tuple(
            forms.treatment_words(each, crew.time_zone) for each in found.form.treatments
        ),
        advice=tuple(_advice(request)),
        pictures=tuple(_pictures(found.documents)),
        timeline=_timeline(found),
        is_final=request.state in {"completed", "revoked"},
        made_at=now,
        made_by=made_by,
        zone=crew.time_zone,
    )


async def _found(session: AsyncSession, request: ServiceRequest) -> _Found:
    entries = await session.scalars(
        select(CaseEntry).where(CaseEntry.request_id == request.id).order_by(CaseEntry.typed_at)
    )
    readings = await thinned_of_request(session, request.id)
    steps = await session.scalars(
        select(RequestStep)
        .where(RequestStep.request_id == request.id)
        .order_by(RequestStep.sequence)
    )
    links = await session.scalars(
        select(HandoverLink)
        .where(HandoverLink.request_id == request.id)
        .order_by(HandoverLink.created_at)
    )
    typed = list(entries)
    pictures = await _documents(session, request)
    return _Found(
        request=request,
        form=forms.form_of(typed),
        entries=typed,
        readings=readings,
        steps=list(steps),
        rings=await rings_of(session, request.id),
        documents=pictures,
        notes=await _notes(session, request.encounter_id),
        crew_notes=await _crew_notes(session, request.id),
        links=list(links),
        marks=await _marks(session, pictures),
        fixes=await telling_fixes(session, request.id),
    )


async def _documents(session: AsyncSession, request: ServiceRequest) -> list[Document]:
    """Without their bytes, which are in parts of their own; what was erased is gone."""
    places = [Document.service_request_id == request.id]
    if request.encounter_id:
        places.append(Document.encounter_id == request.encounter_id)
    found = await session.scalars(
        select(Document)
        .where(or_(*places), Document.erased_at.is_(None))
        .order_by(Document.taken_at, Document.id)
    )
    return list(found)


async def _marks(session: AsyncSession, pictures: Sequence[Document]) -> list[DocumentMark]:
    """What was drawn on them, also what was taken back."""
    found = await session.scalars(
        select(DocumentMark)
        .where(DocumentMark.document_id.in_([each.id for each in pictures]))
        .order_by(DocumentMark.drawn_at, DocumentMark.id)
    )
    return list(found)


async def _notes(session: AsyncSession, encounter_id: UUID | None) -> list[Note]:
    if encounter_id is None:
        return []
    found = await session.scalars(select(Note).where(Note.encounter_id == encounter_id))
    return list(found)


async def _crew_notes(session: AsyncSession, request_id: UUID) -> list[RequestNote]:
    found = await session.scalars(select(RequestNote).where(RequestNote.request_id == request_id))
    return list(found)


def _timeline(found: _Found) -> tuple[timeline.Happening, ...]:
    return timeline.in_order(
        timeline.of_steps(found.steps, found.rings),
        timeline.of_typing(found.entries),
        timeline.of_treatments(found.form),
        timeline.of_observations(found.readings),
        timeline.of_documents(found.documents),
        marking.of_marks(found.marks, found.documents),
        whereabouts.of_positions(found.fixes),
        timeline.of_notes(found.notes),
        timeline.of_crew_notes(found.crew_notes),
        timeline.of_links(found.links),
    )


def _title(request: ServiceRequest, patient: Patient | None) -> str:
    age = f"{request.age_years} years" if request.age_years is not None else "Age not known"
    parts = [age, _SEX.get(request.sex, "sex not known")]
    return ", ".join([*([patient.display_name] if patient else []), *parts])


def _patient(patient: Patient | None) -> list[Fact]:
    if patient is None:
        return [Fact("Identity", "Not confirmed")]
    born = f"{patient.birth_date.day} {patient.birth_date:%B %Y}"
    number = patient.nhs_number
    spaced = f"{number[:3]} {number[3:6]} {number[6:]}" if number else "Not known"
    return [
        Fact("Name", patient.display_name),
        Fact("Born", born),
        Fact("NHS number", spaced),
    ]


def _journey(request: ServiceRequest, form: forms.CaseForm, zone: str, now: datetime) -> list[Fact]:
    going = ". ".join(
        part for part in (request.destination_name, form.text("destination_words")) if part
    )
    where = where_words(request.place, request.latitude, request.longitude)
    return [
        Fact("Where they are", where or "Not said"),
        Fact("Going to", going or "Not said"),
        Fact("Arrives", _arrival(arrival_of(request, now), zone)),
    ]


def _arrival(arrival: Arrival | None, zone: str) -> str:
    if arrival is None:
        return "Not said"
    sure = "estimated from the position" if arrival.is_estimate else "said by the crew"
    at = clock(arrival.at, zone)
    if arrival.minutes == 0:
        return f"due at {at} ({sure})"
    return f"{at}, in {arrival.minutes} minute{'' if arrival.minutes == 1 else 's'} ({sure})"


def _pictures(documents: Sequence[Document]) -> list[Picture]:
    return [
        Picture(each.id, timeline.document_words(each), each.taken_at)
        for each in documents
        if each.status == "current"
    ]


def _score(request: ServiceRequest, readings: Sequence[Observation]) -> Score | None:
    stored = request.news2
    if stored is None:
        return None
    scale: Scale = 2 if request.spo2_scale == 2 else 1
    return Score(
        words=_score_words(stored),
        parts=tuple(f"{part['label']} {part['score']}" for part in _maps(stored.get("parts"))),
        missing=tuple(str(name) for name in _items(stored.get("missing_labels"))),
        trend=trend_of(
            readings, spo2_scale=scale, age_years=request.age_years, pregnant=request.pregnant
        ),
    )


def _score_words(stored: Mapping[str, object]) -> str:
    refused = stored.get("refused")
    if refused:
        return _REFUSED[str(refused)]
    scale = f"oxygen scale {stored.get('spo2_scale', 1)}"
    risk = _RISKS.get(str(stored.get("risk")), "")
    total = stored.get("total")
    shown = f"NEWS2 {total}" if total is not None else "NEWS2 not complete"
    least = "" if total is not None else f"at least {stored.get('at_least', 0)}"
    return ", ".join(part for part in (shown, least, risk, scale) if part)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _maps(value: object) -> list[Mapping[str, object]]:
    return [item for item in _items(value) if isinstance(item, dict)]


def _advice(request: ServiceRequest) -> list[Advice]:
    if not request.closed_at or not (request.outcome or request.advice):
        return []
    return [
        Advice(
            by=request.accepted_by_name or "Not said",
            at=request.closed_at,
            outcome=OUTCOMES.get(request.outcome, request.outcome),
            words=request.advice,
        )
    ]
