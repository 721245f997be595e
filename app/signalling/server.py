"""The room server: rooms and media in a process of their own, spoken to over a Unix socket.

It trusts whoever can open the socket, which only its own user can. No web, no database.
"""

import asyncio
import os
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import structlog
from pydantic import ValidationError

from app.signalling import compiled
from app.signalling.messages import (
    AdmitParticipant,
    AskToRecord,
    Attach,
    CloseCode,
    CloseStream,
    Done,
    EndRoom,
    Frame,
    Health,
    Healthy,
    OpenStream,
    PatchStream,
    Recorded,
    StreamAnswer,
    StreamRefused,
    TakeRecords,
    ToRoomServer,
    to_room_server,
)
from app.signalling.participants import Participant, Surroundings
from app.signalling.pipes import MAX_LINE_BYTES, Pipe, as_line, read_line
from app.signalling.records import Records
from app.signalling.requests import receive
from app.signalling.rooms import Room
from app.signalling.whip.streams import Streams

FIRST_LINE_SECONDS = 5.0
DRAIN_SECONDS = 5.0
TICK_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class RoomServer:
    """All rooms of this process, and the pipes into them."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._rooms: dict[UUID, Room] = {}
        self._recorded: dict[UUID, Room] = {}
        self._pipes: set[Pipe] = set()
        self._nobody_left = asyncio.Event()
        self._records = Records(around.clock.monotonic)
        self._streams = Streams(self._open)

    async def run(
        self, path: Path, stop: asyncio.Event, ready: asyncio.Event | None = None
    ) -> None:
        """Serve on the Unix socket until `stop`, then send everyone to reconnect elsewhere."""
        server = await _listen(self._serve, path)
        _log.info("room server ready", compiled=compiled.is_preferred())
        if ready:
            ready.set()
        async with asyncio.TaskGroup() as tasks:
            ticking = tasks.create_task(self._tick())
            await stop.wait()
            server.close()
            await self._drain()
            for room in self._rooms.values():
                room.recording.close()
            ticking.cancel()
        path.unlink(missing_ok=True)
        _log.info("room server stopped", records_left=len(self._records))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            for room in list(self._rooms.values()):
                room.expire()
                self._sweep(room)
            self._records.resend()

    async def _drain(self) -> None:
        for pipe in self._pipes:
            pipe.close(CloseCode.GOING_AWAY, "going away", flush=True)
        self._note_whether_empty()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._nobody_left.wait()
        except TimeoutError:
            _log.warning("pipes left open", count=len(self._pipes))

    # --- lines --------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(FIRST_LINE_SECONDS):
                line = await read_line(reader)
            first = _read_message(line) if line else None
            if isinstance(first, Attach):
                await self._serve_person(first, reader, Pipe(writer))
            elif isinstance(first, TakeRecords):
                await self._serve_records(reader, Pipe(writer))
            elif first is not None:
                await self._serve_command(first, writer)
        except (TimeoutError, ConnectionError) as error:
            _log.warning("pipe failed", kind=type(error).__name__)
        finally:
            writer.close()

    async def _serve_command(self, command: ToRoomServer, writer: asyncio.StreamWriter) -> None:
        writer.write(as_line(self._obey(command)))
        await writer.drain()

    def _obey(self, command: ToRoomServer) -> Done | Healthy | StreamAnswer | StreamRefused:
        match command:
            case OpenStream() | PatchStream() | CloseStream():
                return self._streams.obey(command)
            case EndRoom():
                return Done(found=self._end(command))
            case AdmitParticipant():
                return Done(found=self._admit(command))
            case AskToRecord():
                return Done(found=self._ask_to_record(command))
            case Health():
                return self._health()
            case _:
                return Done(found=False)

    @asynccontextmanager
    async def _writing(self, pipe: Pipe) -> AsyncIterator[None]:
        """The pipe is written to while the block reads, and counts as open."""
        self._pipes.add(pipe)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(pipe.write())
                yield
                pipe.finish()
        finally:
            self._pipes.discard(pipe)
            self._note_whether_empty()

    async def _serve_person(self, attach: Attach, reader: asyncio.StreamReader, pipe: Pipe) -> None:
        room = self._open(attach.admission.room_id)
        participant = room.attach(attach.admission, attach.resume, pipe)
        if participant:
            pipe.connect(participant.outgoing)
        try:
            async with self._writing(pipe):
                await self._read_frames(room, participant, pipe, reader)
        finally:
            if participant:
                room.detach(participant, pipe)
            self._sweep(room)

    async def _read_frames(
        self,
        room: Room,
        participant: Participant | None,
        pipe: Pipe,
        reader: asyncio.StreamReader,
    ) -> None:
        while line := await read_line(reader):
            frame = _read_message(line)
            if not isinstance(frame, Frame):
                return
            if participant and pipe.is_open:
                receive(room, participant, frame.text)
                self._sweep(room)
            # A flood that is read already must not keep the media of the others waiting.
            await asyncio.sleep(0)

    async def _serve_records(self, reader: asyncio.StreamReader, pipe: Pipe) -> None:
        self._records.opened(pipe)
        try:
            async with self._writing(pipe):
                while line := await read_line(reader):
                    answer = _read_message(line)
                    if not isinstance(answer, Recorded):
                        return
                    self._records.acknowledge(answer.record_id)
        finally:
            self._records.hung_up(pipe)

    # --- rooms --------------------------------------------------------------------------------

    def _open(self, room_id: UUID) -> Room:
        room = self._rooms.get(room_id)
        if room is None:
            room = self._rooms[room_id] = Room(room_id, self._around, self._records.add)
        return room

    def _sweep(self, room: Room) -> None:
        if room.is_empty and self._rooms.get(room.id) is room:
            del self._rooms[room.id]

    def _end(self, command: EndRoom) -> bool:
        room = self._rooms.get(command.room_id)
        if room is None:
            return False
        if command.only_encounter_id is None:
            room.end()
        else:
            room.end_for(command.only_encounter_id)
        self._sweep(room)
        return True

    def _admit(self, command: AdmitParticipant) -> bool:
        room = self._rooms.get(command.room_id)
        participant = room.participants.get(command.participant_id) if room else None
        if room is None or participant is None:
            return False
        room.let_in(participant, by=None)
        return True

    def _ask_to_record(self, command: AskToRecord) -> bool:
        room = self._rooms.get(command.room_id)
        participant = room.participants.get(command.participant_id) if room else None
        if room is None or participant is None:
            return False
        self._recorded[command.recording_id] = room
        return room.recording.ask(command.recording_id, b64decode(command.key), participant)

    def recording_ended(self, recording_id: UUID, *, failed: bool) -> None:
        """A file is whole, or the disk has failed it: then nobody is left to believe it runs."""
        room = self._recorded.pop(recording_id, None)
        if room is None:
            return
        if failed and room.recording.id == recording_id:
            room.recording.fail()
        room.note_recording(recording_id, "written", None)

    def _health(self) -> Healthy:
        participants = [p for room in self._rooms.values() for p in room.participants.values()]
        return Healthy(
            rooms=len(self._rooms),
            participants=len(participants),
            connected=sum(participant.socket is not None for participant in participants),
        )

    def _note_whether_empty(self) -> None:
        if self._pipes:
            self._nobody_left.clear()
        else:
            self._nobody_left.set()


def _read_message(line: bytes) -> ToRoomServer | None:
    try:
        return to_room_server.validate_json(line)
    except ValidationError:  # its text quotes the input: it is not logged
        _log.warning("line refused")
        return None


_Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def _listen(serve: _Serve, path: Path) -> asyncio.Server:
    """Listen on a socket that only this user can open."""
    umask = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(serve, path, limit=MAX_LINE_BYTES)
    finally:
        os.umask(umask)


def unguessable_id() -> str:
    """An id for tracks and epochs: 122 random bits."""
    return uuid4().hex
