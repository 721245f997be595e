"""What can be played of a recorded call, by whom; and where nothing could be made of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app import audit
from app.documents.recordings import announce_recording, locked, note_deed, unwrapped
from app.documents.subjects import subject_of_encounter
from app.errors import ResourceNotFound
from app.models import Recording, RecordingFilm
from app.sealing import Sealing

ONE_VIEWING = timedelta(minutes=10)
"""A player fetches a film in many parts: all that is fetched in this time is one look at it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A film to be played, and the key of its recording."""

    film: RecordingFilm
    key: bytes = field(repr=False)


async def films_of(session: AsyncSession, recording_id: UUID) -> Sequence[RecordingFilm]:
    """What can be played of it, people before screens."""
    found = await session.scalars(
        select(RecordingFilm)
        .where(RecordingFilm.recording_id == recording_id)
        .order_by(RecordingFilm.part, RecordingFilm.name, RecordingFilm.id)
    )
    return found.all()


async def open_film(session: AsyncSession, film_id: UUID, *, sealing: Sealing) -> Opened:
    """A film and what opens it; that it was played is on record.

    Raises ResourceNotFound, Forbidden, KeyErased, Unavailable.
    """
    film = await session.get(RecordingFilm, film_id)
    if film is None:
        raise ResourceNotFound("RecordingFilm", film_id)
    recording = await session.get_one(Recording, film.recording_id)
    await subject_of_encounter(session, recording.encounter_id)
    if recording.sealed_key is None:
        raise ResourceNotFound("RecordingFilm", film_id)
    await audit.record_once(
        session,
        "R",
        "play Recording",
        within=ONE_VIEWING,
        resource="Recording",
        resource_id=recording.id,
        patient_id=recording.patient_id,
        encounter_id=recording.encounter_id,
    )
    return Opened(film, await unwrapped(session, sealing, recording))


async def note_films_failed(session: AsyncSession, recording_id: UUID) -> None:
    """Its films could not be made, once more. Raises ResourceNotFound."""
    recording = await locked(session, recording_id)
    recording.film_failures += 1
    if recording.films_failed:
        note_deed(session, "U", "give up films of Recording", recording)
        announce_recording(session, recording)


async def retry_films(session: AsyncSession, recording_id: UUID) -> Recording:
    """Have films that were given up made after all; of others this changes nothing.

    Raises ResourceNotFound, Forbidden.
    """
    recording = await locked(session, recording_id)
    await subject_of_encounter(session, recording.encounter_id)
    if recording.films_failed:
        recording.film_failures = 0
        note_deed(session, "U", "try films of Recording again", recording)
        announce_recording(session, recording)
        await session.flush()
    return recording
