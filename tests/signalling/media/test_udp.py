"""The node's sockets."""

import asyncio

import pytest

from app.signalling.media.paths import Path
from app.signalling.media.udp import BATCH, UdpPort, bind, outward_address


@pytest.mark.anyio
async def test_a_burst_arrives_whole_and_in_order() -> None:
    got: list[bytes] = []
    full = asyncio.Event()

    def received(data: bytes, path: Path) -> None:  # noqa: ARG001 - the face
        got.append(data)
        if len(got) == 3 * BATCH:
            full.set()

    here, there = UdpPort(bind("127.0.0.1", 0), received), bind("127.0.0.1", 0)
    for number in range(3 * BATCH):
        there.sendto(bytes([number]), ("127.0.0.1", here.number))
    await asyncio.wait_for(full.wait(), 5)
    here.close()
    there.close()

    assert got == [bytes([number]) for number in range(3 * BATCH)]


@pytest.mark.anyio
async def test_what_cannot_be_sent_is_dropped_and_counted() -> None:
    port = UdpPort(bind("127.0.0.1", 0), lambda _data, _path: None)

    port.send(bytes(70_000), ("127.0.0.1", 9))
    port.send(b"x", ("127.0.0.1", 0))
    port.close()

    assert port.dropped == 2


@pytest.mark.anyio
async def test_ipv6_hosts_can_be_bound() -> None:
    sock = bind("::1", 0)

    assert sock.getsockname()[0] == "::1"
    sock.close()


def test_an_address_that_is_not_ours_is_an_os_error() -> None:
    with pytest.raises(OSError, match="assign"):
        bind("192.0.2.250", 0)


def test_the_outward_address_is_one_we_can_bind() -> None:
    address = outward_address()

    if address is not None:
        bind(address, 0).close()
        assert not address.startswith("127.")
