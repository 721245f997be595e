"""A connection that receives from us: its outgoing streams, and what their receiver reports."""

from collections.abc import Mapping

from app.signalling.media import answer as written
from app.signalling.media import rtcp
from app.signalling.media.bandwidth import ViewerEstimate
from app.signalling.media.connection import Connection, Surroundings
from app.signalling.media.downstream import Downstream, Extensions
from app.signalling.media.hub import TrackHub
from app.signalling.media.reception import ReportBlock
from app.signalling.media.rtcp import KeyframeRequest, Nack, Remb, Report
from app.signalling.media.sdp import Media, Offer, parse_offer
from app.signalling.media.statistics import ConnectionStatistics, StreamStatistics, age
from app.signalling.peers import PeerListener

EXTENSIONS = (written.MID, written.AUDIO_LEVEL, written.ABS_SEND_TIME)
REPORT_SECONDS = 1.0


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
        self._remb: int | None = None
        self._next_report = 0.0

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
            ),
        )
        group = f"pair{rank}"
        return written.Line(
            media=media,
            direction="sendonly" if receives else "inactive",
            codecs=media.codecs,
            extensions=EXTENSIONS,
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
        )
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
        if isinstance(report, Remb):
            self._remb = report.bps
            self._estimate.sent(self.connection.traffic.octets_out, now)
            self._estimate.reported(report.bps, now)
            return
        downstream = self._by_ssrc.get(report.ssrc)
        if downstream is None:
            return
        if isinstance(report, Nack):
            downstream.resend(report.sequences, now)
        elif isinstance(report, KeyframeRequest):
            downstream.keyframe_requested(now)
        elif isinstance(report, ReportBlock):
            downstream.reported(report, now)

    def ready(self, now: float) -> None:  # noqa: ARG002 - the same for both ends
        """The keys are there: the chosen tracks begin, with a keyframe asked for at once."""
        self.select(self._wanted)

    def moved(self, now: float) -> None:
        """Another path: what was lost between is shown again from a keyframe on."""
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
        if now >= self._next_report:
            self._next_report = now + REPORT_SECONDS
            for downstream in self._downstreams.values():
                downstream.report(now)

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
            streams=tuple(self._stream(d, now) for d in self._downstreams.values()),
            estimate_bps=self._remb,
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
