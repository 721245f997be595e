"""Films of recordings that are over, one after the other, and the end of what need not be kept.

Background work of a web process: the files lie on its machine, where the room servers wrote them.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, delete, select

from app import audit, documents
from app.database import Database
from app.errors import KeyErased, Unavailable
from app.identity import Actor
from app.jobs import JOBS
from app.models import EncounterParticipant, Recording, RecordingFilm
from app.models.recording import MOST_FILM_FAILURES
from app.sealing import Sealing
from app.signalling.recording.__main__ import read_made
from app.signalling.recording.remux import Made, film_path
from app.signalling.recording.writer import path_of

STALE_SECONDS = 60.0
"""A writer that lives writes every five seconds, also in silence."""

GIVE_UP_ASKING = timedelta(hours=12)
"""No call lasts longer than its admission."""

AT_ONCE = 20
ROOT = Path(__file__).resolve().parents[2]
MILLISECOND = 1_000

log = structlog.get_logger(__name__)


class FilmMaker:
    """Between the recordings' rows and their files."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        sealing: Sealing,
        *,
        system_time: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._folder, self._sealing = database, folder, sealing
        self._system_time = system_time

    async def make_due(self, now: datetime) -> int:
        """Make the films of every recording that is over; how many. Also of one whose room
        server was killed: its file is written no more."""
        made = 0
        for organization_id, recording_id, state in await self._due(
            and_(
                Recording.state.in_(("ended", "recording")),
                Recording.film_failures < MOST_FILM_FAILURES,
                Recording.erased_at.is_(None),
            )
        ):
            path = path_of(self._folder, recording_id)
            if state == "ended" or self._is_stale(path):
                made += await self._make(organization_id, recording_id, path, now)
        return made

    async def erase_due(self, now: datetime) -> int:
        """End what need not be kept any longer, and what nobody was asked for; how many."""
        over = and_(Recording.state == "asked", Recording.asked_at <= now - GIVE_UP_ASKING)
        due = await self._due(
            Recording.erased_at.is_(None) & ((Recording.keep_until <= now) | over)
        )
        for organization_id, recording_id, _ in due:
            await self._erase(organization_id, recording_id, now)
        return len(due)

    async def _due(self, which: ColumnElement[bool]) -> list[tuple[UUID, UUID, str]]:
        async with self._database.transaction(JOBS) as session:
            rows = await session.execute(
                select(Recording.organization_id, Recording.id, Recording.state)
                .where(which)
                .order_by(Recording.asked_at)
                .limit(AT_ONCE)
            )
            return [(row.organization_id, row.id, row.state) for row in rows]

    def _is_stale(self, path: Path) -> bool:
        try:
            return self._system_time() - path.stat().st_mtime > STALE_SECONDS
        except FileNotFoundError:  # it lies on another machine
            return False

    async def _make(
        self, organization_id: UUID, recording_id: UUID, path: Path, now: datetime
    ) -> bool:
        key = await self._key(organization_id, recording_id)
        made = await _run(path, recording_id, key) if key else None
        if made is None:
            async with self._database.transaction(Actor(organization_id)) as session:
                await documents.note_films_failed(session, recording_id)
            return False
        async with self._database.transaction(Actor(organization_id)) as session:
            recording = await session.get_one(Recording, recording_id, with_for_update=True)
            recording.state, recording.ending = "ready", made.ending
            recording.ended_at = recording.ended_at or now
            recording.reaches_ms = made.reaches // MILLISECOND
            documents.announce_recording(session, recording)
            for film in made.films:
                person = await session.get_one(EncounterParticipant, UUID(film.name.participant))
                session.add(
                    RecordingFilm(
                        id=film.id,
                        organization_id=recording.organization_id,
                        partner_organization_id=recording.partner_organization_id,
                        recording_id=recording.id,
                        name=person.display_name,
                        part=film.name.part,
                        media_type=film.media_type,
                        size_bytes=film.size_bytes,
                        ends_at_ms=film.ends_at // MILLISECOND,
                    )
                )
        return True

    async def _key(self, organization_id: UUID, recording_id: UUID) -> bytes | None:
        """None where this installation cannot open it: another recording's films go on."""
        async with self._database.transaction(Actor(organization_id)) as session:
            recording = await session.get_one(Recording, recording_id)
            try:
                return await documents.unwrapped(session, self._sealing, recording)
            except (KeyErased, Unavailable):
                log.error("recording_key_not_opened", recording_id=str(recording_id))
                return None

    async def _erase(self, organization_id: UUID, recording_id: UUID, now: datetime) -> None:
        """The key first: without it the files are noise wherever they lie, backups included."""
        films = select(RecordingFilm.id).where(RecordingFilm.recording_id == recording_id)
        async with self._database.transaction(Actor(organization_id)) as session:
            recording = await session.get_one(Recording, recording_id, with_for_update=True)
            ids = list(await session.scalars(films))
            recording.sealed_key, recording.erased_at = None, now
            await session.execute(
                delete(RecordingFilm).where(RecordingFilm.recording_id == recording_id)
            )
            audit.record(
                session,
                "D",
                "erase Recording at the end of its retention",
                resource="Recording",
                resource_id=recording.id,
                patient_id=recording.patient_id,
                encounter_id=recording.encounter_id,
            )
        for path in (path_of(self._folder, recording_id), *(self._film(film) for film in ids)):
            path.unlink(missing_ok=True)

    def _film(self, film_id: UUID) -> Path:
        return film_path(self._folder, film_id)


async def _run(path: Path, recording_id: UUID, key: bytes) -> Made | None:
    """In a process of its own; None where it fails, to be tried again."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.signalling.recording", str(path), str(recording_id)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT)},  # no secrets
    )
    try:
        output, _ = await process.communicate(key)
        return read_made(output)
    except (ValueError, KeyError):
        log.error("films_not_made", recording_id=str(recording_id))
        return None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
