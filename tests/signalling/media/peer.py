"""A peer without a browser: ICE by hand, DTLS by the node's own session, packets as bytes."""

import asyncio
import re
import socket
from dataclasses import dataclass, field

from aioice import stun

from app.signalling.media.dtls import Certificate, DtlsSession
from app.signalling.media.framing import Deframer, framed

DEADLINE_SECONDS = 30


def offer(  # noqa: PLR0917 - a table of SDP parts
    fingerprint: str,
    direction: str,
    ufrag: str = "peer",
    lines: tuple[str, ...] = ("audio", "video"),
    ssrcs: tuple[int, ...] = (),
    setup: str = "actpass",
) -> str:
    """An offer with these m-lines; `ssrcs` gives each line's SSRC, its repair is 1,000 higher."""
    mids = [str(place) for place in range(len(lines))]
    out = ["v=0", "o=- 1 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE " + " ".join(mids)]
    for mid, kind in zip(mids, lines, strict=True):
        formats = "111" if kind == "audio" else "96 97"
        out += [
            f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}",
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{ufrag}",
            "a=ice-pwd:" + "p" * 24,
            f"a=fingerprint:sha-256 {fingerprint}",
            f"a=setup:{setup}",
            f"a=mid:{mid}",
            "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
            f"a={direction}",
            "a=rtcp-mux",
        ]
        if kind == "audio":
            out += ["a=rtpmap:111 opus/48000/2"]
        else:
            out += ["a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96"]
        if ssrcs:
            ssrc = ssrcs[int(mid)]
            out += [f"a=ssrc:{ssrc} cname:c"]
            if kind == "video":
                out += [f"a=ssrc-group:FID {ssrc} {ssrc + 1_000}"]
    return "\r\n".join(out) + "\r\n"


@dataclass
class Answer:
    """What a peer reads in an answer."""

    ufrag: str
    password: str
    port: int
    setup: str
    fingerprint: str
    ssrcs: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, sdp: str) -> "Answer":
        def first(pattern: str) -> str:
            found = re.search(pattern, sdp)
            assert found, pattern
            return found[1]

        return cls(
            ufrag=first(r"ice-ufrag:(\S+)"),
            password=first(r"ice-pwd:(\S+)"),
            port=int(first(r"a=candidate:1 1 udp \d+ \S+ (\d+) typ host")),
            setup=first(r"a=setup:(\S+)"),
            fingerprint=first(r"fingerprint:sha-256 (\S+)"),
            ssrcs=[int(ssrc) for ssrc in re.findall(r"a=ssrc:(\d+) cname", sdp)],
        )


