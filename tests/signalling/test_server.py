"""A room server over a real Unix socket, with fake media."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.signalling.client import Pipe, RoomServers
from app.signalling.clock import Clock
from app.signalling.messages import (
    Admission,
    Attendance,
    Chat,
    Close,
    CloseCode,
    Deliver,
    Frame,
    Health,
    Join,
    Leave,
    Message,
    Ping,
    Position,
    Publish,
    PublishedTrack,
    Recorded,
    ServerEvent,
    ServerMessage,
    ToWeb,
    server_message,
)
from app.signalling.messages import Offer as SdpOffer
from app.signalling.participants import Surroundings
from app.signalling.pipes import HANG_UP_SECONDS
from app.signalling.server import RoomServer, unguessable_id
from tests.signalling.fakes import ENCOUNTER, FakeMedia, FakeRecordings, admission, offer

pytestmark = pytest.mark.anyio

DEADLINE = 5.0
PUBLISH = Publish(
    tracks=(PublishedTrack(mid="0", source="camera"),), offer=SdpOffer(id=1, sdp=offer())
)


@dataclass
class Running:
    path: Path
    stop: asyncio.Event
    media: FakeMedia
    task: "asyncio.Task[None]"

    @property
    def servers(self) -> RoomServers:
        return RoomServers([self.path])


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    media, stop, path = FakeMedia(), asyncio.Event(), tmp_path / "room.sock"
    server = RoomServer(Surroundings(media, FakeRecordings(), Clock(), unguessable_id))
    ready = asyncio.Event()
    task = asyncio.create_task(server.run(path, stop, ready))
    await asyncio.wait_for(ready.wait(), DEADLINE)
    yield Running(path, stop, media, task)
    stop.set()
    await asyncio.wait_for(task, 10)


class Browser:
    """A web process and its browser in one: reads what comes, acknowledges records."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.lines = aiter(pipe)
        self.position: Position | None = None

    async def say(self, message: Message) -> None:
        await self.pipe.send(Frame(text=message.model_dump_json()))

    async def line(self) -> ToWeb:
        return await asyncio.wait_for(anext(self.lines), DEADLINE)

    async def until(self, wanted: Callable[[ToWeb], bool]) -> ToWeb:
        while True:
            line = await self.line()
            if wanted(line):
                return line

    async def hear(self, type_: str) -> ServerMessage:
        while True:
            line = await self.until(lambda line: isinstance(line, Deliver))
            assert isinstance(line, Deliver)
            message = server_message.validate_json(line.text)
            if isinstance(message, ServerEvent):
                self.position = Position(epoch=message.epoch, seq=message.seq)
            if message.type == type_:
                return message

    async def closed(self) -> int:
        line = await self.until(lambda line: isinstance(line, Close))
        assert isinstance(line, Close)
        return line.code


@asynccontextmanager
async def browser(
    running: Running, its_admission: Admission, resume: Position | None = None
) -> AsyncIterator[Browser]:
    async with running.servers.attach(its_admission, resume) as pipe:
        yield Browser(pipe)


async def test_two_people_meet_over_the_socket(running: Running) -> None:
    async with browser(running, admission()) as ann, browser(running, admission()) as ben:
        await ben.say(Join())
        await ben.hear("participant_joined")
        await ann.say(Join())
        await ann.say(PUBLISH)
        await ben.hear("track_added")
        await ben.say(Chat(id=uuid4(), text="Grüß Gott\n\u2028"))

        await ann.hear("answer")
        heard = await ann.hear("chat")

    assert heard.type == "chat"
    assert heard.line.text == "Grüß Gott\n\u2028"


async def test_a_lost_pipe_resumes_with_what_was_missed(running: Running) -> None:
    hers = admission()
    async with browser(running, admission()) as ben:
        await ben.say(Join())
        async with browser(running, hers) as ann:
            await ann.say(Join())
            await ann.hear("participant_joined")
            position = ann.position
        await ben.hear("participant_updated")
        await ben.say(Chat(id=uuid4(), text="missed"))
        await ben.hear("chat")

        async with browser(running, hers, position) as ann:
            welcome = await ann.hear("welcome")
            missed = await ann.hear("chat")

    assert welcome.type == "welcome"
    assert welcome.resumed
    assert missed.type == "chat"
    assert missed.line.text == "missed"


async def taken(lines: AsyncIterator[ToWeb]) -> Attendance:
    line = await asyncio.wait_for(anext(lines), DEADLINE)
    assert isinstance(line, Attendance)
    return line


async def test_attendance_comes_by_the_pipe_for_records(running: Running) -> None:
    hers = admission()
    async with browser(running, hers) as ann, running.servers.records(running.path) as pipe:
        lines = aiter(pipe)
        await ann.say(Join())
        joined = await taken(lines)

        await ann.say(Leave())
        left = await taken(lines)

        assert (joined.event, left.event) == ("joined", "left")
        assert joined.participant_id == left.participant_id == hers.participant_id
        assert await ann.closed() == CloseCode.LEFT


