"""Packets and offers nobody should send, by the hundred thousand: each kind with what hears it.

Deterministic: each run makes the same ones.
"""

import contextlib
import gc
import itertools
import random
import sys
from collections.abc import Callable, Sequence

from aioice import stun

from app.signalling.media import MediaNode, rtcp
from app.signalling.media.dtls import Certificate
from app.signalling.media.framing import MAX_FRAME, Deframer, framed
from app.signalling.media.paths import Path
from app.signalling.media.publisher import Publisher
from app.signalling.media.reception import ReportBlock
from app.signalling.media.rtcp import SenderReport
from app.signalling.media.rtp import element
from app.signalling.media.sdp import parse_offer
from app.signalling.media.subscriber import Subscriber
from app.signalling.peers import OfferRefused
from app.signalling.whip.fragment import FragmentRefused
from app.signalling.whip.session import Session
from tests.signalling.media.chromium import Heard
from tests.signalling.media.fake_port import SilentPort
from tests.signalling.media.packets import datagram, vp8
from tests.signalling.media.peer import offer

TICKS = 64
INTERESTING = (
    0,
    1,
    2,
    3,
    4,
    0x0F,
    0x10,
    0x3F,
    0x40,
    0x7F,
    0x80,
    0xBE,
    0xC8,
    0xCE,
    0xDE,
    0xFE,
    0xFF,
)
TRACKS = {"0": "a1", "1": "v1"}
SDP_LINES = (
    "a=mid:0", "m=", "m=video 9 UDP/TLS/RTP/SAVPF", "a=group:BUNDLE 0 0", "a=rtpmap:", "a=fmtp:97",
    "a=extmap:-1 x", "a=ssrc:99999999999 cname:x", "a=ssrc-group:FID 1", "a=setup:holdconn",
    "a=fingerprint:sha-256 00", "a=ice-ufrag:", "a=rtcp-mux-only", "a=candidate:", "v=1", "=", "a",
)  # fmt: skip


class Mutator:
    """Octets overwritten, cut out, doubled, or the end cut off."""

    def __init__(self, seeds: Sequence[bytes], chance: random.Random) -> None:
        self._seeds = seeds
        self._chance = chance

    def next(self) -> bytes:
        """One more."""
        pick = self._chance.random
        out = bytearray(self._seeds[int(pick() * len(self._seeds))])
        for _ in range(int(pick() * 5)):
            at = int(pick() * len(out))
            how = pick()
            if how < 0.5:
                out[at] = int(pick() * 256)
            elif how < 0.8:
                out[at] = INTERESTING[int(pick() * len(INTERESTING))]
            elif how < 0.9:
                out[at:at] = out[at : at + int(pick() * 40)]
            elif len(out) > 24:
                del out[at : at + int(pick() * 12)]
        if pick() < 0.1:
            del out[int(pick() * len(out)) :]
        return bytes(out)


class House:
    """A node with a publisher and a subscriber that have what they need but DTLS."""

    def __init__(self, node: MediaNode) -> None:
        self.node = node
        certificate = Certificate()
        self.offer = offer(certificate.fingerprint, "sendonly", ssrcs=(10, 20))
        self.publisher: Publisher = node.publisher(listener=Heard())
        self.subscriber: Subscriber = node.subscriber(listener=Heard())
        self.publisher.answer(self.offer, TRACKS)
        self.subscriber.answer(offer(certificate.fingerprint, "recvonly"))
        for mid, downstream in self.subscriber._downstreams.items():
            node._hub.wish(downstream, TRACKS[mid])
        self.ssrcs = [d.ssrc for d in self.subscriber._downstreams.values()]


def run(kind: str, count: int, node: MediaNode) -> int:
    """Lets the node hear that many of one kind; what escapes escapes.

    Gives by how many blocks of memory the last four fifths of them made it grow: by then what is
    bounded has reached its bounds.
    """
    chance = random.Random(kind)  # noqa: S311 - reproducible, not secret
    hear = HEARERS[kind](House(node), chance)
    warm = count // 5
    for turn in range(warm):
        hear(turn)
    gc.collect()
    before = sys.getallocatedblocks()
    for turn in range(warm, count):
        hear(turn)
    gc.collect()
    return sys.getallocatedblocks() - before


def _stun(house: House, chance: random.Random) -> Callable[[int], None]:
    """From eight thousand sources, half of the time with the password, too."""
    agent = house.publisher.connection.agent
    assert agent
    port = SilentPort()
    mutator = Mutator(_stun_seeds(agent.credentials.ufrag, agent.credentials.password), chance)

    def hear(turn: int) -> None:
        house.node._received(
            mutator.next(), Path(port, (f"192.0.{turn >> 8 & 31}.{turn & 255}", 9))
        )

    return hear


def _stun_seeds(ufrag: str, password: str) -> list[bytes]:
    seeds = []
    for kind in (stun.Class.REQUEST, stun.Class.REQUEST, stun.Class.INDICATION, stun.Class.ERROR):
        for secret in (password, "wrong" * 5):
            message = stun.Message(stun.Method.BINDING, kind)
            message.attributes["USERNAME"] = f"{ufrag}:peer"
            message.attributes["PRIORITY"] = 1_853_824_767
            message.attributes["ICE-CONTROLLING"] = 1
            message.attributes["USE-CANDIDATE"] = None
            message.add_message_integrity(secret.encode())
            message.add_fingerprint()
            seeds.append(bytes(message))
    return [*seeds, b"\x16\xfe\xff" + bytes(60), bytes(20), b"\x00\x01\x00\x00\x21\x12\xa4\x42"]


