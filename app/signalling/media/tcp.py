"""TCP streams that carry the same datagrams, for networks that let no UDP through.

RFC 6544: the node is passive, whoever connects must prove itself by STUN like a UDP source.
Writing never waits, as on UDP: what there is no room for is dropped, by whole frames.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from app.signalling.media.framing import LENGTH, Deframer, framed
from app.signalling.media.paths import Address, Path, source_of

BACKLOG = 128
READ_BYTES = 64 * 1_024

UNSENT_BYTES = 64 * 1_024
"""The kernel's share: left alone it takes megabytes, which on a thin line are seconds."""


@dataclass(frozen=True)
class StreamLimits:
    """What one listening socket grants. Times in seconds, sizes in octets."""

    proof_seconds: float = 10.0
    """A browser checks a stream as soon as it stands; on a bad line that is three round trips."""

    silence_seconds: float = 30.0
    """RFC 7675 §5.1. Browsers check a path that they keep in reserve every 25 s or oftener."""

    stall_seconds: float = 6.0
    """A reader that takes nothing for so long is gone, or wants our memory."""

    buffer_bytes: int = 128 * 1_024
    """Room for a keyframe: half a second at 2 Mb/s. What is later than that nobody needs."""

    streams: int = 512
    streams_per_source: int = 256
    """A hospital may be one address to us, with every call of its staff behind it."""


class TcpStream(asyncio.BufferedProtocol):
    """One accepted stream: a port with one path."""

    def __init__(self, port: "TcpPort") -> None:
        self._port = port
        self._limits = port.limits
        self._loop = asyncio.get_running_loop()
        self._deframer = Deframer()
        self._transport: asyncio.Transport | None = None
        self._deadline = self._loop.time() + self._limits.proof_seconds
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._written = 0
        self.path = Path(self, ("", 0))
        self.is_open = False
        self.is_proved = False

    @property
    def source(self) -> str:
        """Whom this stream is counted to."""
        return source_of(self.path.address)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: somebody has connected."""
        self._transport = stream = cast("asyncio.Transport", transport)
        self.path = Path(self, stream.get_extra_info("peername"))
        self.is_open = True
        _tune(stream.get_extra_info("socket"))
        stream.set_write_buffer_limits(high=0)
        self._timers["silence"] = self._loop.call_at(self._deadline, self._silent)
        self._port.opened(self)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - asyncio's face
        """asyncio: where to read to. All streams share it: it is emptied before the next read."""
        return self._port.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """asyncio: that many octets have come."""
        for data in self._deframer.feed(bytes(self._port.buffer[:nbytes])):
            if not self.is_open:
                return
            self._port.received(data, self.path)
        if self._deframer.is_broken:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's face
        """asyncio: the stream has ended, by whichever side."""
        self._transport = None
        for timer in self._timers.values():
            timer.cancel()
        self._forget()

    def pause_writing(self) -> None:
        """asyncio: something waits to be written."""
        self._watch()

    def resume_writing(self) -> None:
        """asyncio: nothing waits any more."""
        self._timers["stall"].cancel()

    def send(self, data: bytes, address: Address) -> None:  # noqa: ARG002 - there is but one
        """Writes one frame, or drops it whole when there is no room."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        size = len(data) + LENGTH
        if transport.get_write_buffer_size() + size > self._limits.buffer_bytes:
            self._port.dropped += 1
            return
        self._written += size
        transport.write(framed(data))

    def proved(self, address: Address) -> None:  # noqa: ARG002 - there is but one
        """STUN has proved the peer: the stream may stay for as long as that is repeated."""
        self.is_proved = True
        self._deadline = self._loop.time() + self._limits.silence_seconds

    def release(self, address: Address) -> None:  # noqa: ARG002 - there is but one
        """What was written is still delivered, then the stream ends."""
        if self._transport is not None:
            self._transport.close()
        self._forget()

    def abort(self) -> None:
        """Ends the stream at once."""
        if self._transport is not None:
            self._transport.abort()
        self._forget()

    def _forget(self) -> None:
        if self.is_open:
            self.is_open = False
            self._port.closed(self)

    def _silent(self) -> None:
        if self._loop.time() >= self._deadline:
            self.abort()
        else:
            self._timers["silence"] = self._loop.call_at(self._deadline, self._silent)

    def _taken(self) -> int:
        """Octets the system has taken from us, ever."""
        waiting = self._transport.get_write_buffer_size() if self._transport else 0
        return self._written - waiting

    def _watch(self) -> None:
        later = self._loop.call_later(self._limits.stall_seconds, self._stalled, self._taken())
        self._timers["stall"] = later

    def _stalled(self, before: int) -> None:
        if self._taken() > before:
            self._watch()
        else:
            self.abort()


def _tune(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lowat = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if lowat is not None:
        sock.setsockopt(socket.IPPROTO_TCP, lowat, UNSENT_BYTES)


class TcpPort:
    """One listening socket and its streams, bounded in all and for each source.

    `lost` is told of every path that ends with its stream.
    """

    def __init__(
        self,
        *,
        received: Callable[[bytes, Path], None],
        lost: Callable[[Path], None],
        limits: StreamLimits,
    ) -> None:
        self.received = received
        self.limits = limits
        self.buffer = bytearray(READ_BYTES)
        self.dropped = 0
        self.refused = 0
        self._lost = lost
        self._streams: dict[TcpStream, None] = {}
        self._sources: Counter[str] = Counter()
        self._server: asyncio.Server | None = None

    async def listen(self, sock: socket.socket) -> None:
        """Takes connections from now on. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: TcpStream(self), sock=sock, backlog=BACKLOG)

    @property
    def open_streams(self) -> int:
        """How many are open."""
        return len(self._streams)

    def opened(self, stream: TcpStream) -> None:
        """Keeps a stream, at the cost of the oldest that has proved nothing if there must be."""
        self._streams[stream] = None
        self._sources[stream.source] += 1
        if self._sources[stream.source] > self.limits.streams_per_source:
            self._refuse(self._oldest_unproved(stream.source))
        elif len(self._streams) > self.limits.streams:
            self._refuse(self._oldest_unproved(None))

    def _oldest_unproved(self, source: str | None) -> TcpStream:
        """Of one source or of all; the newest stream of all is always among them."""
        return next(
            stream
            for stream in self._streams
            if not stream.is_proved and source in {None, stream.source}
        )

    def _refuse(self, stream: TcpStream) -> None:
        self.refused += 1
        stream.abort()

    def closed(self, stream: TcpStream) -> None:
        """A stream has ended."""
        if stream in self._streams:
            del self._streams[stream]
            self._sources[stream.source] -= 1
            if not self._sources[stream.source]:
                del self._sources[stream.source]
            self._lost(stream.path)

    def close(self) -> None:
        """Listens no more, and ends every stream."""
        if self._server is not None:
            self._server.close()
        for stream in list(self._streams):
            stream.abort()


def bind_stream(host: str, port: int) -> socket.socket:
    """A non-blocking socket to listen on. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        # A room server that comes back must not wait for the streams of the last one to fade.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock
