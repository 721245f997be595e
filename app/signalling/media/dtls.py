"""DTLS and SRTP of one connection, on aiortc's RTCDtlsTransport over our own transport.

The only file that touches aiortc's private names; its test pins them and the version.
"""

# ruff: noqa: SLF001 - this is the file where aiortc's private names are used

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
from pylibsrtp import Error as SrtpError
from pylibsrtp import Session

QUEUE_DATAGRAMS = 32
"""A handshake flight is at most four; what does not fit is dropped and DTLS sends it again."""

HANDSHAKE_SECONDS = 20.0

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
        self._outbound = Session()
        self._inbound = Session()
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
                self._outbound = self._transport._tx_srtp
                self._inbound = self._transport._rx_srtp
                self.is_connected = True
                self._connected()
                await self._pumped()
        except (SSL.Error, TimeoutError):
            pass
        finally:
            self.is_connected = False
            self._failed()

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

    def protect_rtp(self, data: bytes) -> bytes | None:
        """Encrypts; None when libsrtp will not (too long, or a number far in the past)."""
        try:
            protected: bytes = self._outbound.protect(data)
        except (SrtpError, ValueError):
            return None
        return protected

    def protect_rtcp(self, data: bytes) -> bytes | None:
        """Encrypts; None when the packet is too long."""
        try:
            protected: bytes = self._outbound.protect_rtcp(data)
        except (SrtpError, ValueError):
            return None
        return protected

    def unprotect_rtp(self, data: bytes) -> bytes | None:
        """Decrypts; None for a forgery, a replay or a stray."""
        try:
            plain: bytes = self._inbound.unprotect(data)
        except (SrtpError, ValueError):
            return None
        return plain

    def unprotect_rtcp(self, data: bytes) -> bytes | None:
        """Decrypts; None for a forgery, a replay or a stray."""
        try:
            plain: bytes = self._inbound.unprotect_rtcp(data)
        except (SrtpError, ValueError):
            return None
        return plain

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
        self._outbound = self._inbound = Session()
        self._transport._rx_srtp = self._transport._tx_srtp = self._inbound
