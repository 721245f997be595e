"""One incoming stream: keeps its last packets and passes each on to every downstream.

A track is one of them, or the layers of a simulcast: see `layers`.

Pure and synchronous: no coroutine, no clock, no socket. It drops rather than waits.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from app.signalling.media.codecs import Codec, Kind
from app.signalling.media.downstream import Downstream
from app.signalling.media.keyframes import KeyframeRequests
from app.signalling.media.nack import NackGenerator
from app.signalling.media.reception import Reception, ReportBlock
from app.signalling.media.ring import PacketRing
from app.signalling.media.rtp import Packet, sequence_delta
from app.signalling.media.tap import Tap

VIDEO_RING, AUDIO_RING = 1_024, 128
"""Packets: 2 s of video at 4 Mb/s, and of sound every 20 ms."""

VIDEO_OCTETS, AUDIO_OCTETS = 524_288, 32_768
"""2 s at 2 Mb/s, and of sound at 128 kb/s."""

REPLAY_SECONDS = 0.6
REPLAY_PACKETS = 256
"""A younger keyframe is replayed to a newcomer: just over the time in which none may be asked."""

GAP_SECONDS = 1.0
"""Silence after which a flow counts as resumed: viewers need a keyframe, and soon."""

TAIL_SECONDS, LATEST_TAIL_SECONDS = 0.008, 0.1
"""A picture's packets follow one another within 5 ms (Chromium's pacer); one that breaks off for
longer has lost its end, which its sequence numbers show only when the next picture comes."""

STRIDES, STRIDE_PACKETS = 1.5, 16
"""A thin line takes longer from packet to packet, at 0.5 Mb/s 20 ms: the next one stands in its
queue, and sent again it takes another's place. Nothing has broken off before one and a half of the
longest step of late."""

TAIL_PACKETS = 2
"""Asked for unseen: a sender that has not sent them has nothing to send again."""

RECORDED_KEYFRAME_SECONDS = 15.0
"""A recording can be entered at its keyframes alone; a call has no need of them and makes none."""


class Forwarder:
    """One stream or layer of a track, the sender at one end and downstreams at the other.

    `ask` sends a NACK and `request_keyframe` a PLI to the sender.
    """

    def __init__(
        self,
        *,
        kind: Kind,
        ask: Callable[[Sequence[int]], None],
        request_keyframe: Callable[[], None],
    ) -> None:
        self.kind = kind
        self.codecs: dict[int, Codec] = {}
        self._opens: dict[int, Callable[[bytes], bool]] = {}
        self.reception = Reception(48_000 if kind == "audio" else 90_000)
        self.keyframes = KeyframeRequests()
        self.nacks_sent = 0
        self.duplicates = 0
        self.clock: tuple[int, int] | None = None
        self._ask = ask
        self._request_keyframe = request_keyframe
        is_video = kind == "video"
        self._ring = PacketRing(
            VIDEO_RING if is_video else AUDIO_RING, VIDEO_OCTETS if is_video else AUDIO_OCTETS
        )
        self._nack = NackGenerator()
        self._tail = (-1, 0.0)
        self._downstreams: list[Downstream] = []
        self._arriving: list[Downstream] = []
        self._keyframe_sequence = -1
        self._keyframe_timestamp = -1
        self._begun: Callable[[], None] | None = None
        self._tap: Tap | None = None

    @property
    def fraction_lost(self) -> float:
        """What did not come from the sender lately, 0 to 1."""
        return self.reception.fraction_lost

    @property
    def downstreams(self) -> tuple[Downstream, ...]:
        """Who receives this track."""
        return tuple(self._downstreams)

    @property
    def is_needed(self) -> bool:
        """Somebody receives or records this, or waits for its next keyframe to do so."""
        return bool(self._downstreams or self._arriving or self._begun or self._tap)

    def flows(self, now: float) -> bool:
        """Whether anything came lately."""
        return now - self.reception.last_arrival < GAP_SECONDS

    def has_young_keyframe(self, now: float) -> bool:
        """Whether a newcomer need not wait for the next one."""
        age = now - self.keyframes.last_keyframe
        return self._keyframe_sequence >= 0 and age <= REPLAY_SECONDS

    def configure(self, codecs: Mapping[int, Codec]) -> None:
        """Which codec each of the sender's payload types is."""
        changed = self.codecs != codecs
        self.codecs = dict(codecs)
        self._opens = {number: codec.is_keyframe_start for number, codec in codecs.items()}
        for downstream in self._downstreams:
            downstream.remap()
        if changed and self._tap is not None:
            self._tap.begins(self.codecs)

    def record(self, tap: Tap | None, now: float) -> None:
        """Record from now on, from a keyframe, or no more."""
        self._tap = tap
        if tap is not None:
            tap.begins(self.codecs)
            self.want_keyframe(now)

    def begin(self) -> None:
        """The sender starts a new stream (another SSRC): nothing before it counts."""
        self._ring.clear()
        self._nack.forget()
        self._keyframe_sequence = -1
        self._keyframe_timestamp = -1
        self.reception = Reception(self.reception.clock_rate)
        self.clock = None
        if self._tap is not None:
            self._tap.begins(self.codecs)
        for downstream in self._downstreams:
            downstream.restart()

    def when_begun(self, begun: Callable[[], None]) -> None:
        """Calls once, with the next sound or the next keyframe: there is something to show."""
        self._begun = begun

    def is_shown(self) -> None:
        """Nobody waits for a beginning any more."""
        self._begun = None

    def add(self, downstream: Downstream, now: float) -> None:
        """A newcomer: gets the youngest keyframe and all that followed, or one is asked for."""
        downstream.attach(self)
        self._downstreams.append(downstream)
        if self.kind == "video" and not self._replay(downstream, now):
            self.want_keyframe(now)

    def remove(self, downstream: Downstream) -> None:
        """Nothing more to this one."""
        self.unexpect(downstream)
        if downstream in self._downstreams:
            self._downstreams.remove(downstream)
            downstream.detach()

    def expect(self, downstream: Downstream, now: float) -> None:
        """Takes over, at the next keyframe, one that another layer serves until then."""
        if downstream not in self._arriving and downstream not in self._downstreams:
            self._arriving.append(downstream)
            if self.flows(now):
                self.want_keyframe(now)

    def unexpect(self, downstream: Downstream) -> None:
        """It stays where it is."""
        if downstream in self._arriving:
            self._arriving.remove(downstream)

    def take_over(self, downstream: Downstream, now: float) -> None:
        """Serves, from now on, one whose layer has fallen silent: as a newcomer."""
        self._release(downstream)
        self.add(downstream, now)

    def _release(self, downstream: Downstream) -> None:
        """The layer before lets go without a word; the numbers of the stream go on."""
        self.unexpect(downstream)
        before = downstream.source
        if isinstance(before, Forwarder):
            before.let_go(downstream)

    def let_go(self, downstream: Downstream) -> None:
        """Another layer serves it from now on."""
        if downstream in self._downstreams:
            self._downstreams.remove(downstream)

    def _welcome(self, packet: Packet) -> None:
        """A keyframe has begun: who waited for it switches here."""
        following = list(self._ring.since(packet.sequence, packet.arrival))
        for downstream in list(self._arriving):
            self._release(downstream)
            downstream.switch(self, following, packet.arrival)
            self._downstreams.append(downstream)

    def _replay(self, downstream: Downstream, now: float) -> bool:
        if not self.has_young_keyframe(now):
            return False
        packets = list(self._ring.since(self._keyframe_sequence, now))
        if not packets or len(packets) > REPLAY_PACKETS:
            return False
        if len(packets) <= sequence_delta(self._ring.highest, self._keyframe_sequence):
            return False
        downstream.start(packets, now)
        return True

    def receive(self, packet: Packet) -> None:
        """Takes a packet in and passes it on."""
        if not self._ring.put(packet):
            self.duplicates += 1
            return
        previous = self.reception.last_arrival
        self.reception.received(packet)
        if self._tap is not None:
            self._tap.packet(packet)
        if self.kind == "audio":
            self._ask_for_missing(packet)
            self._pass_on(packet, starts=True)
            self._begin(packet, starts=True)
            return
        starts = self._note_keyframe(packet)
        resumed = packet.arrival - previous > GAP_SECONDS
        self._watch(packet, resumed=resumed and not starts)
        self._pass_on(packet, starts=starts)
        if starts and self._arriving:
            self._welcome(packet)
        self._begin(packet, starts=starts)

    def _begin(self, packet: Packet, *, starts: bool) -> None:
        """Tells who waits for a beginning. After passing on: whoever is added gets it replayed,
        and a recording that goes over to this stream begins with it."""
        if self._begun is None:
            return
        if starts:
            begun, self._begun = self._begun, None
            was_recorded = self._tap is not None
            begun()
            if self._tap is not None and not was_recorded:
                self._tap.packet(packet)
        else:
            self.want_keyframe(packet.arrival)

    def _ask_for_missing(self, packet: Packet) -> None:
        missing = self._nack.received(packet.sequence, packet.arrival)
        if missing:
            self.nacks_sent += len(missing)
            self._ask(missing)

    def _watch(self, packet: Packet, *, resumed: bool) -> None:
        self._ask_for_missing(packet)
        if self._nack.overflowed:
            self._nack.overflowed = False
            for downstream in self._downstreams:
                downstream.restart()
            self.want_keyframe(packet.arrival)
        elif resumed:
            self.want_keyframe(packet.arrival)

    def _note_keyframe(self, packet: Packet) -> bool:
        opens = self._opens.get(packet.payload_type)
        if opens is None or not opens(packet.payload):
            return False
        if packet.timestamp == self._keyframe_timestamp:
            return False
        self._keyframe_timestamp = packet.timestamp
        self._keyframe_sequence = packet.sequence
        self.keyframes.arrived(packet.arrival)
        self._nack.give_up_before(packet.sequence)
        return True

    def _pass_on(self, packet: Packet, *, starts: bool) -> None:
        now = packet.arrival
        video = self.kind == "video"
        for downstream in self._downstreams:
            if downstream.started:
                if starts and video:
                    downstream.keyframe(packet.sequence)
                downstream.forward(packet, now)
            elif starts:
                following = list(self._ring.since(packet.sequence, now)) if video else [packet]
                downstream.start(following, now)

    def sender_reported(self, ntp: int, timestamp: int, now: float) -> None:
        """The sender's clock, `ntp` on the node's time. Who has not heard any is told at once."""
        first = self.clock is None
        self.clock = (ntp, timestamp)
        if self._tap is not None:
            self._tap.clock(ntp, timestamp, now)
        if first:
            for downstream in self._downstreams:
                downstream.report(now)

    def report_block(self, ssrc: int, now: float) -> ReportBlock:
        """What the sender is told. For sound the loss on the whole way to the worst viewer counts:
        it decides how much forward error correction goes with it (RFC 6716 §2.1.7)."""
        block = self.reception.report(ssrc, now)
        if self.kind == "video":
            return block
        worst = max((d.counters.fraction_lost for d in self._downstreams), default=0.0)
        arrives = (1 - block.fraction_lost / 256) * (1 - worst)
        return block._replace(fraction_lost=min(255, int((1 - arrives) * 256)))

    @property
    def newest(self) -> Packet | None:
        """The packet of the highest number."""
        return self._ring.newest

    def held(self, sequence: int, now: float) -> Packet | None:
        """A packet by its number, when it is still held."""
        return self._ring.get(sequence, now)

    def missed(self, sequence: int, now: float) -> None:
        """Somebody needs a packet that is not held: unless it is still awaited, only a keyframe
        helps. A browser left alone with the hole freezes for 3 s before it asks (measured)."""
        if not self._nack.awaits(sequence):
            self.want_keyframe(now)

    def want_keyframe(self, now: float) -> None:
        """Somebody cannot go on without a keyframe."""
        lossy = self._nack.is_lossy(now)
        if self.kind == "video" and self.is_needed and self.keyframes.want(now, lossy=lossy):
            self._request_keyframe()

    def tick(self, now: float) -> None:
        """Every 20 ms or so: repeats what was asked for and has not come."""
        self._ask_again(now)
        if self.is_needed and self.keyframes.due(now, lossy=self._nack.is_lossy(now)):
            self._request_keyframe()
        if self._tap is not None and self.flows(now):
            self._keep_seekable(now)

    def _ask_again(self, now: float) -> None:
        missing = self._nack.due(now)
        if missing:
            self.nacks_sent += len(missing)
            self._ask(missing)

    def mend(self, now: float) -> bool:
        """Every 5 ms while the sender's line loses, which is the answer: repeats sooner, and asks
        for the end of a picture that does not come."""
        if not self._nack.is_lossy(now):
            return False
        self._ask_again(now)
        newest = self._ring.newest
        if self.kind == "video" and newest is not None and not newest.marker:
            self._ask_for_tail(newest, now)
        return True

    def _ask_for_tail(self, newest: Packet, now: float) -> None:
        after, asked_at = self._tail
        was_asked = after == newest.sequence and now - asked_at < self._nack.retry_seconds
        if was_asked or not TAIL_SECONDS <= now - newest.arrival <= LATEST_TAIL_SECONDS:
            return
        if now - newest.arrival < STRIDES * self._stride(newest, now):
            return
        self._tail = (newest.sequence, now)
        self.nacks_sent += TAIL_PACKETS
        self._ask([(newest.sequence + step) & 0xFFFF for step in range(1, TAIL_PACKETS + 1)])

    def _stride(self, newest: Packet, now: float) -> float:
        """Seconds from a packet of a picture to the next, the longest of late; 0 when unknown. A
        repair beside what was not lost tells nothing of it."""
        numbers = range(newest.sequence - STRIDE_PACKETS, newest.sequence + 1)
        held = (self._ring.get(number & 0xFFFF, now) for number in numbers)
        steps = (
            after.arrival - before.arrival
            for before, after in pairwise(held)
            if before and after and before.timestamp == after.timestamp
            if before.retransmitted == after.retransmitted
        )
        return max(steps, default=0.0)

    def _keep_seekable(self, now: float) -> None:
        if now - self.keyframes.last_keyframe > RECORDED_KEYFRAME_SECONDS:
            self.want_keyframe(now)
