"""The web process's end of the line to the room servers."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError

from app.errors import RoomServerUnavailable
from app.signalling.messages import (
    Admission,
    AdmitParticipant,
    AskToRecord,
    Attach,
    CloseStream,
    Done,
    EndRoom,
    Frame,
    Health,
    Healthy,
    OpenStream,
    PatchStream,
    Position,
    Recorded,
    StreamAnswer,
    StreamRefused,
    TakeRecords,
    ToRoomServer,
    ToWeb,
    to_web,
)
from app.signalling.pipes import as_line, read_line

CONNECT_SECONDS = 2.0
COMMAND_SECONDS = 5.0
# Snapshots are the longest: their chat, escaped twice. Twice this is read ahead for a client
# that reads slowly, so it is not more than it must be.
MAX_LINE_BYTES = 262_144


class Pipe:
    """A line into a room server: send messages, iterate over what comes back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: Attach | Frame | TakeRecords | Recorded) -> None:
        """Hand a message over. Raises RoomServerUnavailable when the room server is gone."""
        try:
            self._writer.write(as_line(message))
            await self._writer.drain()
        except ConnectionError:
            raise RoomServerUnavailable from None

    async def __aiter__(self) -> AsyncIterator[ToWeb]:
        """What the room server sends, until it hangs up."""
        while line := await read_line(self._reader):
            yield to_web.validate_json(line)

    def close(self) -> None:
        """Hang up. The room keeps the participant's place."""
        self._writer.transport.abort()


class RoomServers:
    """The room servers of this machine. A room always lives in the same one."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)

    def path_of(self, room_id: UUID) -> Path:
        """The room server of a room, by rendezvous hashing: one more moves few rooms.

        Raises RoomServerUnavailable where there is none at all.
        """
        if not self.paths:
            raise RoomServerUnavailable
        return max(self.paths, key=lambda path: _weight(room_id, path))

    @asynccontextmanager
    async def attach(self, admission: Admission, resume: Position | None) -> AsyncIterator[Pipe]:
        """Open a person's line into its room. Raises RoomServerUnavailable."""
        first = Attach(admission=admission, resume=resume)
        async with _opened(self.path_of(admission.room_id), first) as pipe:
            yield pipe

    @asynccontextmanager
    async def records(self, path: Path) -> AsyncIterator[Pipe]:
        """Open the line by which one room server's records come; answer each with Recorded.

        Raises RoomServerUnavailable.
        """
        async with _opened(path, TakeRecords()) as pipe:
            yield pipe

    async def end_room(self, room_id: UUID, *, only_encounter_id: UUID | None = None) -> bool:
        """Send everyone away, or of a group that goes on those of the encounter that is finished.
        False if nobody was there."""
        command = EndRoom(room_id=room_id, only_encounter_id=only_encounter_id)
        return _found(await _ask(self.path_of(room_id), command))

    async def admit_participant(self, room_id: UUID, participant_id: UUID) -> bool:
        """Let in someone who waits. False if that person is not there."""
        command = AdmitParticipant(room_id=room_id, participant_id=participant_id)
        return _found(await _ask(self.path_of(room_id), command))

    async def ask_to_record(
        self, room_id: UUID, participant_id: UUID, recording_id: UUID, key: bytes
    ) -> bool:
        """Have everybody in the call asked. False where this person is not in it, or where one is
        asked for or runs already."""
        command = AskToRecord(
            room_id=room_id,
            participant_id=participant_id,
            recording_id=recording_id,
            key=b64encode(key).decode("ascii"),
        )
        return _found(await _ask(self.path_of(room_id), command))

    async def stream(self, command: OpenStream | PatchStream) -> StreamAnswer | StreamRefused:
        """Open or change a device's session. Raises RoomServerUnavailable."""
        room_id = command.admission.room_id if isinstance(command, OpenStream) else command.room_id
        answer = await _ask(self.path_of(room_id), command)
        if isinstance(answer, StreamAnswer | StreamRefused):
            return answer
        raise RoomServerUnavailable

    async def close_stream(self, command: CloseStream) -> bool:
        """End a device's session. False if there was none. Raises RoomServerUnavailable."""
        return _found(await _ask(self.path_of(command.room_id), command))

    async def health(self) -> tuple[Healthy, ...]:
        """How each room server is. Raises RoomServerUnavailable if one does not answer."""
        answers = [await _ask(path, Health()) for path in self.paths]
        return tuple(answer for answer in answers if isinstance(answer, Healthy))


@asynccontextmanager
async def _opened(path: Path, first: Attach | TakeRecords) -> AsyncIterator[Pipe]:
    reader, writer = await _connect(path)
    pipe = Pipe(reader, writer)
    try:
        await pipe.send(first)
        yield pipe
    finally:
        pipe.close()


def _weight(room_id: UUID, path: Path) -> bytes:
    return sha256(room_id.bytes + str(path).encode()).digest()


def _found(answer: ToWeb) -> bool:
    return isinstance(answer, Done) and answer.found


async def _connect(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await asyncio.open_unix_connection(path, limit=MAX_LINE_BYTES)
    except (OSError, TimeoutError):
        raise RoomServerUnavailable from None


async def _ask(path: Path, command: ToRoomServer) -> ToWeb:
    reader, writer = await _connect(path)
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            writer.write(as_line(command))
            line = await read_line(reader)
        return to_web.validate_json(line or b"")
    except (TimeoutError, ValidationError, ConnectionError):
        raise RoomServerUnavailable from None
    finally:
        writer.transport.abort()
