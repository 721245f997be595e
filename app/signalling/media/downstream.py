"""One outgoing stream: what a subscriber hears or sees on one m-line, whatever its source is.

Synchronous and without a clock; packets leave through the function given.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from secrets import randbits

from app.signalling.media import red, rtcp, rtp
from app.signalling.media.bandwidth import ViewerEstimate
from app.signalling.media.codecs import OPUS, RED, Codec, Kind, NegotiatedCodec
from app.signalling.media.mending import Mending
from app.signalling.media.reception import ReportBlock
from app.signalling.media.resends import ResendBudget
from app.signalling.media.rewriter import Rewriter
from app.signalling.media.rtcp import SenderReport
from app.signalling.media.rtp import Packet
from app.signalling.media.senderclock import ntp_time
from app.signalling.media.sendhistory import SendHistory
from app.signalling.media.source import Source

MAX_RESENDS = 3
"""Without it one outage of 7 s caused nine times the packets (measured)."""

RESEND_GAP_SECONDS = 0.02
RESEND_LOG = 1_024
MAX_CARRIED_FORWARD = 15 << 32
"""Three of a browser's intervals between reports, in NTP format: no guess beyond."""

LONGEST_ROUND_TRIP = 60 << 16
"""In units of 1/65536 s; more is a report of something else."""

_PADDING = bytes(254) + b"\xff"
"""The most there can be: the last octet counts all of it."""

SHOW_AT_ONCE = bytes(3)
"""The least and the most that a picture may be held back, 12 bits each. A browser that may choose
holds all back for as long as the slowest repair took (docs/decisions/0028)."""

_STALE = 0x4000
_pack = rtp.HEADER.pack


@dataclass(frozen=True)
class Extensions:
    """Header extension ids of one m-line, 0 where not agreed (RFC 8285 §4.2: 1 to 14)."""

    mid: int = 0
    audio_level: int = 0
    abs_send_time: int = 0
    transport_cc: int = 0
    playout_delay: int = 0


@dataclass
class Counters:
    """Running totals of one outgoing stream."""

    packets: int = 0
    octets: int = 0
    nacked: int = 0
    resent: int = 0
    keyframe_requests: int = 0
    fraction_lost: float = 0.0
    lost: int = 0
    round_trip: float | None = None
    last_sent: float = float("-inf")