class _Stream(asyncio.Protocol):
    """RFC 4571 frames over TCP, with the face of a datagram transport."""

    def __init__(self, peer: "Peer") -> None:
        self._peer = peer
        self._deframer = Deframer()
        self.transport: asyncio.Transport | None = None
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._name = transport.get_extra_info("sockname")

    def data_received(self, data: bytes) -> None:
        for one in self._deframer.feed(data):
            self._peer.received(one)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.ended.set()

    def sendto(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        assert self.transport
        self.transport.write(framed(data))

    def write(self, data: bytes) -> None:
        """Octets as they are, no frame around them."""
        assert self.transport
        self.transport.write(data)

    @property
    def name(self) -> tuple[str, int]:
        """This end's address."""
        name: tuple[str, int] = self._name
        return name

    def close(self) -> None:
        assert self.transport
        self.transport.close()


class _Port(asyncio.DatagramProtocol):
    def __init__(self, peer: "Peer") -> None:
        self._peer = peer

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        self._peer.received(data)


class Peer:
    """Speaks to one node. `rtp` and `rtcp` are what has arrived, decrypted."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate
        self.rtp: asyncio.Queue[bytes] = asyncio.Queue()
        self.rtcp: asyncio.Queue[bytes] = asyncio.Queue()
        self.stun: asyncio.Queue[stun.Message] = asyncio.Queue()
        self.up = asyncio.Event()
        self.down = asyncio.Event()
        self.streams: list[_Stream] = []
        self._transports: list[asyncio.DatagramTransport | _Stream] = []
        self._answer: Answer | None = None
        self._dtls: DtlsSession | None = None

    def offer(self, direction: str, ssrcs: tuple[int, ...] = (), ufrag: str = "peer") -> str:
        return offer(self.certificate.fingerprint, direction, ufrag, ssrcs=ssrcs)

    async def connect(self, sdp: str, *, tcp: bool = False) -> None:
        """STUN from a first socket, then the handshake."""
        self._answer = answer = Answer.read(sdp)
        # Before the check: a node that begins DTLS does so with its response.
        self._dtls = DtlsSession(
            certificate=self.certificate,
            role="client" if answer.setup == "passive" else "server",
            send=self.send,
            connected=self.up.set,
            failed=self.down.set,
        )
        await (self.move_to_stream() if tcp else self.move())
        await self.check(nominate=True)
        self._dtls.start([("sha-256", answer.fingerprint)])
        await asyncio.wait_for(self.up.wait(), DEADLINE_SECONDS)

    async def move(self) -> None:
        """Another socket from now on, as after a change of network."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Port(self), local_addr=("127.0.0.1", 0), family=socket.AF_INET
        )
        self._transports.append(transport)

    async def move_to_stream(self) -> None:
        """A TCP stream from now on, as where no UDP is let through."""
        assert self._answer
        _, stream = await asyncio.get_running_loop().create_connection(
            lambda: _Stream(self), "127.0.0.1", self._answer.port
        )
        self.streams.append(stream)
        self._transports.append(stream)

    def move_back(self) -> None:
        """The socket before this one again."""
        self._transports.append(self._transports[-2])

    def take(self, sdp: str) -> None:
        """Another answer, as after an ICE restart."""
        self._answer = Answer.read(sdp)

    def request(self, *, nominate: bool, ufrag: str = "peer", password: str | None = None) -> bytes:
        """A check for the node, with the right password unless another is given."""
        assert self._answer
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{self._answer.ufrag}:{ufrag}"
        if nominate:
            request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity((password or self._answer.password).encode())
        return bytes(request)

    def send_check(
        self, *, nominate: bool, ufrag: str = "peer", password: str | None = None
    ) -> None:
        self.send(self.request(nominate=nominate, ufrag=ufrag, password=password))

    async def check(self, *, nominate: bool, ufrag: str = "peer") -> stun.Message:
        """A binding request and its response."""
        self.send_check(nominate=nominate, ufrag=ufrag)
        return await asyncio.wait_for(self.stun.get(), DEADLINE_SECONDS)

    def send(self, data: bytes) -> None:
        assert self._answer
        self._transports[-1].sendto(data, ("127.0.0.1", self._answer.port))

    def sealed(self, data: bytes) -> bytes:
        """An RTP packet as it goes out."""
        assert self._dtls
        sealed = self._dtls.protect_rtp(data)
        assert sealed
        return sealed

    def send_rtp(self, data: bytes) -> None:
        self.send(self.sealed(data))

    def send_rtcp(self, data: bytes) -> None:
        assert self._dtls
        sealed = self._dtls.protect_rtcp(data)
        assert sealed
        self.send(sealed)

    def received(self, data: bytes) -> None:
        if data[0] < 4:
            self.stun.put_nowait(stun.parse_message(data))
        elif self._dtls and data[0] < 64:
            self._dtls.receive(data)
        elif self._dtls and self._dtls.is_connected:
            plain = self._dtls.unprotect_rtcp(data) if 192 <= data[1] <= 223 else None
            if plain:
                self.rtcp.put_nowait(plain)
            else:
                plain = self._dtls.unprotect_rtp(data)
                assert plain
                self.rtp.put_nowait(plain)

    async def next_rtp(self) -> bytes:
        return await asyncio.wait_for(self.rtp.get(), DEADLINE_SECONDS)

    async def next_rtcp(self) -> bytes:
        return await asyncio.wait_for(self.rtcp.get(), DEADLINE_SECONDS)

    async def close(self) -> None:
        if self._dtls:
            await self._dtls.close()
        for transport in self._transports:
            transport.close()
