"""UDP sockets of the node: read in batches, written at once or not at all."""

import asyncio
import socket
from collections.abc import Callable

from app.signalling.media.paths import Address, Path
from app.signalling.media.tuples import new_tuple

BATCH = 64
"""Datagrams read in one turn of the loop: enough for a burst, short enough for timers."""

BUFFER_BYTES = 4 * 1024 * 1024
MAX_DATAGRAM = 2_048


class UdpPort:
    """One bound socket. What cannot be sent at once is dropped: media does not wait."""

    def __init__(self, sock: socket.socket, received: Callable[[bytes, Path], None]) -> None:
        self._socket = sock
        self._received = received
        self._loop = asyncio.get_running_loop()
        self.dropped = 0
        self._loop.add_reader(sock, self._readable)

    @property
    def number(self) -> int:
        """The port number."""
        number: int = self._socket.getsockname()[1]
        return number

    def _readable(self) -> None:
        read = self._socket.recvfrom
        for _ in range(BATCH):
            try:
                data, address = read(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:  # an ICMP error for something sent earlier
                continue
            self._received(data, new_tuple(Path, (self, address)))

    def send(self, data: bytes, address: Address) -> None:
        """Sends a datagram, or drops it when the system has no room."""
        try:
            self._socket.sendto(data, address)
        except OSError:
            self.dropped += 1

    def proved(self, address: Address) -> None:
        """Nothing to keep: a socket has no streams."""

    def release(self, address: Address) -> None:
        """Nothing to end."""

    def close(self) -> None:
        """Stops reading and gives the port back."""
        self._loop.remove_reader(self._socket)
        self._socket.close()


def outward_address() -> str | None:
    """This machine's own address towards other networks, or None when it has only itself.

    Nothing is sent: connecting a datagram socket only asks the routing table. The address asked
    for is documentation's (RFC 5737).
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = sock.getsockname()[0]
    return None if address.startswith("127.") or address == "0.0.0.0" else address  # noqa: S104


def bind(host: str, port: int) -> socket.socket:
    """A non-blocking socket with room for a keyframe to each of many viewers.

    Raises OSError when the address is not ours or the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
