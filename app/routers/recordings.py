"""Recorded calls: everybody is asked, and those who care for the patient play them afterwards."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from app import documents, encounters
from app.documents import WORDS
from app.errors import CannotRecord, RoomServerUnavailable, Unavailable
from app.identity import Actor
from app.models import Recording
from app.routers.byte_ranges import Wanted, part_of
from app.routers.dependencies import Caller, Config, Db, From, Now, Session, allow
from app.routers.documents import Seal
from app.routers.paging import PageOf
from app.routers.problems import problems
from app.signalling.client import RoomServers
from app.signalling.recording.container import Refused
from app.signalling.recording.films import film_key
from app.signalling.recording.remux import film_path
from app.signalling.recording.sealedfile import SealedFile

router = APIRouter(
    prefix="/api/v1", tags=["recordings"], dependencies=[Depends(allow("clinician", "crew"))]
)
log = structlog.get_logger(__name__)


class FilmShape(BaseModel):
    """What one person sent: of camera and microphone, or of a screen. All of a recording's films
    share one time line."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    part: Literal["person", "screen"]
    media_type: str
    size_bytes: int
    ends_at_ms: int


class ConsentShape(BaseModel):
    """What somebody said to being recorded (FHIR Consent), and to which words."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    decision: Literal["permit", "deny"]
    words: str
    decided_at: datetime
    withdrawn_at: datetime | None


class RecordingShape(BaseModel):
    """What is known of a recording. `ended`: its films are being made.

    `ending` says how the file ended: `complete`; `cut` where the server stopped, playable up to
    `reaches_ms`; `damaged` from there on. `films_failed`: they could not be made, and are tried
    again only when somebody asks for it.
    """

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    encounter_id: UUID
    asked_by_name: str
    asked_at: datetime
    state: Literal["asked", "recording", "ended", "ready", "void"]
    started_at: datetime | None
    ended_at: datetime | None
    ending: Literal["", "complete", "cut", "damaged"]
    reaches_ms: int
    erased_at: datetime | None
    films_failed: bool


class WholeRecording(RecordingShape):
    """With its films, and everybody's word."""

    films: list[FilmShape]
    consents: list[ConsentShape]


class AskedShape(BaseModel):
    """Everybody in the call has been asked; who asks has agreed. `words` is what they read."""

    id: UUID
    words: str = WORDS


@router.post(
    "/encounters/{encounter_id}/recordings", status_code=201, responses=problems(404, 409, 410, 503)
)
async def ask_to_record(
    *,
    encounter_id: UUID,
    request: Request,
    db: Db,
    principal: Caller,
    origin: From,
    seal: Seal,
    now: Now,
) -> AskedShape:
    """Ask everybody in the call whether it may be recorded. It begins once all have agreed."""
    rooms: RoomServers = request.app.state.room_servers
    actor = Actor.of(principal, origin)
    async with db.transaction(actor) as session:
        asked = await documents.ask(session, encounter_id, sealing=seal, now=now)
        encounter = await encounters.encounter_of(session, encounter_id)
        seat = await encounters.room_seat(session, encounter, principal.practitioner_id)
    recording_id = asked.recording.id
    try:
        found = await rooms.ask_to_record(
            encounter.room_id, seat.id if seat else asked.participant_id, recording_id, asked.key
        )
    except RoomServerUnavailable:
        found = False
    if not found:
        async with db.transaction(actor) as session:
            await documents.abandon(session, recording_id, now=now)
        raise CannotRecord
    return AskedShape(id=recording_id)


@router.get("/encounters/{encounter_id}/recordings", responses=problems(404))
async def list_recordings(encounter_id: UUID, session: Session) -> PageOf[RecordingShape]:
    """A consultation's recordings, newest first. All of them are one page."""
    rows = await documents.recordings_of(session, encounter_id)
    return PageOf(items=[RecordingShape.model_validate(row) for row in rows], next=None)


@router.get("/recordings/{recording_id}", responses=problems(404))
async def read_recording(recording_id: UUID, session: Session) -> WholeRecording:
    """A recording with what can be played of it, and who agreed to it."""
    recording = await documents.recording_of(session, recording_id)
    return await _whole(session, recording)


async def _whole(session: Session, recording: Recording) -> WholeRecording:
    films = await documents.films_of(session, recording.id)
    consents = await documents.consents_of(session, recording.id)
    known = RecordingShape.model_validate(recording)
    return WholeRecording(
        **known.model_dump(),
        films=[FilmShape.model_validate(film) for film in films],
        consents=[ConsentShape.model_validate(consent) for consent in consents],
    )


@router.post("/recordings/{recording_id}/retry", responses=problems(404))
async def retry_films(recording_id: UUID, session: Session) -> RecordingShape:
    """Make the films of a recording that could not be made. Of others this changes nothing."""
    recording = await documents.retry_films(session, recording_id)
    return RecordingShape.model_validate(recording)


@router.get(
    "/recordings/films/{film_id}", response_class=Response, responses=problems(404, 410, 416, 503)
)
async def play(
    *,
    film_id: UUID,
    session: Session,
    seal: Seal,
    config: Config,
    wanted: Wanted = "",
) -> Response:
    """A film, or the part of it that a player asks for (RFC 9110 §14.2, one range)."""
    opened = await documents.open_film(session, film_id, sealing=seal)
    film = opened.film
    path = film_path(config.recordings_dir, film.id)
    part = part_of(wanted, film.size_bytes)
    key = film_key(opened.key, film.id)
    await asyncio.to_thread(_check, path, key, film.id)
    return StreamingResponse(
        _octets(path, key, film.id, part.start, part.end),
        status_code=part.status,
        media_type=film.media_type,
        headers=part.headers,
    )


def _check(path: Path, key: bytes, film_id: UUID) -> None:
    """Raises Unavailable where the file is not there, or not as long as it was written."""
    try:
        with path.open("rb") as file:
            SealedFile(file, key, film_id)
    except (Refused, OSError):
        log.error("film_cannot_be_opened", film_id=str(film_id))
        raise Unavailable("This recording cannot be opened just now.") from None


def _octets(path: Path, key: bytes, film_id: UUID, start: int, end: int) -> Iterator[bytes]:
    """Raises Refused where a chunk is not what was written: the answer breaks off there."""
    with path.open("rb") as file:
        yield from SealedFile(file, key, film_id).read(start, end)
