"""What one forwarded packet costs: SRTP in, the forwarder, SRTP and sendto for each viewer.

Everything a packet passes in the node but the reading of the socket; one core, one process.
"""

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from app.signalling.media import rtp
from app.signalling.media.bandwidth import ViewerEstimate
from app.signalling.media.codecs import Codec, NegotiatedCodec
from app.signalling.media.downstream import Downstream, Extensions
from app.signalling.media.dtls import Certificate, DtlsSession
from app.signalling.media.forwarder import Forwarder
from app.signalling.media.rtp import Header, Packet
from app.signalling.media.twcc import ArrivalRecorder
from bench.figures import Figure
from bench.forwarders.peers import TRANSPORT_CC_ID, picture

MID_ID = 4
T = TypeVar("T")
HANDSHAKE_SECONDS = 10
RUNS, PACKETS = 3, 10_000
GOAL_US = 25.0
"""40,000 packets a second on one core; with one viewer, receiving is half of the work."""


@dataclass(frozen=True)
class Cost:
    """Microseconds of CPU for one packet in, and for each packet out (all counted together)."""

    viewers: int
    per_packet_in_us: float
    per_packet_out_us: float


def measure() -> list[Figure]:
    """The cost beside few and beside many viewers, and where it goes; the middle of three runs."""
    return [
        *(
            Figure(
                figure=f"CPU for each packet sent, one picture to {viewers}",
                value=sorted(_costs(viewers))[1],
                unit="µs",
                runs=RUNS,
                goal=GOAL_US if viewers > 1 else None,
            )
            for viewers in (1, 5, 20)
        ),
        *_stage_figures(),
    ]


def _stage_figures() -> list[Figure]:
    runs = [asyncio.run(stage_costs(packets=PACKETS)) for _ in range(RUNS)]
    return [
        Figure(
            figure=f"of it: {stage}",
            value=sorted(run[stage] for run in runs)[1],
            unit="µs",
            runs=RUNS,
        )
        for stage in runs[0]
    ]


async def stage_costs(*, packets: int) -> dict[str, float]:
    """Microseconds that each stage takes alone, warm, for one packet to one viewer."""
    keys = await _Keys.exchange()
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    port = sink.getsockname()
    sealed: list[bytes] = []
    headers: list[Header] = []
    plain = list(picture(packets, first=0))
    spent = {
        "encrypting": _timed(keys.client.protect_rtp, plain, into=sealed),
        "decrypting": _timed(keys.server.unprotect_rtp, sealed),
        "reading the header": _timed(rtp.parse_header, plain, into=headers),
        "sending": _timed(lambda data: sink.sendto(data, port), plain),
    }
    received = [_packet(data, header) for data, header in zip(plain, headers, strict=True)]
    alone, watched = _forwarder(), _forwarder()
    watched.add(_viewer(lambda _: None), 0.0)
    spent["keeping, counting, asking"] = _timed(alone.receive, received)
    both = _timed(watched.receive, received)
    spent["rewriting for a viewer"] = both - spent["keeping, counting, asking"]
    sink.close()
    await keys.close()
    return spent


def _timed(stage: Callable[[T], object], each: list[T], into: list[Any] | None = None) -> float:
    began = time.process_time()
    made = [stage(one) for one in each]
    spent = time.process_time() - began
    if into is not None:
        into += made
    return spent * 1e6 / len(each)


def _costs(viewers: int) -> list[float]:
    costs = [asyncio.run(forwarding_cost(viewers=viewers, packets=PACKETS)) for _ in range(RUNS)]
    return [cost.per_packet_out_us for cost in costs]


async def forwarding_cost(*, viewers: int, packets: int) -> Cost:
    """Sends that many packets of one picture to that many viewers over loopback sockets."""
    sender = await _Keys.exchange()
    sealed = [data for data in map(sender.client.protect_rtp, picture(packets, first=0)) if data]
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    forwarder = _forwarder()
    keys = [await _Keys.exchange() for _ in range(viewers)]
    for key in keys:
        forwarder.add(_viewer(_sending(key.server, out, sink.getsockname())), 0.0)
    began = time.process_time()
    _forward(sealed, sender.server, forwarder)
    spent = (time.process_time() - began) * 1e6
    sink.close()
    out.close()
    for key in (sender, *keys):
        await key.close()
    return Cost(viewers, spent / packets, spent / (packets * max(viewers, 1)))


def _forward(sealed: list[bytes], session: DtlsSession, forwarder: Forwarder) -> None:
    """As Publisher.rtp does it."""
    arrivals = ArrivalRecorder()
    for data in sealed:
        plain = session.unprotect_rtp(data)
        header = rtp.parse_header(plain) if plain else None
        if plain is None or header is None:
            continue
        number = rtp.find_extension(plain, header, TRANSPORT_CC_ID)
        if number is not None:
            arrivals.received(rtp.uint16(number), 1.0)
        forwarder.receive(_packet(plain, header))


def _packet(plain: bytes, header: Header) -> Packet:
    return Packet(
        header.sequence,
        header.timestamp,
        header.marker,
        header.payload_type,
        plain[header.payload_start : header.payload_end],
        1.0,
    )


def _forwarder() -> Forwarder:
    forwarder = Forwarder(kind="video", ask=lambda _: None, request_keyframe=lambda: None)
    forwarder.configure({96: Codec("VP8")})
    return forwarder


def _sending(
    session: DtlsSession, out: socket.socket, address: tuple[str, int]
) -> Callable[[bytes], None]:
    def send(data: bytes) -> None:
        protected = session.protect_rtp(data)
        if protected is not None:
            out.sendto(protected, address)

    return send


def _viewer(send: Callable[[bytes], None]) -> Downstream:
    downstream = Downstream(
        kind="video",
        mid="1",
        send=send,
        send_control=lambda _: None,
        cname="bench",
        estimate=ViewerEstimate(),
    )
    extensions = Extensions(mid=MID_ID, transport_cc=TRANSPORT_CC_ID)
    downstream.configure([NegotiatedCodec(Codec("VP8"), 100, 101)], extensions)
    return downstream


class _Keys:
    """Two ends of one DTLS association in this process."""

    def __init__(self) -> None:
        certificate = Certificate()
        self._prints = [("sha-256", certificate.fingerprint)]
        self._up = asyncio.Event()
        self._also_up = asyncio.Event()
        self.client = DtlsSession(
            certificate=certificate,
            role="client",
            send=self._to_server,
            connected=self._up.set,
            failed=lambda: None,
        )
        self.server = DtlsSession(
            certificate=certificate,
            role="server",
            send=self._to_client,
            connected=self._also_up.set,
            failed=lambda: None,
        )

    @classmethod
    async def exchange(cls) -> "_Keys":
        keys = cls()
        keys.server.start(keys._prints)
        keys.client.start(keys._prints)
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            await keys._up.wait()
            await keys._also_up.wait()
        return keys

    def _to_server(self, data: bytes) -> None:
        self.server.receive(data)

    def _to_client(self, data: bytes) -> None:
        self.client.receive(data)

    async def close(self) -> None:
        await self.client.close()
        await self.server.close()
