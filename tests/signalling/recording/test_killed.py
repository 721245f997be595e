"""A room server that is killed in the middle of a recorded call."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import av
import pytest

from app.signalling.client import Pipe, RoomServers
from app.signalling.media.dtls import Certificate
from app.signalling.media.rtp import parse_header
from app.signalling.messages import (
    Answer,
    AnswerRecording,
    Deliver,
    Frame,
    Join,
    Message,
    Offer,
    Publish,
    PublishedTrack,
    RecordingChanged,
    server_message,
)
from app.signalling.recording.container import Reading
from app.signalling.recording.entries import RTP, read_entries
from app.signalling.recording.remux import Remux
from app.signalling.recording.writer import path_of
from tests.signalling.fakes import ENCOUNTER, admission
from tests.signalling.media.packets import datagram
from tests.signalling.media.peer import Peer
from tests.signalling.recording.made_up import KEY, Sent, pictures, video
from tests.signalling.recording.test_remux import clear
from tests.signalling.test_process import room_server

pytestmark = pytest.mark.anyio

SSRC = 1_111
DEADLINE = 15.0
LOSES_AT_MOST_SECONDS = 1.0


class Seat:
    """One in the room, without a browser."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe, self._lines = pipe, aiter(pipe)

    async def say(self, message: Message) -> None:
        await self._pipe.send(Frame(text=message.model_dump_json()))

    async def hear(self) -> AsyncIterator[Message]:
        async with asyncio.timeout(DEADLINE):
            async for line in self._lines:
                if isinstance(line, Deliver):
                    yield server_message.validate_json(line.text)

    async def answer(self) -> str:
        async for message in self.hear():
            if isinstance(message, Answer):
                return message.sdp
        raise AssertionError("no answer")

    async def recording(self) -> None:
        async for message in self.hear():
            if isinstance(message, RecordingChanged):
                assert message.recording
                if message.recording.state == "recording":
                    return


async def _send(peer: Peer, sent: list[Sent]) -> dict[int, float]:
    """At their times; when each went out, by its number."""
    began, went = time.monotonic(), {}
    for at, packet in sent:
        await asyncio.sleep(max(0.0, began + at - time.monotonic()))
        peer.send_rtp(
            datagram(
                packet.sequence,
                packet.timestamp,
                ssrc=SSRC,
                payload=packet.payload,
                marker=packet.marker,
            )
        )
        went[packet.sequence] = time.monotonic()
    return went


@pytest.mark.parametrize("seconds", [2.1, 3.3])
async def test_it_loses_a_second_at_most_and_the_film_plays(tmp_path: Path, seconds: float) -> None:
    socket, recording_id, doctor = tmp_path / "room.sock", uuid4(), admission(role="clinician")
    servers, certificate = RoomServers([socket]), Certificate()
    peer = Peer(certificate)
    sent = video("VP8", pictures("VP8", int(25 * seconds)), first=1, late=0.0)
    async with room_server(socket) as process, servers.attach(doctor, None) as pipe:
        seat = Seat(pipe)
        await seat.say(Join())
        tracks = (
            PublishedTrack(mid="0", source="microphone"),
            PublishedTrack(mid="1", source="camera"),
        )
        offered = peer.offer("sendonly", ssrcs=(SSRC - 1, SSRC))
        await seat.say(Publish(tracks=tracks, offer=Offer(id=1, sdp=offered)))
        await peer.connect(await seat.answer())
        assert await servers.ask_to_record(ENCOUNTER, doctor.participant_id, recording_id, KEY)
        await seat.say(AnswerRecording(recording_id=recording_id, agrees=True))
        await seat.recording()

        went = await _send(peer, sent)
        process.kill()
        killed = time.monotonic()
        await process.wait()
    await peer.close()

    newest = _newest(tmp_path / "recordings", recording_id)
    assert killed - went[newest] < LOSES_AT_MOST_SECONDS
    assert _plays(tmp_path / "recordings", recording_id) > 25 * (seconds - LOSES_AT_MOST_SECONDS)


def _newest(folder: Path, recording_id: UUID) -> int:
    """The number of the last packet that is on the disk."""
    octets = path_of(folder, recording_id).read_bytes()
    entries = [
        e for body in Reading(io.BytesIO(octets), KEY, recording_id) for e in read_entries(body)
    ]
    header = parse_header([entry for entry in entries if entry.kind == RTP][-1].body)
    assert header
    return header.sequence


def _plays(folder: Path, recording_id: UUID) -> int:
    """Of how many pictures there is a film."""
    made = Remux(path_of(folder, recording_id), KEY, recording_id, folder).make()
    assert made.ending == "cut"
    (film,) = made.films
    with av.open(io.BytesIO(clear(folder, film)), "r") as container:
        return len(list(container.decode(video=0)))
