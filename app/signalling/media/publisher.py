"""A connection that sends to us: its tracks, and the feedback that goes back to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from secrets import randbits

from app.signalling.media import answer as written
from app.signalling.media import rtcp, rtp
from app.signalling.media.bandwidth import send_limit
from app.signalling.media.connection import Connection, Surroundings
from app.signalling.media.forwarder import Forwarder
from app.signalling.media.hub import TrackHub
from app.signalling.media.rtcp import SenderReport
from app.signalling.media.rtp import Header, Packet
from app.signalling.media.sdp import Media, Offer, parse_offer
from app.signalling.media.senderclock import SenderClock, ntp_time
from app.signalling.media.statistics import ConnectionStatistics, TrackStatistics, age
from app.signalling.media.twcc import ArrivalRecorder
from app.signalling.peers import OfferRefused, PeerListener

EXTENSIONS = (written.MID, written.AUDIO_LEVEL, written.TRANSPORT_CC)
FEEDBACK_SECONDS = 0.05
"""Transport-wide feedback; the draft's range is 50 to 250 ms."""

REPORT_SECONDS = 1.0
MAX_ADOPTED = 64


@dataclass
class _Track:
    """One m-line that sends. `ssrc` is 0 until a packet or the offer says it."""

    track_id: str
    media: Media
    forwarder: Forwarder
    ssrc: int = 0
    repairs: dict[int, int] = field(default_factory=dict)