class Downstream:
    """Carries one source at a time as one unbroken stream of its own SSRC."""

    def __init__(
        self,
        *,
        kind: Kind,
        mid: str,
        send: Callable[[bytes], None],
        send_control: Callable[[bytes], None],
        cname: str,
        estimate: ViewerEstimate,
        history: SendHistory | None = None,
    ) -> None:
        self.kind = kind
        self.mid = mid
        self.cname = cname
        self.estimate = estimate
        self.ssrc = randbits(31) | 1
        self.rtx_ssrc = self.ssrc ^ 0x40000000
        self.counters = Counters()
        self.source: Source | None = None
        self.shown: int | None = None
        """Lines of the picture's shorter side that its receiver has room for; None for all."""
        self.started = False
        self._send = send
        self._send_control = send_control
        self._clock_rate = 48_000 if kind == "audio" else 90_000
        self._rewriter = Rewriter(
            clock_rate=self._clock_rate, sequence=randbits(14), timestamp=randbits(31)
        )
        self.takes: frozenset[Codec] = frozenset()
        self._outgoing: dict[Codec, NegotiatedCodec] = {}
        self._payload_types: dict[int, NegotiatedCodec] = {}
        self._unpacks: dict[int, Callable[[bytes], bytes | None]] = {}
        self._repeats = True
        self._extensions = Extensions()
        self._history = history or SendHistory()
        self._blocks: dict[int, tuple[bytes, bytes]] = {}
        self._rtx_sequence = randbits(14)
        self._resends: dict[int, tuple[int, float]] = {}
        self._keyframe_sequence = 0
        self._budget = ResendBudget()
        self._mending = Mending()

    def configure(self, codecs: Iterable[NegotiatedCodec], extensions: Extensions) -> None:
        """What the subscriber's offer allows on this m-line."""
        self._outgoing = {negotiated.codec: negotiated for negotiated in codecs}
        self.takes = frozenset(self._outgoing)
        self._extensions = extensions
        self._blocks.clear()
        self.remap()

    def attach(self, source: Source) -> None:
        """Carries this source from its next keyframe on."""
        self.source = source
        self.started = False
        self.remap()

    def detach(self) -> None:
        """Falls silent at once: nobody is shown under another's name."""
        self.source = None
        self.started = False
        self.remap()

    def remap(self) -> None:
        """Looks up anew which of the source's payload types go where."""
        incoming = self.source.codecs if self.source else {}
        self._payload_types = {
            payload_type: self._outgoing[codec]
            for payload_type, codec in incoming.items()
            if codec in self._outgoing
        }
        self._unpacks = {}
        opus = self._outgoing.get(OPUS)
        for payload_type, codec in incoming.items():
            if codec == RED and opus is not None:
                self._remap_red(payload_type, opus)

    def repeat(self, *, fits: bool) -> None:
        """Whether sound that comes twice goes on as it is, to who takes it."""
        if fits != self._repeats:
            self._repeats = fits
            self.remap()

    def _remap_red(self, payload_type: int, opus: NegotiatedCodec) -> None:
        """Who takes none gets the sound that each packet is of; who does, their own numbers."""
        unpack: Callable[[bytes], bytes | None]
        if RED in self._outgoing and self._repeats:
            unpack = partial(red.renumbered, payload_type=opus.payload_type)
        else:
            self._payload_types[payload_type], unpack = opus, red.primary
        self._unpacks[payload_type] = unpack

    def start(self, packets: Sequence[Packet], now: float, *, ticks: int | None = None) -> None:
        """Begins with the first of these, which opens a keyframe or is sound.

        `ticks` of the clock lie between it and what was sent last, by default the time passed.
        """
        self._rewriter.switch(packets[0], now=now, ticks=ticks)
        self._resends.clear()
        self._mending.forget()
        self.started = True
        self._keyframe_sequence = self._rewriter.sequence(packets[0].sequence)
        self.report(now)
        for packet in packets:
            self.forward(packet, now)

    def switch(self, source: Source, packets: Sequence[Packet], now: float) -> None:
        """Another layer of the same picture, from its keyframe on: the clocks of both tell how
        far apart their timestamps are, the time of arrival where a sender has not said it yet."""
        ticks = self._ticks_to(source, packets[0])
        self.attach(source)
        self.start(packets, now, ticks=ticks)

    def _ticks_to(self, source: Source, packet: Packet) -> int | None:
        """From the newest timestamp sent to that packet's, None when the clocks do not tell."""
        if not self.source or not self.source.clock or not source.clock or not self.started:
            return None
        (before, before_rtp), (after, after_rtp) = self.source.clock, source.clock
        newest = self._rewriter.source_timestamp()
        elapsed = (after - before) * self._clock_rate >> 32
        ticks = rtp.timestamp_delta(packet.timestamp, after_rtp) + elapsed
        ticks -= rtp.timestamp_delta(newest, before_rtp)
        return max(1, ticks) if abs(ticks) < self._clock_rate else None

    def restart(self) -> None:
        """The source jumped: what follows makes sense from its next keyframe on."""
        self.started = False

    def keyframe(self, sequence: int) -> None:
        """A keyframe began at this number of the source."""
        self._keyframe_sequence = self._rewriter.sequence(sequence)

    def forward(self, packet: Packet, now: float) -> None:
        """Sends one packet of the source, unless it lies before the switch or has no codec."""
        source_sequence, source_timestamp, marker, payload_type, payload, _, level, _ = packet
        negotiated = self._payload_types.get(payload_type)
        if negotiated is None or not self._rewriter.belongs(source_sequence):
            return
        rewriter = self._rewriter
        sequence, timestamp = rewriter.sent(source_sequence, source_timestamp, now)
        if negotiated.codec.name == "VP8":
            payload = rewriter.pictures.sent(payload, is_newest=sequence == rewriter.highest)
        elif payload_type in self._unpacks:
            payload = self._unpacks[payload_type](payload) or b""
        second = negotiated.payload_type | 0x80 if marker else negotiated.payload_type
        self._transmit(second, sequence, timestamp, self.ssrc, level, payload, now)
        octets = len(payload)
        counters = self.counters
        counters.packets += 1
        counters.octets += octets
        counters.last_sent = now
        self._budget.sent(octets)

    def _transmit(  # noqa: PLR0917 - one call for each packet; keywords cost a tenth of it
        self,
        second: int,
        sequence: int,
        timestamp: int,
        ssrc: int,
        level: int,
        payload: bytes,
        now: float,
    ) -> None:
        head, tail = self._blocks.get(level) or self._block(level)
        header = _pack(0x90 if head else 0x80, second, sequence, timestamp, ssrc)
        if self._extensions.transport_cc:
            header += head + self._history.sent(len(payload), now) + tail
        elif self._extensions.abs_send_time:
            header += head + (int(now * 262_144) & 0xFFFFFF).to_bytes(3, "big") + tail
        else:
            header += head
        self._send(header + payload)

    def _block(self, level: int) -> tuple[bytes, bytes]:
        """The extension up to what changes with each packet, and the padding behind it: the
        transport-wide number, or the time of sending for who knows nothing better."""
        ids = self._extensions
        elements = rtp.element(ids.mid, self.mid.encode()) if ids.mid else b""
        if level >= 0 and ids.audio_level:
            elements += rtp.element(ids.audio_level, bytes([level]))
        if ids.playout_delay:
            elements += rtp.element(ids.playout_delay, SHOW_AT_ONCE)
        changing = (ids.transport_cc, 2) if ids.transport_cc else (ids.abs_send_time, 3)
        identifier, size = changing
        if identifier:
            elements += rtp.element(identifier, bytes(size))
            block = rtp.extension_block(elements)
            cut = 4 + len(elements)
            self._blocks[level] = block[: cut - size], block[cut:]
        else:
            self._blocks[level] = rtp.extension_block(elements), b""
        return self._blocks[level]

    def resend(self, sequences: Sequence[int], now: float) -> None:
        """Answers a NACK (RFC 4588 §4): at most three times, nothing before the last keyframe.

        Where that would be more than is sent in the first place, a keyframe costs less.
        """
        self.counters.nacked += len(sequences)
        self._mending.asked(now)
        if self.source is None or not self.started:
            return
        most = self._budget.looks(len(sequences), now)
        for sequence in sequences[:most]:
            if rtp.sequence_delta(sequence, self._keyframe_floor()) < 0:
                continue
            original = self._rewriter.source_sequence(sequence)
            packet = self.source.held(original, now)
            if not self._rewriter.belongs(original):
                continue
            if packet is None:
                self.source.missed(original, now)
            elif self._may_resend(sequence, now):
                if not self._budget.spend(len(packet.payload)):
                    self.source.want_keyframe(now)
                    return
                self._retransmit(packet, sequence, now)
                self._mending.repaired(packet, now)

    def mend(self, now: float) -> bool:
        """Every 5 ms while this line loses, which is the answer: sends again what a loss would hurt
        most. Not where the line has shown its limit: there a copy takes a packet's place."""
        if not self._mending.is_on(now) or self.kind != "video":
            return False
        if self.source is not None and self.started and self.estimate.limit_bps is None:
            for packet in self._mending.due(self.source.newest, self.counters.octets, now):
                if self._rewriter.belongs(packet.sequence):
                    self._retransmit(packet, self._rewriter.sequence(packet.sequence), now)
        return True

    def _keyframe_floor(self) -> int:
        newest = self._rewriter.highest
        if rtp.sequence_delta(newest, self._keyframe_sequence) > _STALE:
            self._keyframe_sequence = (newest - _STALE // 2) & 0xFFFF
        return self._keyframe_sequence

    def _may_resend(self, sequence: int, now: float) -> bool:
        tries, last = self._resends.pop(sequence, (0, float("-inf")))
        allowed = tries < MAX_RESENDS and now - last >= RESEND_GAP_SECONDS
        self._resends[sequence] = (tries + 1, now) if allowed else (tries, last)
        if len(self._resends) > RESEND_LOG:
            del self._resends[next(iter(self._resends))]
        return allowed

    def _retransmit(self, packet: Packet, sequence: int, now: float) -> None:
        negotiated = self._payload_types.get(packet.payload_type)
        if negotiated is None:
            return
        payload = packet.payload
        if negotiated.codec.name == "VP8":
            payload = self._rewriter.pictures.renumber(payload)
        elif packet.payload_type in self._unpacks:
            payload = self._unpacks[packet.payload_type](payload) or b""
        marker = 0x80 if packet.marker else 0
        timestamp = self._rewriter.timestamp(packet.timestamp)
        ssrc, payload_type, number = self.ssrc, negotiated.payload_type, sequence
        if negotiated.rtx is not None:
            payload = sequence.to_bytes(2, "big") + payload
            self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
            ssrc, payload_type, number = self.rtx_ssrc, negotiated.rtx, self._rtx_sequence
        self._transmit(payload_type | marker, number, timestamp, ssrc, packet.level, payload, now)
        self.counters.resent += 1

    def pad(self, now: float) -> int:
        """Sends a packet of padding alone on the repair stream, as a probe of the line; the octets
        it has, 0 where it cannot (RFC 3550 §5.1, RFC 4588 §8.4)."""
        repair = next((each.rtx for each in self._outgoing.values() if each.rtx is not None), None)
        if repair is None or not self._extensions.transport_cc:
            return 0
        self._rtx_sequence = (self._rtx_sequence + 1) & 0xFFFF
        head, tail = self._blocks.get(-1) or self._block(-1)
        stamp = self._history.sent(len(_PADDING), now)
        timestamp = self._rewriter.timestamp(0)
        header = rtp.HEADER.pack(0xB0, repair, self._rtx_sequence, timestamp, self.rtx_ssrc)
        self._send(header + head + stamp + tail + _PADDING)
        return len(_PADDING)

    def keyframe_requested(self, now: float) -> None:
        """The subscriber cannot decode: its request goes to the source."""
        self.counters.keyframe_requests += 1
        if self.source is not None:
            self.source.want_keyframe(now)

    def report(self, now: float) -> None:
        """Sends the source's clock in this stream's numbers, so that lips match.

        Carried forward from the sender's last report: browsers need two before they match lips,
        and send one for sound only every 5 s.
        """
        if not self.started or self.source is None or self.source.clock is None:
            return
        ntp, timestamp = self.source.clock
        here = ntp_time(now)
        elapsed = here - ntp
        if not 0 <= elapsed <= MAX_CARRIED_FORWARD:
            return
        ticks = elapsed * self._clock_rate >> 32
        report = SenderReport(self.ssrc, here, self._rewriter.timestamp(timestamp + ticks))
        self._send_control(
            rtcp.sender_report(
                report,
                packets=self.counters.packets,
                octets=self.counters.octets,
                cname=self.cname.encode(),
            )
        )

    def reported(self, block: ReportBlock, now: float) -> None:
        """What the subscriber says of this stream; the round trip as RFC 3550 §6.4.1."""
        self.counters.fraction_lost = block.fraction_lost / 256
        lost_before = self.source.fraction_lost if self.source else 0.0
        if self.kind == "video":
            self.estimate.fraction_lost = max(0.0, self.counters.fraction_lost - lost_before)
        self.counters.lost = block.lost
        if block.lsr:
            trip = ((ntp_time(now) >> 16) - block.lsr - block.dlsr) & 0xFFFFFFFF
            if trip <= LONGEST_ROUND_TRIP:
                self.counters.round_trip = trip / 65_536
