"""Where a node may listen, and what it says when it may not."""

import socket
from contextlib import closing

import pytest

from app.cli.addresses import (
    AddressError,
    is_loopback,
    listen,
    media_ports,
    own_addresses,
)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("example.org", False),
    ],
)
def test_only_this_machine_reaches_loopback(host: str, *, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_a_listening_socket_takes_connections_at_once() -> None:
    with closing(listen("127.0.0.1", 0)) as listener:
        socket.create_connection(listener.getsockname(), timeout=1).close()


def test_a_busy_port_is_refused_in_one_line_with_another_to_try() -> None:
    with closing(listen("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]

        with pytest.raises(AddressError) as refusal:
            listen("127.0.0.1", port)

    assert str(refusal.value) == (
        f"Port {port} is in use. Stop what uses it, or choose another: make run PORT={port + 1}"
    )


def test_a_number_that_is_no_port_is_refused() -> None:
    with pytest.raises(AddressError, match="1 to 65535"):
        listen("127.0.0.1", 70_000)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressError, match="not an address of this machine"):
        listen("192.0.2.1", 0)


def test_own_addresses_are_those_others_can_use() -> None:
    assert not any(map(is_loopback, own_addresses()))


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["UDP", "TCP"])
def test_a_busy_media_port_is_one_line_that_names_it(kind: socket.SocketKind) -> None:
    first = media_ports("127.0.0.1", 0, 2)
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", first + 1))

        with pytest.raises(AddressError) as refusal:
            media_ports("127.0.0.1", first, 2)

    said = str(refusal.value)
    assert said.startswith(f"Port {first + 1}, for media over UDP and TCP, cannot be had")
    assert said.endswith("choose another with OPENCONSULT_MEDIA_PORT.")
    assert media_ports("127.0.0.1", first, 2) == first


def test_media_ports_beyond_the_last_are_refused() -> None:
    with pytest.raises(AddressError, match="not enough ports"):
        media_ports("127.0.0.1", 65_536, 1)
