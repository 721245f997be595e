"""A connection that receives from us: its outgoing streams, and what their receiver reports."""

from collections.abc import Mapping
from secrets import randbits

from app.signalling.media import answer as written
from app.signalling.media import rtcp, twcc
from app.signalling.media.allocation import Wish, allocate
from app.signalling.media.bandwidth import SOUND_BPS, ViewerEstimate
from app.signalling.media.connection import Connection, Surroundings
from app.signalling.media.downstream import Downstream, Extensions
from app.signalling.media.hub import TrackHub
from app.signalling.media.layers import PAUSED, Track
from app.signalling.media.lineestimate import LineEstimate
from app.signalling.media.reception import ReportBlock
from app.signalling.media.rtcp import (
    KeyframeRequest,
    Nack,
    ReceiverTime,
    Remb,
    Report,
    TransportFeedback,
)
from app.signalling.media.sdp import Media, Offer, parse_offer
from app.signalling.media.sendhistory import OVERHEAD_OCTETS, SendHistory
from app.signalling.media.statistics import ConnectionStatistics, StreamStatistics, age
from app.signalling.peers import PeerListener, PicturesPaused

EXTENSIONS = (written.MID, written.AUDIO_LEVEL, written.PLAYOUT_DELAY)
REPORT_SECONDS = 1.0
ALLOCATE_SECONDS = 0.2
REPEAT_BPS = 350_000
"""A thinner line has better use for the 30 kb/s that it takes to send sound twice."""

TICK_SECONDS = 0.02
"""How often `tick` comes, roughly: the measure of a probe."""

MAX_PADDING = 40
"""Packets in one tick, whatever the rate: 5 Mb/s."""

PADDING_OCTETS = 255 + OVERHEAD_OCTETS
PROBE_MARGIN = 1.2
"""Nothing is to be found beyond what the best layers need, with the allocator's headroom."""

CLOCK_SECONDS = 0.1
"""Between answers to a receiver's clock: Chromium tells it about once a second."""

PULSE_SECONDS = 0.25
"""Nothing sent for this long: an empty report says that the line lives (RFC 3550 §6.4.2). A second
of silence is then a lost line, whether or not anybody speaks; a quiet line carries 2 kb/s of it."""


