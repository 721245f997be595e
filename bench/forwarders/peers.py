"""Peers that make load: they send what was encrypted beforehand, and note what comes and when."""

import asyncio
import socket
import struct
from collections.abc import Iterator

from aioice import stun

from app.signalling.media import rtp
from app.signalling.media.dtls import Certificate, DtlsSession, Role
from bench.forwarders.namespace import socket_in
from bench.forwarders.sdp import PASSWORD, Far, described, far, sections

SSRC = 0x10AD
PAYLOAD_OCTETS = 1_100
PACKETS_PER_FRAME = 7
FRAMES_TO_A_KEYFRAME = 300
TRANSPORT_CC_ID = 3
KEEP_ALIVE_SECONDS = 2.0
CONNECT_SECONDS = 10.0
BUFFER_BYTES = 16 * 1024 * 1024
SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@qq")


class Peer:
    """One connection: ICE by hand, DTLS by the room server's own session."""

    def __init__(self, namespace: str, address: str) -> None:
        self._certificate = Certificate()
        self.socket = socket_in(namespace, lambda: _opened(address))
        self._up = asyncio.Event()
        self._reached: tuple[Far, DtlsSession] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def describe(self, direction: str, *, ssrc: int = 0) -> str:
        """An offer."""
        return described(
            fingerprint=self._certificate.fingerprint,
            direction=direction,
            setup="actpass",
            ssrc=ssrc,
        )

    async def offer(self) -> str:
        """To receive."""
        return self.describe("recvonly")

    async def answer(self, sdp: str) -> str:
        """To an offer to send to us; the connection comes up behind it."""
        [section] = sections(sdp)
        self._begin(far(sdp), role="client")
        return described(
            fingerprint=self._certificate.fingerprint,
            direction="recvonly",
            setup="active",
            mid=section.mid,
            formats=section.formats,
        )

    async def take_answer(self, sdp: str) -> None:
        """To our own offer; the connection comes up behind it."""
        found = far(sdp)
        self._begin(found, role="client" if found.setup == "passive" else "server")

    def _begin(self, found: Far, *, role: Role) -> None:
        dtls = DtlsSession(
            certificate=self._certificate,
            role=role,
            send=self.send,
            connected=self._up.set,
            failed=lambda: None,
        )
        self._reached = (found, dtls)
        asyncio.get_running_loop().add_reader(self.socket, self._handshake)
        self._tasks.append(asyncio.create_task(self._keep_alive()))

    @property
    def _far(self) -> Far:
        return self._both[0]

    @property
    def _dtls(self) -> DtlsSession:
        return self._both[1]

    @property
    def _both(self) -> tuple[Far, DtlsSession]:
        if self._reached is None:
            raise RuntimeError("nothing is agreed yet")
        return self._reached

    async def connected(self) -> None:
        """Until the keys are there. From then on the socket is read by `drain` alone."""
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._up.wait()
        asyncio.get_running_loop().remove_reader(self.socket)

    async def _keep_alive(self) -> None:
        while True:
            self.send(self._check())
            await asyncio.sleep(0.1 if not self._up.is_set() else KEEP_ALIVE_SECONDS)

    def _check(self) -> bytes:
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self._far.ufrag}:load"
        request.attributes["PRIORITY"] = 1
        request.attributes["ICE-CONTROLLING"] = 1
        request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity(self._far.password.encode())
        request.add_fingerprint()
        return bytes(request)

    def _handshake(self) -> None:
        for data, _ in self.drain():
            if data[0] < 4:
                self._stun(data)
            elif 20 <= data[0] <= 63:
                self._dtls.receive(data)

    def _stun(self, data: bytes) -> None:
        """Janus checks us too, though it calls itself lite; its answer to ours opens the way."""
        message = stun.parse_message(data)
        if message.message_class == stun.Class.RESPONSE and not self._dtls.is_started:
            self._dtls.start([("sha-256", self._far.fingerprint)])
        if message.message_class == stun.Class.REQUEST:
            response = stun.Message(
                stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=message.transaction_id
            )
            response.attributes["XOR-MAPPED-ADDRESS"] = (self._far.address, self._far.port)
            response.add_message_integrity(PASSWORD.encode())
            response.add_fingerprint()
            self.send(bytes(response))

    def drain(self) -> Iterator[tuple[bytes, int]]:
        """What has arrived, with the kernel's time of arrival in nanoseconds since the epoch."""
        while True:
            try:
                data, notes, _, _ = self.socket.recvmsg(2_048, 64)
            except BlockingIOError:
                return
            seconds, nanoseconds = _TIMESPEC.unpack(notes[0][2])
            yield data, seconds * 1_000_000_000 + nanoseconds

    def send(self, data: bytes) -> None:
        """To the server; dropped when there is no room."""
        try:
            self.socket.sendto(data, (self._far.address, self._far.port))
        except BlockingIOError:
            return

    def sealed(self, packets: int, *, first: int) -> list[bytes]:
        """A stretch of one picture's packets, encrypted."""
        found = [self._dtls.protect_rtp(data) for data in picture(packets, first=first)]
        return [data for data in found if data is not None]

    async def close(self) -> None:
        """Says goodbye."""
        for task in self._tasks:
            task.cancel()
        if self._reached:
            await self._dtls.close()
        self.socket.close()


def picture(packets: int, *, first: int) -> Iterator[bytes]:
    """VP8 with 15-bit picture ids, from this packet on; the very first frame is a keyframe."""
    for number in range(first, first + packets):
        frame, place = divmod(number, PACKETS_PER_FRAME)
        elements = rtp.element(TRANSPORT_CC_ID, (number & 0xFFFF).to_bytes(2, "big"))
        marker = 0x80 if place == PACKETS_PER_FRAME - 1 else 0
        header = rtp.HEADER.pack(0x90, 96 | marker, number & 0xFFFF, frame * 3_000, SSRC)
        start = 0x10 if place == 0 else 0
        descriptor = bytes([0x80 | start, 0x80]) + (0x8000 | frame & 0x7FFF).to_bytes(2, "big")
        # 0x10 at the first octet is a keyframe, with its start code and size behind (RFC 7741).
        key = b"\x10\x02\x00\x9d\x01\x2a\x00\x05\xd0\x02"
        body = (key if frame % 300 == 0 and place == 0 else b"\x11").ljust(
            PAYLOAD_OCTETS - 4, b"\x11"
        )
        yield header + rtp.extension_block(elements) + descriptor + body


def _opened(address: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.bind((address, 0))
    return sock