def _rtp(house: House, chance: random.Random) -> Callable[[int], None]:
    elements = element(1, b"\x85") + element(3, b"\0\1") + element(4, b"1")
    seeds = [
        datagram(1, 2, 10, 111, b"opus", elements),
        datagram(1, 2, 20, 96, vp8(1, key=True, tl0=1), elements),
        datagram(2, 2, 20, 96, vp8(2), elements),
        datagram(3, 2, 1_020, 97, b"\0\1" + vp8(1), elements),
        datagram(4, 2, 77, 96, vp8(3), element(4, b"1")),
        datagram(5, 2, 78, 96, vp8(4), element(4, b"0")),
    ]
    mutator = Mutator(seeds, chance)

    def hear(turn: int) -> None:
        now = turn / 1_000
        house.publisher.rtp(mutator.next(), now)
        if not turn % TICKS:
            house.publisher.tick(now)
            house.publisher.mend(now)
            house.subscriber.tick(now)
            house.subscriber.mend(now)

    return hear


def _rtcp(house: House, chance: random.Random) -> Callable[[int], None]:
    ssrcs = house.ssrcs
    seeds = [
        rtcp.sender_report(SenderReport(20, 1 << 40, 5), packets=1, octets=1, cname=b"x"),
        rtcp.receiver_report(1, [ReportBlock(ssrcs[1], 9, 9, 9, 9, 9, 9)]),
        rtcp.receiver_report(1, [ReportBlock(ssrcs[0], 9, 9, 9, 9, 9, 9)] * 3),
        rtcp.nack(1, ssrcs[1], range(40)),
        rtcp.picture_loss(1, ssrcs[1]),
        rtcp.remb(1, 500_000, ssrcs),
        rtcp.transport_feedback(1, ssrcs[1], bytes(16)),
        b"\x80\xcf\0\4" + bytes(4) + b"\4\0\0\2" + bytes(range(8)),
    ]
    mutator = Mutator([*seeds, b"".join(seeds)], chance)
    picture = [datagram(n, 3 * n, 20, 96, vp8(n, key=not n % 50)) for n in range(200)]

    def hear(turn: int) -> None:
        now = turn / 1_000
        data = mutator.next()
        house.subscriber.rtcp(data, now)
        if turn % 2:
            house.publisher.rtcp(data, now)
        if not turn % TICKS:
            house.publisher.rtp(picture[turn // TICKS % len(picture)], now)
            house.subscriber.tick(now)
            house.subscriber.mend(now)

    return hear


def _frames(house: House, chance: random.Random) -> Callable[[int], None]:
    """Pieces of one stream after another; what a frame holds goes on to the node."""
    path = Path(SilentPort(), ("192.0.2.1", 9))
    seeds = [framed(b"\x16\xfe\xff" + bytes(60)), framed(b"") * 3, framed(datagram(1))]
    mutator = Mutator([*seeds, b"".join(seeds), framed(bytes(MAX_FRAME))[:600]], chance)
    streams = [Deframer()]

    def hear(turn: int) -> None:  # noqa: ARG001 - the same for all kinds
        for data in streams[0].feed(mutator.next()):
            house.node._received(data, path)
        assert len(streams[0]._rest) < 2 + MAX_FRAME
        if streams[0].is_broken:
            streams[0] = Deframer()

    return hear


def _sdp(house: House, chance: random.Random) -> Callable[[int], None]:
    """Lines are changed, lost, doubled and swapped; one in ten is answered, too, if it can be."""
    lines = house.offer.split("\r\n")
    mutator = Mutator([line.encode() for line in lines if line], chance)

    def hear(turn: int) -> None:
        out = list(lines)
        for _ in range(1 + int(chance.random() * 3)):
            at = int(chance.random() * len(out))
            how = chance.random()
            if how < 0.5:
                out[at] = mutator.next().decode("latin-1")
            elif how < 0.7:
                out[at] = SDP_LINES[int(chance.random() * len(SDP_LINES))]
            elif how < 0.85:
                out.insert(at, out[int(chance.random() * len(out))])
            else:
                del out[at]
        text = "\r\n".join(out)
        with contextlib.suppress(OfferRefused):
            if turn % 10:
                parse_offer(text)
            else:
                house.publisher.answer(text, TRACKS)

    return hear


def _fragments(house: House, chance: random.Random) -> Callable[[int], None]:
    """Trickle fragments of a WHIP client, half of them as restarts."""
    fragments = (
        f"a=ice-ufrag:peer\r\na=ice-pwd:{'p' * 24}\r\na=group:BUNDLE 0 1\r\n",
        "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.7 9 typ host"
        "\r\na=candidate:2 1 tcp 1 fe80::1 9 typ host tcptype active\r\na=end-of-candidates\r\n",
        f"a=ice-ufrag:fresh\r\na=ice-pwd:{'q' * 24}\r\n",
    )
    mutator = Mutator([*map(str.encode, fragments), "".join(fragments[:2]).encode()], chance)
    ids = itertools.count()
    session = Session("publish", _Sending(house.publisher), lambda: f"{next(ids)}")
    session.open(house.offer)

    def hear(turn: int) -> None:
        with contextlib.suppress(FragmentRefused, OfferRefused):
            text = mutator.next().decode("utf-8", "replace")
            session.patch(text, session.etag if turn % 2 else "*")

    return hear


class _Sending:
    """The publishing connection under a session."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def answer(self, offer_sdp: str) -> str:
        return self._publisher.answer(offer_sdp, TRACKS)

    def candidate(self, candidate: str) -> None:
        self._publisher.candidate(candidate)


HEARERS: dict[str, Callable[[House, random.Random], Callable[[int], None]]] = {
    "STUN": _stun,
    "RTP": _rtp,
    "RTCP": _rtcp,
    "frames": _frames,
    "SDP": _sdp,
    "sdpfrag": _fragments,
}