async def test_records_wait_for_a_pipe_and_come_again_until_acknowledged(
    running: Running,
) -> None:
    async with browser(running, admission()) as ann:
        await ann.say(Join())
        await ann.hear("participant_joined")

        async with running.servers.records(running.path) as pipe:
            first = await taken(aiter(pipe))
        async with running.servers.records(running.path) as pipe:
            again = await taken(aiter(pipe))
            await pipe.send(Recorded(record_id=again.record_id))
            await ann.say(Leave())
            left = await taken(aiter(pipe))

    assert again == first
    assert left.event == "left"


async def test_the_pipe_for_records_accepts_nothing_else(running: Running) -> None:
    async with running.servers.records(running.path) as pipe:
        await pipe.send(Frame(text="{}"))

        assert [line async for line in pipe] == []


async def test_ending_the_room_closes_every_socket(running: Running) -> None:
    async with browser(running, admission()) as ann, browser(running, admission()) as ben:
        await ann.hear("welcome")
        await ben.hear("welcome")

        assert await running.servers.end_room(ENCOUNTER)

        await ann.hear("ended")
        assert await ann.closed() == await ben.closed() == CloseCode.ENDED
    assert not await running.servers.end_room(ENCOUNTER)


async def test_a_page_lets_in_one_who_waits(running: Running) -> None:
    waiting = admission(state="waiting")
    async with browser(running, waiting) as ann:
        await ann.say(Join())
        await ann.hear("participant_joined")

        assert await running.servers.admit_participant(ENCOUNTER, waiting.participant_id)
        assert not await running.servers.admit_participant(ENCOUNTER, uuid4())

        await ann.hear("admitted")


async def test_a_stop_sends_everyone_to_reconnect(running: Running) -> None:
    async with browser(running, admission()) as ann:
        await ann.hear("welcome")

        running.stop.set()

        assert await ann.closed() == CloseCode.GOING_AWAY
    await asyncio.wait_for(running.task, DEADLINE)
    assert not running.path.exists()


async def test_one_who_stops_reading_is_let_go_and_the_others_notice_nothing_else(
    running: Running,
) -> None:
    hers = admission()
    async with AsyncExitStack() as stack:
        ann = await stack.enter_async_context(browser(running, hers))
        await ann.say(Join())
        await ann.hear("participant_joined")
        others = [await stack.enter_async_context(browser(running, admission())) for _ in range(12)]
        for ben in others:
            await ben.say(Join())
        await others[0].hear("participant_joined")

        # Ann reads no more. Buffers on the way hold a megabyte, her queue 256 messages.
        reading = [asyncio.create_task(hears_of_loss(ben, hers.participant_id)) for ben in others]
        for _ in range(80):
            for ben in others:
                await ben.say(Chat(id=uuid4(), text="x" * 2_000))

        async with asyncio.timeout(2 * HANG_UP_SECONDS):
            chats = await asyncio.gather(*reading)
    assert chats == [80 * len(others)] * len(others)


async def hears_of_loss(ben: Browser, participant_id: UUID) -> int:
    """How many chat lines somebody hears until someone's line is lost."""
    chats = 0
    async for line in ben.pipe:
        assert isinstance(line, Deliver)
        message = server_message.validate_json(line.text)
        chats += message.type == "chat"
        if message.type == "participant_updated" and message.participant.id == participant_id:
            return chats
    raise AssertionError("closed")


@pytest.mark.parametrize(
    "line", [b"{}\n", b"nonsense\n", b'{"type": "frame", "text": "x"}\n', b"x" * 2_000_000 + b"\n"]
)
async def test_a_line_that_makes_no_sense_closes_only_its_pipe(
    running: Running, line: bytes
) -> None:
    async with browser(running, admission()) as ann:
        await ann.hear("welcome")
        reader, writer = await asyncio.open_unix_connection(running.path)
        writer.write(line)

        await asyncio.wait_for(_ends(reader), DEADLINE)

        writer.close()
        await ann.say(Ping(at=1))
        await ann.hear("pong")


async def _ends(reader: asyncio.StreamReader) -> None:
    try:
        await reader.read()
    except ConnectionResetError:
        return


async def test_the_server_tells_how_it_is(running: Running) -> None:
    async with browser(running, admission()) as ann:
        await ann.hear("welcome")

        (health,) = await running.servers.health()

    assert (health.rooms, health.participants, health.connected) == (1, 1, 1)
    assert Health().type == "health"


async def test_only_its_own_user_may_open_the_socket(running: Running) -> None:
    assert os.stat(running.path).st_mode & 0o777 == 0o600
