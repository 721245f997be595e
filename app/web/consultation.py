"""The clinician's consultation: the call beside the record, and the look back when it is over."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app import documents, encounters, observations, referrals
from app.config import MOST_IN_CALL
from app.encounters import Outcome
from app.errors import InvalidInput
from app.models import Encounter, Note
from app.models.text import Name, Prose
from app.observations import VITAL_SIGNS, Code, Measurement
from app.observations.listing import listing_of_encounter
from app.referrals import forms
from app.routers.dependencies import allow
from app.web.case_facts import subject_of
from app.web.desk import AtDesk, Desk
from app.web.documents import pictures_of
from app.web.line_checks import line_checks_of
from app.web.outcomes import OUTCOME_WORDS, OUTCOMES
from app.web.record import shown_note, shown_observation
from app.web.recordings import shown
from app.web.request_controls import controls_of
from app.web.today import STATES
from app.web.vital_signs import BANDS, ScorePage, score_page, sent_words

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("clinician"))])


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\x00", "").replace("\r\n", "\n")


class NoteForm(BaseModel):
    """A note as typed so far. `note_id` is the page's own; no version yet before the first save."""

    model_config = ConfigDict(frozen=True)

    note_id: UUID
    version: int | None = None
    text: Annotated[
        str, Field(max_length=documents.MOST_NOTE_CHARACTERS), AfterValidator(_storable)
    ] = ""


class SavedNote(BaseModel):
    """What the page must know to save again."""

    id: UUID
    version: int


class ObservationForm(BaseModel):
    """One measurement as typed. `id` is the page's own, so that a repeat is not a second one."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    code: Code
    value: Annotated[str, Field(max_length=20)] = ""
    confirmed: bool = False


class Guest(BaseModel):
    """Who is invited. `id` is the page's own, so that a repeat is the same seat."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    name: Name
    role_label: Name


class Ending(BaseModel):
    """How it ends. Advice to a crew may be said as SBAR; `summary` is its recommendation. `others`
    of a group end with it, in the same words."""

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    summary: Prose = ""
    situation: Prose = ""
    background: Prose = ""
    assessment: Prose = ""
    others: Annotated[list[UUID], Field(max_length=MOST_IN_CALL)] = []

    @property
    def advice(self) -> str:
        """As it becomes the record."""
        return forms.advice_words(
            self.summary,
            situation=self.situation,
            background=self.background,
            assessment=self.assessment,
        )


@router.get("/consultations/{encounter_id}")
async def page(encounter_id: UUID, desk: AtDesk) -> HTMLResponse:
    """The consultation, or what came of it."""
    encounter = await encounters.encounter_of(desk.session, encounter_id)
    notes = await documents.notes_of(desk.session, encounter_id)
    subject = await subject_of(desk, encounter)
    practitioner_id = desk.frame.principal.practitioner_id if desk.frame.principal else None
    group = await _group(desk, encounter)
    own = next((note for note in reversed(notes) if note.author_id == practitioner_id), None)
    listing = await listing_of_encounter(desk.session, encounter_id)
    measured = [shown_observation(row) for row in listing.entered]
    pictures = pictures_of(await documents.of_encounter(desk.session, encounter_id))
    recordings = [shown(row) for row in await documents.recordings_of(desk.session, encounter_id)]
    line_checks = await line_checks_of(desk, encounter_id)
    if encounter.is_over:
        return desk.page(
            "consultation-over.html",
            encounter=encounter,
            outcome=OUTCOME_WORDS.get(encounter.outcome, "It did not take place"),
            subject=subject,
            observations=measured,
            sent=sent_words(listing.sent),
            read_only=True,
            news2=subject.news2,
            notes=[shown_note(note) for note in notes if note.text],
            pictures=pictures,
            recordings=recordings,
            line_checks=line_checks,
        )
    return desk.page(
        "consultation.html",
        encounter_id=encounter_id,
        group=group,
        subject=subject,
        controls=await controls_of(desk, encounter.service_request_id, desk.frame.principal),
        observations=measured,
        sent=sent_words(listing.sent),
        news2=subject.news2,
        bands=BANDS,
        request_id=encounter.service_request_id,
        score=await _score(desk, encounter),
        note=_form_of(own),
        other_notes=[shown_note(note) for note in notes if note is not own and note.text],
        codes=VITAL_SIGNS.values(),
        recordings=recordings,
        line_checks=line_checks,
        pictures=pictures,
        outcomes=[{"value": value, "text": text} for value, text in OUTCOMES.items()],
    )


@dataclass(frozen=True, slots=True)
class Member:
    """One of a group, and where they are; `is_open` is whose record this page shows."""

    encounter_id: UUID
    name: str
    status: str
    colour: str
    is_open: bool
    is_here: bool
    is_in_call: bool


async def _group(desk: Desk, encounter: Encounter) -> list[Member]:
    """Empty where it is no group."""
    rows = await encounters.group_rows(desk.session, encounter, day=desk.today)
    return [
        Member(
            encounter_id=row.encounter_id,
            name=row.patient_name,
            status=STATES[row.state][0],
            colour=STATES[row.state][1],
            is_open=row.encounter_id == encounter.id,
            is_here=row.state in {"waiting", "in-call"},
            is_in_call=row.state == "in-call",
        )
        for row in rows
        if row.encounter_id is not None
    ]


