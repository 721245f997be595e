"""The room server as it is run, spoken to as a web process does."""

import asyncio
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

from app.signalling.client import Pipe, RoomServers
from app.signalling.messages import (
    Admission,
    Answer,
    AnswerRecording,
    Deliver,
    Error,
    Frame,
    Grants,
    Join,
    Message,
    Offer,
    Publish,
    PublishedTrack,
    RecordingChanged,
    ServerEvent,
    Subscribe,
    SubscribedTrack,
    TrackAdded,
    Welcome,
    server_message,
)
from bench.forwarders.namespace import IP
from bench.forwarders.sdp import mids, sections
from bench.forwarders.servers import Receiver

READY_SECONDS = 15.0
UNLIMITED = 1_000_000
"""Packets a second: the load comes from one peer, and as fast as a whole room of them."""

HEARD_SECONDS = 10.0
Heard = TypeVar("Heard", bound=ServerEvent)


class _Seat:
    """One participant's line into the room, without the browser behind it."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._lines = aiter(pipe)

    async def say(self, message: Message) -> None:
        await self._pipe.send(Frame(text=message.model_dump_json()))

    async def hear(self, kind: type[Heard]) -> Heard:
        async with asyncio.timeout(HEARD_SECONDS):
            async for line in self._lines:
                if not isinstance(line, Deliver):
                    continue
                message = server_message.validate_json(line.text)
                if isinstance(message, Error):
                    raise AssertionError(message.detail)
                if isinstance(message, kind):
                    return message
        raise AssertionError("the room server hung up")

    async def answer(self) -> str:
        return (await self.hear(Answer)).sdp


class RoomServer:
    """One room with one sender; each receiver is a participant of its own."""

    name = "the room server"

    def __init__(self, pid: int, path: Path, stack: contextlib.AsyncExitStack) -> None:
        self.pid = pid
        self._servers = RoomServers([path])
        self._stack = stack
        self._encounter, self._organization = uuid4(), uuid4()
        self._tracks: dict[str, str] = {}

    async def _seat(self, participant_id: UUID) -> _Seat:
        admission = Admission(
            room_id=self._encounter,
            encounter_id=self._encounter,
            organization_id=self._organization,
            participant_id=participant_id,
            name="Bench",
            role="crew",
            state="admitted",
            grants=Grants(),
        )
        pipe = await self._stack.enter_async_context(self._servers.attach(admission, None))
        seat = _Seat(pipe)
        await seat.say(Join())
        return seat

    async def publish(self, offer_sdp: str) -> str:
        """The sender's answer, once the room knows its tracks."""
        seat = await self._seat(uuid4())
        kinds = {"audio": "microphone", "video": "camera"}
        tracks = tuple(
            PublishedTrack.model_validate({"mid": section.mid, "source": kinds[section.kind]})
            for section in sections(offer_sdp)
        )
        await seat.say(Publish(tracks=tracks, offer=Offer(id=1, sdp=offer_sdp)))
        answer = await seat.answer()
        for _ in tracks:
            added = await seat.hear(TrackAdded)
            self._tracks[added.track.kind] = added.track.id
        return answer

    async def subscribe(self, receiver: Receiver) -> None:
        """Offered by the receiver, as browsers do here."""
        seat = await self._seat(uuid4())
        await seat.hear(Welcome)
        offer = await receiver.offer()
        lines = tuple(
            SubscribedTrack(mid=mid, track_id=self._tracks.get(kind))
            for mid, kind in mids(offer).items()
        )
        await seat.say(Subscribe(tracks=lines, offer=Offer(id=1, sdp=offer)))
        await receiver.take_answer(await seat.answer())


class RecordedRoom(RoomServer):
    """The same, and everybody in it agrees to be recorded once the first receiver is there."""

    name = "the room server, recording"

    def __init__(self, pid: int, path: Path, stack: contextlib.AsyncExitStack) -> None:
        super().__init__(pid, path, stack)
        self._people: dict[UUID, _Seat] = {}

    async def _seat(self, participant_id: UUID) -> _Seat:
        seat = self._people[participant_id] = await super()._seat(participant_id)
        return seat

    async def subscribe(self, receiver: Receiver) -> None:
        """And have everybody asked, the sender first."""
        await super().subscribe(receiver)
        recording, (asker, *others) = uuid4(), self._people
        if not await self._servers.ask_to_record(self._encounter, asker, recording, bytes(32)):
            raise AssertionError("nobody is asked")
        for other in others:
            await self._people[other].say(AnswerRecording(recording_id=recording, agrees=True))
        while not is_recording(await self._people[asker].hear(RecordingChanged)):
            pass


def is_recording(change: RecordingChanged) -> bool:
    """Whether packets go into the file. Raises AssertionError where they never will."""
    if change.recording is None:
        raise AssertionError("nothing is recorded")
    return change.recording.state == "recording"


@contextlib.asynccontextmanager
async def room_server(
    namespace: str, address: str, *, kind: type[RoomServer] = RoomServer
) -> AsyncIterator[RoomServer]:
    """Started in there with its UDP port on that address."""
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        path = Path(folder) / "rooms.sock"
        command = [IP, "netns", "exec", namespace, sys.executable, "-m", "app.signalling"]
        command += ["--packets-per-second", str(UNLIMITED)]
        process = subprocess.Popen([*command, "--socket", str(path), "--media-host", address])
        stack.callback(_stopped, process)
        async with asyncio.timeout(READY_SECONDS):
            while not path.exists():
                await asyncio.sleep(0.02)
        yield kind(process.pid, path, stack)


def _stopped(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(READY_SECONDS)
