"""Recorded calls as pages show them; the octets come from the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from app import documents, encounters
from app.models import Encounter, Recording, RecordingConsent, RecordingFilm
from app.routers.dependencies import allow
from app.web.case_facts import subject_of
from app.web.desk import AtDesk, Desk

router = APIRouter(include_in_schema=False, dependencies=[Depends(allow("clinician", "crew"))])


@dataclass(frozen=True, slots=True)
class Shown:
    """One recording. `words` say what is with it; `plays` whether there is anything to play,
    `failed` that there is not, and will not be by itself."""

    id: UUID
    asked_by: str
    at: datetime
    words: str
    plays: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """What somebody said to being recorded, and when."""

    name: str
    words: str
    at: datetime


def shown(recording: Recording) -> Shown:
    """As lists and its own page show it."""
    return Shown(
        id=recording.id,
        asked_by=recording.asked_by_name,
        at=recording.started_at or recording.asked_at,
        words=_words(recording),
        plays=recording.state == "ready" and recording.erased_at is None,
        failed=recording.films_failed,
    )


def _words(recording: Recording) -> str:
    if recording.erased_at:
        return "Erased at the end of its time."
    if recording.films_failed:
        return "It could not be prepared for playing. What was recorded is kept."
    until = minutes_words(recording.reaches_ms)
    states = {
        "asked": "Not recording yet: waiting for everyone to agree.",
        "recording": "This call is being recorded.",
        "ended": "Still being prepared. It can be played here in a moment.",
    }
    endings = {
        "complete": f"Length {until}.",
        "cut": f"Ended early, at {until}, because the server stopped. It plays up to there.",
        "damaged": f"Damaged from {until} on. It plays up to there.",
    }
    return states.get(recording.state) or endings.get(recording.ending, "")


def minutes_words(milliseconds: int) -> str:
    """As a player shows it: 12:03."""
    minutes, seconds = divmod(milliseconds // 1_000, 60)
    return f"{minutes}:{seconds:02}"


def consents_shown(rows: Sequence[RecordingConsent]) -> list[ShownConsent]:
    """Everybody's word, in that order."""
    return [_consent(row) for row in rows]


def _consent(row: RecordingConsent) -> ShownConsent:
    if row.withdrawn_at:
        return ShownConsent(row.name, "Said yes, and took it back", row.withdrawn_at)
    words = "Said yes" if row.decision == "permit" else "Said no"
    return ShownConsent(row.name, words, row.decided_at)


def films_shown(rows: Sequence[RecordingFilm]) -> list[tuple[RecordingFilm, str]]:
    """Each with what it shows."""
    return [(row, f"{row.name}’s screen" if row.part == "screen" else row.name) for row in rows]


@router.get("/recordings/{recording_id}")
async def page(recording_id: UUID, desk: AtDesk) -> HTMLResponse:
    """Play it."""
    recording = await documents.recording_of(desk.session, recording_id)
    encounter = await encounters.encounter_of(desk.session, recording.encounter_id)
    films = await documents.films_of(desk.session, recording_id)
    consents = await documents.consents_of(desk.session, recording_id)
    return desk.page(
        "recording.html",
        recording=shown(recording),
        back=_back(desk, encounter),
        subject=await subject_of(desk, encounter),
        films=films_shown(films),
        consents=consents_shown(consents),
    )


@router.post("/recordings/{recording_id}/retry")
async def retry(recording_id: UUID, desk: AtDesk) -> Response:
    """Prepare it after all, back on the page where it appears once it is ready."""
    recording = await documents.retry_films(desk.session, recording_id)
    encounter = await encounters.encounter_of(desk.session, recording.encounter_id)
    return RedirectResponse(_back(desk, encounter), 303)


def _back(desk: Desk, encounter: Encounter) -> str:
    """To the page on which this person found it."""
    principal = desk.frame.principal
    if principal and principal.has("clinician"):
        return f"/consultations/{encounter.id}"
    return f"/urgent/{encounter.service_request_id}"


@router.get("/fragments/urgent/{request_id}/recordings")
async def of_request(request_id: UUID, desk: AtDesk) -> HTMLResponse:
    """Of an urgent request's call, once there is one."""
    subject = await documents.subject_of_request(desk.session, request_id)
    rows: Sequence[Recording] = ()
    if subject.encounter_id:
        rows = await documents.recordings_of(desk.session, subject.encounter_id)
    return desk.fragment("fragments/recordings.html", recordings=[shown(row) for row in rows])


@router.get("/fragments/consultations/{encounter_id}/recordings")
async def of_encounter(encounter_id: UUID, desk: AtDesk) -> HTMLResponse:
    """A consultation's, fetched again when something becomes of one."""
    rows = await documents.recordings_of(desk.session, encounter_id)
    return desk.fragment("fragments/recordings.html", recordings=[shown(row) for row in rows])
