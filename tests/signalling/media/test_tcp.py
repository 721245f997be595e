"""TCP streams with real sockets: bounded in number, in time and in memory."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from app.signalling.media.framing import MAX_FRAME, Deframer, framed
from app.signalling.media.paths import Path
from app.signalling.media.tcp import StreamLimits, TcpPort, bind_stream

pytestmark = pytest.mark.anyio

DEADLINE_SECONDS = 30
QUICK = StreamLimits(proof_seconds=0.05, silence_seconds=0.1, stall_seconds=0.1)


class House:
    """A listening port, what it heard and which paths it lost."""

    def __init__(self, limits: StreamLimits) -> None:
        self.heard: list[bytes] = []
        self.paths: list[Path] = []
        self.lost: list[Path] = []
        self.tcp = TcpPort(received=self._received, lost=self.lost.append, limits=limits)
        self.number = 0

    def _received(self, data: bytes, path: Path) -> None:
        self.heard.append(data)
        self.paths.append(path)

    async def until(self, claim: Callable[[], object]) -> None:
        """Until it is true; the test fails if it never is."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not claim():
                await asyncio.sleep(0)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A client whose stream has been accepted."""
        before = self.tcp.open_streams + self.tcp.refused
        streams = await asyncio.open_connection("127.0.0.1", self.number)
        await self.until(lambda: self.tcp.open_streams + self.tcp.refused > before)
        return streams


@asynccontextmanager
async def open_house(limits: StreamLimits | None = None) -> AsyncIterator[House]:
    house = House(limits or StreamLimits())
    sock = bind_stream("127.0.0.1", 0)
    house.number = sock.getsockname()[1]
    await house.tcp.listen(sock)
    yield house
    house.tcp.close()


async def _ended(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await reader.read(1) == b""
    except ConnectionError:
        return True


async def test_frames_are_heard_in_order_and_answered_on_their_stream() -> None:
    async with open_house() as house:
        reader, writer = await house.connect()
        writer.write(framed(b"one") + framed(b"two")[:3])
        await house.until(lambda: house.heard == [b"one"])
        writer.write(framed(b"two")[3:])
        await house.until(lambda: house.heard == [b"one", b"two"])

        path = house.paths[0]
        path.port.send(b"answer", path.address)

        assert await asyncio.wait_for(reader.readexactly(8), DEADLINE_SECONDS) == framed(b"answer")
        assert path.address == writer.get_extra_info("sockname")
        writer.close()


async def test_small_frames_do_not_wait_for_acknowledgements() -> None:
    async with open_house() as house:
        _, writer = await house.connect()
        stream = next(iter(house.tcp._streams))

        assert stream._transport
        sock = stream._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
        writer.close()


async def test_a_frame_too_long_ends_the_stream() -> None:
    async with open_house() as house:
        reader, writer = await house.connect()

        writer.write(framed(b"good") + (MAX_FRAME + 1).to_bytes(2, "big") + b"GET / HTTP/1.1")

        assert await _ended(reader)
        assert house.heard == [b"good"]
        assert house.tcp.open_streams == 0
        writer.close()


async def test_a_stream_that_proves_nothing_is_ended() -> None:
    async with open_house(QUICK) as house:
        reader, writer = await house.connect()

        writer.write(framed(b"anything"))

        assert await _ended(reader)
        assert house.tcp.open_streams == 0
        writer.close()


async def test_a_proved_stream_stays_until_nothing_is_proved_for_long() -> None:
    async with open_house(replace(QUICK, silence_seconds=3_600)) as house:
        reader, writer = await house.connect()
        writer.write(framed(b"check"))
        await house.until(lambda: house.paths)
        stream = next(iter(house.tcp._streams))

        stream.proved(house.paths[0].address)
        stream._silent()
        assert house.tcp.open_streams == 1
        stream._deadline = 0.0
        stream._silent()

        assert await _ended(reader)
        assert house.lost == [house.paths[0]]
        writer.close()


async def test_the_peer_closing_loses_the_path_once() -> None:
    async with open_house() as house:
        _, writer = await house.connect()
        writer.write(framed(b"check"))
        await house.until(lambda: house.paths)

        writer.close()
        await house.until(lambda: house.lost)
        house.paths[0].port.send(b"late", house.paths[0].address)
        house.paths[0].port.release(house.paths[0].address)

        assert house.lost == [house.paths[0]]
        assert house.tcp.open_streams == 0
        assert not house.tcp._sources


async def test_what_was_written_before_a_release_still_arrives() -> None:
    async with open_house() as house:
        reader, writer = await house.connect()
        writer.write(framed(b"check"))
        await house.until(lambda: house.paths)
        path = house.paths[0]

        path.port.send(b"goodbye", path.address)
        path.port.release(path.address)

        assert await asyncio.wait_for(reader.read(), DEADLINE_SECONDS) == framed(b"goodbye")
        writer.close()


async def _slow_reader(house: House) -> tuple[socket.socket, Path]:
    """A client that takes little, and reads nothing by itself."""
    slow = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    slow.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(slow, ("127.0.0.1", house.number))
    await loop.sock_sendall(slow, framed(b"check"))
    await house.until(lambda: house.paths)
    return slow, house.paths[0]


async def test_a_full_buffer_drops_whole_frames_and_never_cuts_one() -> None:
    async with open_house(StreamLimits(stall_seconds=3_600)) as house:
        slow, path = await _slow_reader(house)
        sent = [number.to_bytes(2, "big") * 600 for number in range(1_000)]

        for one in sent:
            path.port.send(one, path.address)
        path.port.release(path.address)

        deframer, found = Deframer(), list[bytes]()
        while data := await asyncio.get_running_loop().sock_recv(slow, 65_536):
            found += deframer.feed(data)
        slow.close()

    assert house.tcp.dropped == len(sent) - len(found) > 100
    assert found == [one for one in sent if one in set(found)]
    assert deframer._rest == b""


async def test_memory_for_a_slow_reader_is_bounded() -> None:
    async with open_house(StreamLimits(stall_seconds=3_600)) as house:
        slow, path = await _slow_reader(house)
        stream = next(iter(house.tcp._streams))

        for _ in range(5_000):
            path.port.send(bytes(1_200), path.address)

        assert stream._transport
        assert stream._transport.get_write_buffer_size() <= house.tcp.limits.buffer_bytes
        slow.close()


async def test_a_reader_that_takes_nothing_is_aborted() -> None:
    async with open_house(replace(QUICK, proof_seconds=3_600)) as house:
        slow, path = await _slow_reader(house)

        for _ in range(1_000):
            path.port.send(bytes(1_200), path.address)
        await house.until(lambda: house.lost)

        assert house.lost == [path]
        slow.close()


async def test_a_reader_that_takes_a_little_now_and_then_is_kept() -> None:
    async with open_house(StreamLimits(stall_seconds=3_600)) as house:
        slow, path = await _slow_reader(house)
        stream = next(iter(house.tcp._streams))
        for _ in range(1_000):
            path.port.send(bytes(1_200), path.address)
        before = stream._taken()

        while stream._taken() <= before:
            await asyncio.get_running_loop().sock_recv(slow, 65_536)
            await asyncio.sleep(0)
        stream._stalled(before)

        assert house.tcp.open_streams == 1
        stream._stalled(stream._taken())
        assert house.tcp.open_streams == 0
        slow.close()


async def test_the_oldest_unproved_stream_makes_room_in_all() -> None:
    async with open_house(StreamLimits(streams=2)) as house:
        first, one = await house.connect()
        one.write(framed(b"check"))
        await house.until(lambda: house.paths)
        next(iter(house.tcp._streams)).proved(house.paths[0].address)
        second, two = await house.connect()

        _, three = await house.connect()

        assert await _ended(second)
        assert house.tcp.open_streams == 2
        assert not first.at_eof()
        for writer in (one, two, three):
            writer.close()


async def test_one_source_has_its_share_and_no_more() -> None:
    async with open_house(StreamLimits(streams=100, streams_per_source=3)) as house:
        clients = [await house.connect() for _ in range(3)]
        for stream in house.tcp._streams:
            stream.proved(stream.path.address)

        reader, writer = await house.connect()

        assert await _ended(reader)
        assert house.tcp.refused == 1
        assert house.tcp.open_streams == 3
        for _, each in (*clients, (reader, writer)):
            each.close()


async def test_closing_ends_every_stream_and_gives_the_port_back() -> None:
    async with open_house() as house:
        reader, writer = await house.connect()

        house.tcp.close()

        assert await _ended(reader)
        await house.until(lambda: _is_free(house.number))
        writer.close()


def _is_free(number: int) -> bool:
    try:
        bind_stream("127.0.0.1", number).close()
    except OSError:
        return False
    return True


async def test_a_taken_port_is_an_os_error() -> None:
    async with open_house() as house:
        with pytest.raises(OSError, match="in use"):
            bind_stream("127.0.0.1", house.number)


async def test_ipv6_hosts_can_be_bound() -> None:
    sock = bind_stream("::1", 0)

    assert sock.getsockname()[0] == "::1"
    sock.close()