class Publisher:
    """Receives one participant's tracks. Never offers."""

    def __init__(self, *, node: Surroundings, hub: TrackHub, listener: PeerListener) -> None:
        self.connection = Connection(node, listener, self)
        self._hub = hub
        self._clock = node.clock
        self._ssrc = randbits(31) | 1
        self._tracks: dict[str, _Track] = {}
        self._streams: dict[int, _Track] = {}
        self._extensions: dict[str, int] = {}
        self._arrivals = ArrivalRecorder()
        self._sender_clock = SenderClock()
        self._next_feedback = 0.0
        self._next_report = 0.0

    def answer(self, offer_sdp: str, tracks: Mapping[str, str]) -> str:
        """Answers an offer; `tracks` names each sending mid's track.

        Again for a renegotiation or an ICE restart, which keep DTLS. Raises OfferRefused, and
        then nothing has changed.
        """
        offer = parse_offer(offer_sdp)
        self.connection.check(offer)
        if not set(tracks) <= {media.mid for media in offer.media}:
            raise OfferRefused("a track names an m-line that the offer does not have")
        lines = [self._line(offer, media, tracks) for media in offer.media]
        answer = self.connection.answer(offer, lines)
        self._take_over(offer, {mid: tracks[mid] for mid in _sending(lines) if mid in tracks})
        return answer

    def _line(self, offer: Offer, media: Media, tracks: Mapping[str, str]) -> written.Line:
        if media.media_kind is None or media.mid not in offer.bundle:
            return written.Line(media)
        sends = media.mid in tracks and media.direction in {"sendonly", "sendrecv"}
        return written.Line(
            media=media,
            direction="recvonly" if sends else "inactive",
            codecs=media.codecs,
            extensions=EXTENSIONS,
        )

    def _take_over(self, offer: Offer, tracks: Mapping[str, str]) -> None:
        for mid in [
            mid for mid, track in self._tracks.items() if tracks.get(mid) != track.track_id
        ]:
            self._drop(mid)
        self._streams.clear()
        for media in offer.media:
            if media.mid in tracks:
                self._extensions.update(media.extensions)
                self._take(media, tracks[media.mid])

    def _take(self, media: Media, track_id: str) -> None:
        track = self._tracks.get(media.mid)
        if track is None:
            track = self._new_track(media, track_id)
        track.media = media
        track.forwarder.configure({codec.payload_type: codec.codec for codec in media.codecs})
        track.repairs = {c.rtx: c.payload_type for c in media.codecs if c.rtx is not None}
        primaries = [ssrc for ssrc in media.ssrcs if ssrc not in media.rtx_ssrcs.values()]
        if primaries:
            self._source(track, primaries[0])
            if primaries[0] in media.rtx_ssrcs:
                self._streams[media.rtx_ssrcs[primaries[0]]] = track
        elif track.ssrc:
            self._streams[track.ssrc] = track
        self._hub.publish(track_id, track.forwarder)

    def _new_track(self, media: Media, track_id: str) -> _Track:
        mid = media.mid
        forwarder = Forwarder(
            kind=media.media_kind or "audio",
            ask=partial(self._ask, mid),
            request_keyframe=partial(self._request_keyframe, mid),
        )
        self._tracks[mid] = _Track(track_id, media, forwarder)
        return self._tracks[mid]

    def _source(self, track: _Track, ssrc: int) -> None:
        if track.ssrc not in {0, ssrc}:
            self._streams.pop(track.ssrc, None)
            track.forwarder.begin()
        track.ssrc = ssrc
        self._streams[ssrc] = track

    def _drop(self, mid: str) -> None:
        track = self._tracks.pop(mid)
        self._hub.withdraw(track.track_id, track.forwarder)

    def candidate(self, candidate: str | None) -> None:
        """Takes a trickled candidate. A lite agent needs none: the peer's checks tell."""

    def close(self) -> None:
        """Ends the connection and its tracks."""
        self.connection.close()

    def rtp(self, data: bytes, now: float) -> None:
        """One packet of one of the tracks, or a repair of one."""
        header = rtp.parse_header(data)
        if header is None:
            return
        identifier = self._extensions.get(written.TRANSPORT_CC)
        if identifier:
            number = rtp.find_extension(data, header, identifier)
            if number is not None and len(number) == 2:
                self._arrivals.received(rtp.uint16(number), now)
        track = self._streams.get(header.ssrc) or self._adopt(data, header)
        if track is None:
            return
        if header.payload_type in track.repairs:
            self._repair(track, data, header, now)
        else:
            self._forward(track, data, header, now)

    def _forward(self, track: _Track, data: bytes, header: Header, now: float) -> None:
        level = -1
        if track.forwarder.kind == "audio":
            identifier = self._extensions.get(written.AUDIO_LEVEL, 0)
            value = rtp.find_extension(data, header, identifier) if identifier else None
            level = value[0] if value else -1
        track.forwarder.receive(
            Packet(
                header.sequence,
                header.timestamp,
                header.marker,
                header.payload_type,
                data[header.payload_start : header.payload_end],
                now,
                level,
            )
        )

    def _repair(self, track: _Track, data: bytes, header: Header, now: float) -> None:
        """A retransmission carries the original number before the payload (RFC 4588 §4)."""
        start = header.payload_start
        if header.payload_end - start <= 2:
            return
        track.forwarder.receive(
            Packet(
                rtp.uint16(data[start : start + 2]),
                header.timestamp,
                header.marker,
                track.repairs[header.payload_type],
                data[start + 2 : header.payload_end],
                now,
                retransmitted=True,
            )
        )

    def _adopt(self, data: bytes, header: Header) -> _Track | None:
        """Finds the m-line of an unannounced SSRC by its mid (RFC 9143 §9.2), else its format."""
        if len(self._streams) >= MAX_ADOPTED:
            return None
        identifier = self._extensions.get(written.MID, 0)
        value = rtp.find_extension(data, header, identifier) if identifier else None
        if value is not None:
            found = [t for t in self._tracks.values() if t.media.mid.encode() == value]
        else:
            found = [t for t in self._tracks.values() if _could_be(t, header.payload_type)]
        if len(found) != 1 or not _has_format(found[0], header.payload_type):
            return None
        if header.payload_type in found[0].repairs:
            self._streams[header.ssrc] = found[0]
        else:
            self._source(found[0], header.ssrc)
        return found[0]

    def rtcp(self, data: bytes, now: float) -> None:
        """Sender reports of the tracks."""
        for report in rtcp.parse(data):
            if isinstance(report, SenderReport):
                track = self._streams.get(report.ssrc)
                if track is not None and track.ssrc == report.ssrc:
                    track.forwarder.reception.sender_reported(report.ntp, now)
                    on_node = self._sender_clock.to_node(report.ntp, ntp_time(now))
                    track.forwarder.sender_reported(on_node, report.rtp, now)

    def ready(self, now: float) -> None:
        """The keys are there; who waits for a keyframe may ask at last."""
        for track in self._tracks.values():
            track.forwarder.tick(now)

    def moved(self, now: float) -> None:
        """Another path: what was lost between is not worth asking for, a keyframe is."""
        for track in self._tracks.values():
            if track.forwarder.downstreams:
                track.forwarder.want_keyframe(now)

    def ended(self, now: float) -> None:  # noqa: ARG002 - the same for both ends
        """All tracks end."""
        for mid in list(self._tracks):
            self._drop(mid)
        self._streams.clear()

    def _ask(self, mid: str, sequences: Sequence[int]) -> None:
        track = self._tracks.get(mid)
        if track is not None and track.ssrc:
            self.connection.send_rtcp(rtcp.nack(self._ssrc, track.ssrc, sequences))

    def _request_keyframe(self, mid: str) -> None:
        track = self._tracks.get(mid)
        if track is not None and track.ssrc:
            self.connection.send_rtcp(rtcp.picture_loss(self._ssrc, track.ssrc))

    def tick(self, now: float) -> None:
        """Every 20 ms: repeats and reports that are due."""
        for track in self._tracks.values():
            track.forwarder.tick(now)
        if now >= self._next_feedback:
            self._next_feedback = now + FEEDBACK_SECONDS
            self._send_feedback()
        if now >= self._next_report:
            self._next_report = now + REPORT_SECONDS
            self._send_reports(now)

    def _send_feedback(self) -> None:
        details = self._arrivals.feedback()
        if details is not None:
            media = next(iter(self._streams), 0)
            self.connection.send_rtcp(rtcp.transport_feedback(self._ssrc, media, details))

    def _send_reports(self, now: float) -> None:
        tracks = [track for track in self._tracks.values() if track.ssrc]
        blocks = [t.forwarder.report_block(t.ssrc, now) for t in tracks]
        if not blocks or not self.connection.is_connected:
            return
        self.connection.send_rtcp(rtcp.receiver_report(self._ssrc, blocks))
        video = [t for t in tracks if t.forwarder.kind == "video"]
        if video:
            limit = send_limit([d.estimate for d in t.forwarder.downstreams] for t in video)
            self.connection.send_rtcp(rtcp.remb(self._ssrc, limit, [t.ssrc for t in video]))

    def statistics(self, now: float) -> ConnectionStatistics:
        """Figures of the connection and each track."""
        traffic = self.connection.traffic
        return ConnectionStatistics(
            role="publisher",
            connected=self.connection.is_connected,
            packets_in=traffic.packets_in,
            octets_in=traffic.octets_in,
            packets_out=traffic.packets_out,
            octets_out=traffic.octets_out,
            refused=traffic.refused,
            tracks=tuple(_statistics(track, now) for track in self._tracks.values()),
        )


def _sending(lines: Sequence[written.Line]) -> list[str]:
    return [line.media.mid for line in lines if line.codecs and line.direction == "recvonly"]


def _could_be(track: _Track, payload_type: int) -> bool:
    """Without a mid, only a line whose stream is not known yet can be meant."""
    return payload_type in track.repairs or (not track.ssrc and _has_format(track, payload_type))


def _has_format(track: _Track, payload_type: int) -> bool:
    return payload_type in track.forwarder.codecs or payload_type in track.repairs


def _statistics(track: _Track, now: float) -> TrackStatistics:
    forwarder = track.forwarder
    return TrackStatistics(
        track_id=track.track_id,
        kind=forwarder.kind,
        packets=forwarder.reception.packets,
        octets=forwarder.reception.octets,
        lost=forwarder.reception.lost,
        duplicates=forwarder.duplicates,
        nacks_sent=forwarder.nacks_sent,
        plis_sent=forwarder.keyframes.requests,
        keyframes=forwarder.keyframes.keyframes,
        subscribers=len(forwarder.downstreams),
        last_packet_age=age(now, forwarder.reception.last_arrival),
    )
