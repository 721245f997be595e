"""DTLS and SRTP of one connection, on aiortc's RTCDtlsTransport over our own transport.

The only file that touches private names, of aiortc and of pylibsrtp; its test pins both versions.
"""

# ruff: noqa: SLF001 - this is the file where private names are used

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal, cast

from aiortc import RTCIceTransport
from aiortc.rtcdtlstransport import (
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)
from OpenSSL import SSL
from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib

QUEUE_DATAGRAMS = 32
"""A handshake flight is at most four; what does not fit is dropped and DTLS sends it again."""

HANDSHAKE_SECONDS = 20.0

MAX_PACKET = 1_500
"""Octets, an Ethernet frame's: nobody sends longer ones."""

MAX_TRAILER = 256
"""Octets that libsrtp may add: 144 at most, for control packets four more."""

Role = Literal["client", "server"]


class Certificate:
    """The node's own certificate: ECDSA P-256, self-signed, made at start (RFC 8827 §6.5)."""

    def __init__(self) -> None:
        self.rtc = RTCCertificate.generateCertificate()
        prints = {print_.algorithm: print_.value for print_ in self.rtc.getFingerprints()}
        self.fingerprint = prints["sha-256"]


class _Datagrams:
    """What RTCDtlsTransport asks of an ICE transport: `_recv`, `_send`, `role`, `state`."""

    role = "controlled"
    state = "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE_DATAGRAMS)
        self._write = send
        self._closed = False

    def push(self, data: bytes) -> None:
        if not self._closed and not self._queue.full():
            self._queue.put_nowait(data)

    def close(self) -> None:
        self._closed = True
        while self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def _recv(self) -> bytes:
        data = await self._queue.get()
        if data is None:
            self._queue.put_nowait(None)
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._write(data)


Cipher = Callable[[bytes], bytes | None]
"""Encrypts or decrypts one packet; None where libsrtp will not."""

_BUFFER = ffi.new("char[]", MAX_PACKET + MAX_TRAILER)
_VIEW = ffi.buffer(_BUFFER)
_LENGTH = ffi.new("int *")
"""One for all sessions: they share an event loop, and nothing stays in it between two calls."""


def _no_keys(data: bytes) -> None:  # noqa: ARG001 - a Cipher
    return None


def _cipher(session: Session, function: Callable[[object, object, object], int]) -> Cipher:
    """What `Session` does, without a new buffer or an exception: that halves its price."""

    def applied(data: bytes) -> bytes | None:
        size = len(data)
        if size > MAX_PACKET:
            return None
        _VIEW[0:size] = data
        _LENGTH[0] = size
        if function(handle[0], _BUFFER, _LENGTH):
            return None
        processed: bytes = _VIEW[0 : _LENGTH[0]]
        return processed

    handle = session._srtp  # freed with the last cipher that holds it
    return applied


class DtlsSession:
    """One DTLS association and the SRTP keys it gives (RFC 5764).

    `connected` and `failed` are called from the event loop, at most one of each; `failed` also
    when the peer says goodbye.
    """

    def __init__(
        self,
        *,
        certificate: Certificate,
        role: Role,
        send: Callable[[bytes], None],
        connected: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        self._datagrams = _Datagrams(send)
        self._transport = RTCDtlsTransport(
            cast("RTCIceTransport", self._datagrams), [certificate.rtc]
        )
        self._transport._set_role(role)
        self._connected = connected
        self._failed = failed
        self._task: asyncio.Task[None] | None = None
        self.protect_rtp: Cipher = _no_keys
        """Encrypts; None when libsrtp will not (too long, or a number far in the past)."""
        self.protect_rtcp: Cipher = _no_keys
        """Encrypts; None when the packet is too long."""
        self.unprotect_rtp: Cipher = _no_keys
        """Decrypts; None for a forgery, a replay or a stray."""
        self.unprotect_rtcp: Cipher = _no_keys
        """Decrypts; None for a forgery, a replay or a stray."""
        self.is_connected = False

    @property
    def is_started(self) -> bool:
        """The handshake has begun."""
        return self._task is not None

    def start(self, fingerprints: Sequence[tuple[str, str]]) -> None:
        """Begins the handshake with a peer whose certificate has these (algorithm, value)."""
        parameters = RTCDtlsParameters([RTCDtlsFingerprint(*pair) for pair in fingerprints])
        self._task = asyncio.get_running_loop().create_task(self._run(parameters))

    async def _run(self, parameters: RTCDtlsParameters) -> None:
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await self._transport.start(parameters)
            if self._transport.state == "connected":
                self._take_keys()
                self.is_connected = True
                self._connected()
                await self._pumped()
        except (SSL.Error, TimeoutError):
            pass
        finally:
            self.is_connected = False
            self._failed()

    def _take_keys(self) -> None:
        outbound, inbound = self._transport._tx_srtp, self._transport._rx_srtp
        self.protect_rtp = _cipher(outbound, lib.srtp_protect)
        self.protect_rtcp = _cipher(outbound, lib.srtp_protect_rtcp)
        self.unprotect_rtp = _cipher(inbound, lib.srtp_unprotect)
        self.unprotect_rtcp = _cipher(inbound, lib.srtp_unprotect_rtcp)

    async def _pumped(self) -> None:
        """Until the association ends; aiortc re-raises there what OpenSSL threw."""
        pump = self._transport._task
        if pump is not None:
            await asyncio.wait([pump])
            if not pump.cancelled():
                pump.exception()

    def receive(self, data: bytes) -> None:
        """A DTLS record from the proved source; dropped when too many wait."""
        self._datagrams.push(data)

    async def close(self) -> None:
        """Says goodbye, ends the tasks and gives the memory back. May be called twice."""
        self.is_connected = False
        await self._transport.stop()
        self._datagrams.close()
        if self._task is not None:
            await asyncio.wait([self._task])
        # OpenSSL's part is most of a connection, and Python's collector does not see its size: left
        # in a cycle, that of hundreds of peers who have gone waits for it (35 MB of 600, measured).
        self._transport._ssl = None
        self._transport._rx_srtp = self._transport._tx_srtp = Session()
        self.protect_rtp = self.protect_rtcp = _no_keys
        self.unprotect_rtp = self.unprotect_rtcp = _no_keys