@router.get("/fragments/consultations/{encounter_id}/group")
async def group_list(encounter_id: UUID, desk: AtDesk) -> HTMLResponse:
    """Who of the group is there, fetched again when somebody comes or goes."""
    encounter = await encounters.encounter_of(desk.session, encounter_id)
    return desk.fragment("fragments/group.html", group=await _group(desk, encounter))


@router.get("/fragments/consultations/{encounter_id}/others")
async def others_in_call(encounter_id: UUID, desk: AtDesk) -> HTMLResponse:
    """Whose consultations may be finished with this one."""
    encounter = await encounters.encounter_of(desk.session, encounter_id)
    return desk.fragment("fragments/others.html", group=await _group(desk, encounter))


def _form_of(own: Note | None) -> NoteForm:
    if own is None:
        return NoteForm(note_id=uuid4())
    return NoteForm(note_id=own.id, version=own.version, text=own.text)


@router.get("/fragments/consultations/{encounter_id}/facts")
async def facts(encounter_id: UUID, desk: AtDesk) -> HTMLResponse:
    """Whom it is about, fetched again when they come."""
    encounter = await encounters.encounter_of(desk.session, encounter_id)
    return desk.fragment("fragments/facts.html", subject=await subject_of(desk, encounter))


@router.get("/fragments/consultations/{encounter_id}/who")
async def who(encounter_id: UUID, desk: AtDesk) -> HTMLResponse:
    """The heading, which follows an age or a sex that is typed later."""
    encounter = await encounters.encounter_of(desk.session, encounter_id)
    return desk.fragment("fragments/who.html", subject=await subject_of(desk, encounter))


@router.get("/fragments/consultations/{encounter_id}/observations")
async def observation_list(encounter_id: UUID, desk: AtDesk) -> HTMLResponse:
    """What was measured, fetched again when something is."""
    encounter = await encounters.encounter_of(desk.session, encounter_id)
    subject = await subject_of(desk, encounter)
    listing = await listing_of_encounter(desk.session, encounter_id)
    return desk.fragment(
        "fragments/observations.html",
        observations=[shown_observation(row) for row in listing.entered],
        sent=sent_words(listing.sent),
        news2=subject.news2,
    )


async def _score(desk: Desk, encounter: Encounter) -> ScorePage | None:
    """NEWS2 belongs to an urgent request."""
    if encounter.service_request_id is None:
        return None
    return await score_page(desk, encounter.service_request_id)


@router.post("/consultations/{encounter_id}/note")
async def save_note(
    encounter_id: UUID, form: Annotated[NoteForm, Form()], desk: AtDesk
) -> SavedNote:
    """Keep the note as it is now. Raises StaleVersion when it was changed in another window."""
    session, now = desk.session, desk.now
    version = form.version
    if version is None:
        note = await documents.create_note(
            session, encounter_id, form.text, now=now, id=form.note_id
        )
        version = note.version
    note = await documents.change_note(session, form.note_id, form.text, version=version, now=now)
    return SavedNote(id=note.id, version=note.version)


@router.post("/consultations/{encounter_id}/observations", status_code=201)
async def add_observation(
    encounter_id: UUID, form: Annotated[ObservationForm, Form()], desk: AtDesk
) -> dict[str, str]:
    """Keep one measurement. Raises InvalidInput in words for the form."""
    is_coded = VITAL_SIGNS[form.code].is_coded
    measurement = Measurement(
        form.code,
        taken_at=desk.now,
        id=form.id,
        value=None if is_coded else _number(form.value),
        text_value=form.value if is_coded else "",
        confirmed=form.confirmed,
    )
    kept = await observations.record_for_encounter(
        desk.session, encounter_id, measurement, now=desk.now
    )
    return {"id": str(kept.id)}


def _number(typed: str) -> float:
    try:
        return float(typed.strip().replace(",", "."))
    except ValueError:
        raise InvalidInput.field("value", "Enter a number.") from None


@router.post("/consultations/{encounter_id}/links", status_code=201)
async def invite(
    encounter_id: UUID, form: Annotated[Guest, Form()], desk: AtDesk
) -> dict[str, str]:
    """A link for a third person, shown once. Its secret is in the fragment, so in no log."""
    invitation = await encounters.invite(
        desk.session,
        encounter_id,
        id=form.id,
        name=form.name,
        role_label=form.role_label,
        now=desk.now,
    )
    return {"url": f"{desk.settings.base_url}/join#{invitation.secret}"}


@router.post("/consultations/{encounter_id}/finish")
async def finish(
    encounter_id: UUID, form: Annotated[Ending, Form()], desk: AtDesk
) -> dict[str, str]:
    """End it for everyone; `next` is where the clinician goes on."""
    encounter = await encounters.encounter_of(desk.session, encounter_id)
    if encounter.service_request_id:
        await referrals.close(
            desk.session,
            encounter.service_request_id,
            outcome=form.outcome,
            advice=form.advice,
            now=desk.now,
        )
        return {"next": "/on-call"}
    await encounters.finish_together(
        desk.session,
        encounter_id,
        others=form.others,
        outcome=form.outcome,
        summary=form.summary,
        now=desk.now,
    )
    group = await _group(desk, encounter)
    left = next((member for member in group if member.is_here), None)
    return {"next": f"/consultations/{left.encounter_id}" if left else "/today"}