class Subscriber:
    """Sends the chosen tracks to one participant. Never offers.

    The n-th audio m-line and the n-th video m-line form one stream in the answer, so a browser
    keeps them in step: put a person's sound and picture on lines of the same rank.
    """

    def __init__(self, *, node: Surroundings, hub: TrackHub, listener: PeerListener) -> None:
        self.connection = Connection(node, listener, self)
        self._hub = hub
        self._clock = node.clock
        self._downstreams: dict[str, Downstream] = {}
        self._by_ssrc: dict[int, Downstream] = {}
        self._wanted: dict[str, str | None] = {}
        self._estimate = ViewerEstimate()
        self._listener = listener
        self._line_estimate = LineEstimate()
        self._history = SendHistory()
        self._shown: dict[str, int | None] = {}
        self._paused: tuple[str, ...] = ()
        self._next_allocation = 0.0
        self._probed = (0.0, 0)
        self._remb: int | None = None
        self._next_report = 0.0
        self._ssrc = randbits(31) | 1
        self._pulse = (0, 0.0)
        self._clock_answered = float("-inf")

    def answer(self, offer_sdp: str) -> str:
        """Answers an offer to receive; again for a renegotiation or an ICE restart.

        Raises OfferRefused, and then nothing has changed.
        """
        offer = parse_offer(offer_sdp)
        self.connection.check(offer)
        ranks = {"audio": 0, "video": 0}
        lines = []
        for media in offer.media:
            kind = media.media_kind
            if kind is None or media.mid not in offer.bundle:
                lines.append(written.Line(media))
                continue
            lines.append(self._line(media, ranks[kind]))
            ranks[kind] += 1
        answer = self.connection.answer(offer, lines)
        self._keep([line.media.mid for line in lines if line.codecs], offer)
        self.select(self._wanted)
        return answer

    def _line(self, media: Media, rank: int) -> written.Line:
        receives = media.direction in {"recvonly", "sendrecv"}
        downstream = self._downstream(media)
        downstream.configure(
            media.codecs,
            Extensions(
                mid=media.extensions.get(written.MID, 0),
                audio_level=media.extensions.get(written.AUDIO_LEVEL, 0),
                abs_send_time=media.extensions.get(written.ABS_SEND_TIME, 0),
                transport_cc=media.extensions.get(written.TRANSPORT_CC, 0),
                playout_delay=media.extensions.get(written.PLAYOUT_DELAY, 0),
            ),
        )
        group = f"pair{rank}"
        return written.Line(
            media=media,
            direction="sendonly" if receives else "inactive",
            codecs=media.codecs,
            extensions=(*EXTENSIONS, _feedback_extension(media)),
            stream=written.Stream(
                downstream.ssrc, downstream.rtx_ssrc, cname=downstream.cname, group=group
            ),
        )

    def _downstream(self, media: Media) -> Downstream:
        known = self._downstreams.get(media.mid)
        if known is not None and known.kind == media.media_kind:
            return known
        self._forget(media.mid)
        downstream = Downstream(
            kind=media.media_kind or "audio",
            mid=media.mid,
            send=self.connection.send_rtp,
            send_control=self.connection.send_rtcp,
            cname="node",
            estimate=self._estimate,
            history=self._history,
        )
        downstream.shown = self._shown.get(media.mid)
        self._downstreams[media.mid] = downstream
        self._by_ssrc[downstream.ssrc] = downstream
        return downstream

    def _keep(self, mids: list[str], offer: Offer) -> None:
        receiving = {m.mid for m in offer.media if m.direction in {"recvonly", "sendrecv"}}
        for mid in [mid for mid in self._downstreams if mid not in mids or mid not in receiving]:
            self._forget(mid)

    def _forget(self, mid: str) -> None:
        downstream = self._downstreams.pop(mid, None)
        if downstream is not None:
            del self._by_ssrc[downstream.ssrc]
            self._hub.wish(downstream, None)

    def select(self, tracks: Mapping[str, str | None]) -> None:
        """Which track arrives on which mid: the whole mapping; a mid not named is idle.

        Unknown ids and mids are kept, and begin to flow when that track or line appears.
        """
        self._wanted = dict(tracks)
        if not self.connection.is_connected:
            return
        for mid, downstream in self._downstreams.items():
            self._hub.wish(downstream, self._wanted.get(mid))
        pictures = [d for d in self._downstreams.values() if d.kind == "video"]
        self._estimate.streams = sum(self._wanted.get(d.mid) is not None for d in pictures) or 1

    def candidate(self, candidate: str | None) -> None:
        """Takes a trickled candidate. A lite agent needs none: the peer's checks tell."""

    def close(self) -> None:
        """Ends the connection and its streams."""
        self.connection.close()

    def rtp(self, data: bytes, now: float) -> None:
        """Nothing: a subscriber sends no media."""

    def rtcp(self, data: bytes, now: float) -> None:
        """What the receiver says of the streams."""
        for report in rtcp.parse(data):
            self._reported(report, now)

    def _reported(self, report: Report, now: float) -> None:
        match report:
            case Remb():
                self._remb = report.bps
                self._estimate.sent(self.connection.traffic.octets_out, now)
                self._estimate.reported(report.bps, now)
            case TransportFeedback():
                self._fed_back(report.details, now)
            case ReceiverTime():
                self._answer_clock(report, now)
            case Nack() | KeyframeRequest() | ReportBlock():
                self._reported_of(report, now)

    def _answer_clock(self, asked: ReceiverTime, now: float) -> None:
        if now - self._clock_answered >= CLOCK_SECONDS:
            self._clock_answered = now
            self.connection.send_rtcp(rtcp.delay_since(self._ssrc, asked))

    def _reported_of(self, report: Nack | KeyframeRequest | ReportBlock, now: float) -> None:
        """What is said of one stream."""
        downstream = self._by_ssrc.get(report.ssrc)
        if downstream is None:
            return
        if isinstance(report, Nack):
            downstream.resend(report.sequences, now)
        elif isinstance(report, KeyframeRequest):
            downstream.keyframe_requested(now)
        else:
            downstream.reported(report, now)

    def _fed_back(self, details: bytes, now: float) -> None:
        arrivals = twcc.decode(details)
        if arrivals is not None:
            samples = self._history.reported(arrivals.base, arrivals.times)
            self._line_estimate.feedback(samples, now)
            self._estimate.measured(self._line_estimate.limit_bps)

    def ready(self, now: float) -> None:  # noqa: ARG002 - the same for both ends
        """The keys are there: the chosen tracks begin, with a keyframe asked for at once."""
        self.select(self._wanted)
        self._listener.took_over()

    def moved(self, now: float) -> None:
        """Another path: what was lost between is shown again from a keyframe on, and how much it
        carries is to be learnt anew."""
        self._line_estimate.moved(now)
        self._estimate.measured(None)
        for downstream in self._downstreams.values():
            if downstream.kind == "video" and downstream.source is not None:
                downstream.source.want_keyframe(now)

    def ended(self, now: float) -> None:  # noqa: ARG002 - the same for both ends
        """All streams end."""
        for mid in list(self._downstreams):
            self._forget(mid)

    def tick(self, now: float) -> None:
        """Every 20 ms: keeps the rate of sending known, and the receiver's clocks right."""
        self._estimate.sent(self.connection.traffic.octets_out, now)
        if now >= self._next_allocation:
            self._next_allocation = now + ALLOCATE_SECONDS
            self._allocate(now)
        self._probe(now)
        if now >= self._next_report:
            self._next_report = now + REPORT_SECONDS
            for downstream in self._downstreams.values():
                downstream.report(now)
        self._keep_pulse(now)

    def mend(self, now: float) -> bool:
        """Every 5 ms while packets are lost on the way from us, which is the answer."""
        lossy = [downstream.mend(now) for downstream in self._downstreams.values()]
        return any(lossy)

    def _keep_pulse(self, now: float) -> None:
        sent, since = self._pulse
        if self.connection.traffic.packets_out != sent:
            self._pulse = (self.connection.traffic.packets_out, now)
        elif now - since >= PULSE_SECONDS and self.connection.is_connected:
            self.connection.send_rtcp(rtcp.receiver_report(self._ssrc, []))
            self._pulse = (self.connection.traffic.packets_out, now)

    def _pictures(self) -> list[tuple[Downstream, Track]]:
        """The pictures that are wanted and there."""
        lines = [d for d in self._downstreams.values() if d.kind == "video"]
        found = [(line, self._hub.carried(line)) for line in lines]
        return [(line, track) for line, track in found if track is not None]

    def _allocate(self, now: float) -> None:
        """Gives each picture the layer that fits on the line, and says which do not fit at all."""
        pictures = self._pictures()
        wishes = [_wish(line, track, now) for line, track in pictures]
        limit = self._estimate.limit_bps
        self._repeat_sound(limit)
        chosen = allocate(None if limit is None else limit - self._sound_bps(), wishes)
        for (line, track), layer in zip(pictures, chosen, strict=True):
            track.choose(line, layer, now)
        self._tell_paused(
            tuple(
                self._hub.wished(line) or ""
                for (line, _), layer in zip(pictures, chosen, strict=True)
                if layer == PAUSED
            )
        )

    def _repeat_sound(self, limit: int | None) -> None:
        fits = limit is None or limit >= REPEAT_BPS
        for line in self._downstreams.values():
            if line.kind == "audio":
                line.repeat(fits=fits)

    def show(self, lines: Mapping[str, int | None]) -> None:
        """How many lines of a picture's shorter side are shown on these mids: a small tile needs no
        better layer, and what that would take is there for others."""
        self._shown = dict(lines)
        for mid, downstream in self._downstreams.items():
            downstream.shown = self._shown.get(mid)
        self._allocate(self._clock())

    def _sound_bps(self) -> int:
        lines = [d for d in self._downstreams.values() if d.kind == "audio"]
        return SOUND_BPS * sum(line.source is not None for line in lines)

    def _tell_paused(self, track_ids: tuple[str, ...]) -> None:
        if track_ids != self._paused:
            self._paused = track_ids
            self._listener.happened(PicturesPaused(track_ids))

    def _probe(self, now: float) -> None:
        """Padding up to the rate of a probe, while one is on."""
        pictures = self._pictures() if self._line_estimate.limit_bps is not None else []
        if not pictures:
            return
        best = sum(_wish(*each, now).rates[-1] for each in pictures) * PROBE_MARGIN
        rate = self._line_estimate.probe_bps(now, int(best) + self._sound_bps())
        since, octets = self._probed
        self._probed = (now, self.connection.traffic.octets_out)
        if not rate:
            return
        due = rate / 8 * min(now - since, 2 * TICK_SECONDS)
        due -= self.connection.traffic.octets_out - octets
        line = pictures[0][0]
        for _ in range(min(MAX_PADDING, int(due // PADDING_OCTETS))):
            line.pad(now)
        self._probed = (now, self.connection.traffic.octets_out)

    def statistics(self, now: float) -> ConnectionStatistics:
        """Figures of the connection and each stream."""
        traffic = self.connection.traffic
        return ConnectionStatistics(
            role="subscriber",
            connected=self.connection.is_connected,
            packets_in=traffic.packets_in,
            octets_in=traffic.octets_in,
            packets_out=traffic.packets_out,
            octets_out=traffic.octets_out,
            refused=traffic.refused,
            flooding=traffic.flooding,
            streams=tuple(self._stream(d, now) for d in self._downstreams.values()),
            estimate_bps=self._estimate.limit_bps or self._remb,
        )

    def _stream(self, downstream: Downstream, now: float) -> StreamStatistics:
        counters = downstream.counters
        return StreamStatistics(
            mid=downstream.mid,
            track_id=self._hub.wished(downstream),
            flowing=downstream.started,
            packets=counters.packets,
            octets=counters.octets,
            nacked=counters.nacked,
            resent=counters.resent,
            keyframe_requests=counters.keyframe_requests,
            fraction_lost=counters.fraction_lost,
            lost=counters.lost,
            round_trip=counters.round_trip,
            last_packet_age=age(now, counters.last_sent),
        )


def _wish(line: Downstream, track: Track, now: float) -> Wish:
    rates = track.rates(now)[: track.best_for(line.shown) + 1]
    return Wish(rates, track.chosen(line), important=track.important)


def _feedback_extension(media: Media) -> str:
    """Transport-wide numbers, or the time of sending for who can only give REMB."""
    has_numbers = written.TRANSPORT_CC in media.extensions
    return written.TRANSPORT_CC if has_numbers else written.ABS_SEND_TIME
