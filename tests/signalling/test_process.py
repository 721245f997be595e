"""The room server as a process of its own, with real media."""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.errors import RoomServerUnavailable
from app.signalling.client import RoomServers
from app.signalling.media import PACKETS_PER_SECOND, Announced
from app.signalling.messages import Close, CloseCode, Deliver
from app.signalling.process import arguments, main
from tests.signalling.fakes import admission

pytestmark = pytest.mark.anyio

DEADLINE = 15.0


@asynccontextmanager
async def room_server(path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.signalling",
        "--socket",
        str(path),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout
        ready = await asyncio.wait_for(process.stdout.readline(), DEADLINE)
        assert b"room server ready" in ready
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_room_server_serves_and_leaves_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "room.sock"
    servers = RoomServers([path])
    async with room_server(path) as process:
        async with servers.attach(admission(), None) as pipe:
            lines = aiter(pipe)
            assert isinstance(await asyncio.wait_for(anext(lines), DEADLINE), Deliver)

            process.send_signal(signal.SIGTERM)

            closing = await asyncio.wait_for(anext(lines), DEADLINE)
        assert await asyncio.wait_for(process.wait(), DEADLINE) == 0

    assert isinstance(closing, Close)
    assert closing.code == CloseCode.GOING_AWAY
    assert not path.exists()


async def test_a_killed_room_server_ends_its_pipes(tmp_path: Path) -> None:
    path = tmp_path / "room.sock"
    servers = RoomServers([path])
    async with room_server(path) as process, servers.attach(admission(), None) as pipe:
        lines = aiter(pipe)
        await asyncio.wait_for(anext(lines), DEADLINE)

        process.kill()

        assert [line async for line in lines] == []
    with pytest.raises(RoomServerUnavailable):
        await servers.health()


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["UDP", "TCP"])
def test_a_busy_port_is_one_line_that_says_which(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: socket.SocketKind
) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        status = main(["--socket", str(tmp_path / "room.sock"), "--media-port", str(port)])

    assert status == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"127.0.0.1:{port}" in said


def test_addresses_to_announce_add_up() -> None:
    options = arguments(["--socket", "s", "--announce", "192.0.2.1", "--announce", "[::1]:443"])

    assert options.announce == [Announced("192.0.2.1"), Announced("::1", 443)]


def test_how_many_packets_one_peer_may_send_can_be_said() -> None:
    assert arguments(["--socket", "s"]).packets_per_second == PACKETS_PER_SECOND
    assert arguments(["--socket", "s", "--packets-per-second", "9"]).packets_per_second == 9


def test_what_is_no_address_is_not_announced(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--socket", "s", "--announce", "media.example"])

    assert "'media.example' is no IP address" in capsys.readouterr().err
