"""What rooms and records tell each other: attendance and chat one way, admissions and ends back.

Background work of a web process, beside the sockets: a slow database delays no message.
"""

import asyncio
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from app import documents, encounters
from app.database import Database
from app.errors import DomainError, RoomServerUnavailable
from app.identity import Actor
from app.outbox import DomainEvent
from app.routers.live_feed import LiveFeed
from app.signalling.client import Pipe, RoomServers
from app.signalling.messages import (
    Attendance,
    ChatSaid,
    CloseStream,
    Recorded,
    RecordingNoted,
)

RECONNECT_SECONDS = 1.0

Record = Attendance | ChatSaid | RecordingNoted

log = structlog.get_logger(__name__)


class RoomLink:
    """Between one web process and the room servers of its machine."""

    def __init__(self, database: Database, rooms: RoomServers, feed: LiveFeed) -> None:
        self._database = database
        self._rooms = rooms
        self._feed = feed

    async def run(self) -> None:
        """Record what rooms report and have rooms follow the records, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            for path in self._rooms.paths:
                tasks.create_task(self._take_records(path))

    # --- from the rooms -----------------------------------------------------------------------

    async def _take_records(self, path: Path) -> None:
        while True:
            try:
                async with self._rooms.records(path) as pipe:
                    await self._record_all(pipe)
            except RoomServerUnavailable:
                log.debug("room server not there")
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _record_all(self, pipe: Pipe) -> None:
        async for line in pipe:
            if not isinstance(line, Record):
                return
            if await self._record(line):
                await pipe.send(Recorded(record_id=line.record_id))

    async def _record(self, record: Record) -> bool:
        """Whether the room may forget it. What fails for now comes again."""
        actor = Actor(organization_id=record.organization_id)
        try:
            async with self._database.transaction(actor) as session:
                await _write(session, record)
        except DomainError as error:  # erased meanwhile, say: it can never be recorded
            log.warning("record refused", kind=type(error).__name__, record=record.type)
        except Exception as error:  # the edge: one bad record must not stop the others
            log.error("record failed", kind=type(error).__name__, record=record.type)
            return False
        return True

    # --- to the rooms -------------------------------------------------------------------------

    async def _follow(self) -> None:
        """What a page or the API decides shows in the room too."""
        with self._feed.subscribe(None) as subscription:
            while True:
                event = await subscription.next()
                try:
                    await self._tell(event)
                except Exception as error:  # the edge: the next event is no worse for it
                    log.warning("room not told", kind=type(error).__name__, about=event.event)

    async def _tell(self, event: DomainEvent) -> None:
        room_id = UUID(str(event.payload.get("room_id", event.resource_id)))
        if event.event == "encounter.finished":
            only = event.resource_id if event.payload.get("group_goes_on") else None
            await self._rooms.end_room(room_id, only_encounter_id=only)
        elif event.event == "encounter.admitted":
            participant_id = UUID(str(event.payload["participant_id"]))
            await self._rooms.admit_participant(room_id, participant_id)
        elif event.event == "video-device.changed" and "owner" in event.payload:
            await self._rooms.close_stream(
                CloseStream(
                    room_id=UUID(str(event.payload["encounter_id"])),
                    owner=UUID(str(event.payload["owner"])),
                )
            )


async def _write(session: AsyncSession, record: Record) -> None:
    if isinstance(record, Attendance):
        await encounters.record_attendance(
            session,
            record.encounter_id,
            record.participant_id,
            record.event,
            at=record.at,
            by=record.by,
        )
    elif isinstance(record, RecordingNoted):
        await _write_recording(session, record)
    else:
        await _write_chat(session, record)


async def _write_recording(session: AsyncSession, noted: RecordingNoted) -> None:
    if noted.participant_id is not None and noted.encounter_id is not None:
        await encounters.act_for(session, noted.encounter_id, noted.participant_id)
    await documents.note(
        session,
        noted.recording_id,
        noted.event,
        participant_id=noted.participant_id,
        at=noted.at,
    )


async def _write_chat(session: AsyncSession, record: ChatSaid) -> None:
    await encounters.record_chat(
        session,
        record.encounter_id,
        record.line.participant_id,
        message_id=record.line.id,
        text=record.line.text,
        sent_at=record.line.sent_at,
    )
