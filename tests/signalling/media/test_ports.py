"""Everything a node listens on."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from app.signalling.media.paths import Path
from app.signalling.media.ports import Ports
from app.signalling.media.tcp import bind_stream
from app.signalling.media.udp import bind
from tests.signalling.media.fake_port import FakePort

pytestmark = pytest.mark.anyio


def _ports(own: str | None = None) -> tuple[Ports, list[Path]]:
    heard: list[Path] = []
    ports = Ports(received=lambda _, path: heard.append(path), lost=lambda _: None, own=own)
    return ports, heard


@pytest.fixture
async def taken() -> AsyncIterator[socket.socket]:
    with bind_stream("127.0.0.1", 0) as sock:
        sock.listen()
        yield sock


async def test_udp_and_tcp_have_the_same_number_at_every_address() -> None:
    ports, _ = _ports()
    await ports.open(("127.0.0.1", "::1"), 0)

    for host in ("127.0.0.1", "::1"):
        _, writer = await asyncio.open_connection(host, ports.number)
        writer.close()
        with pytest.raises(OSError, match="in use"):
            bind(host, ports.number)
    ports.close()


async def test_a_number_that_tcp_cannot_have_is_an_os_error(taken: socket.socket) -> None:
    ports, _ = _ports()
    number = taken.getsockname()[1]

    with pytest.raises(OSError, match="in use"):
        await ports.open(("127.0.0.1",), number)

    bind("127.0.0.1", number).close()


async def test_where_any_number_will_do_one_free_for_both_is_found(
    taken: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = taken.getsockname()[1]
    offered = [number]

    def offering(host: str, port: int) -> socket.socket:
        return bind(host, port or (offered.pop() if offered else 0))

    monkeypatch.setattr("app.signalling.media.ports.bind", offering)
    ports, _ = _ports()

    await ports.open(("127.0.0.1",), 0)

    assert offered == []
    assert ports.number not in {0, number}
    ports.close()


@pytest.mark.parametrize(
    ("address", "heard"),
    [("127.0.0.1", True), ("127.0.0.9", True), ("192.0.2.1", True), ("203.0.113.5", False)],
)
async def test_only_this_machine_is_heard_at_its_own_address(address: str, *, heard: bool) -> None:
    ports, paths = _ports(own="192.0.2.1")

    ports._heard(b"data", Path(FakePort(), (address, 9)))

    assert bool(paths) is heard
    assert ports.strangers == int(not heard)


async def test_the_own_address_of_a_loopback_node_takes_no_connections() -> None:
    ports, _ = _ports(own="127.0.0.2")
    await ports.open(("127.0.0.1", "127.0.0.2"), 0)

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.2", ports.number)

    _, writer = await asyncio.open_connection("127.0.0.1", ports.number)
    writer.close()
    ports.close()
