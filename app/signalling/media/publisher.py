"""A connection that sends to us: its tracks, and the feedback that goes back to it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from secrets import randbits

from app.signalling.media import answer as written
from app.signalling.media import rtcp, rtp
from app.signalling.media.agreement import agreed
from app.signalling.media.bandwidth import send_limit
from app.signalling.media.connection import Connection, Surroundings
from app.signalling.media.forwarder import Forwarder
from app.signalling.media.hub import TrackHub
from app.signalling.media.incoming import (
    IncomingTrack,
    Layer,
    could_be,
    has_format,
    limiting_viewers,
    lowest_first,
    track_statistics,
)
from app.signalling.media.layers import Track
from app.signalling.media.rtcp import SenderReport
from app.signalling.media.rtp import Header, Packet
from app.signalling.media.sdp import Media, Offer, parse_offer
from app.signalling.media.senderclock import SenderClock, ntp_time
from app.signalling.media.statistics import (
    ConnectionStatistics,
)
from app.signalling.media.telling import Telling
from app.signalling.media.tuples import new_tuple
from app.signalling.media.twcc import ArrivalRecorder
from app.signalling.peers import OfferRefused, PeerListener

EXTENSIONS = (
    written.MID,
    written.AUDIO_LEVEL,
    written.TRANSPORT_CC,
    written.RID,
    written.REPAIRED_RID,
)
FEEDBACK_SECONDS = 0.05
"""Transport-wide feedback; the draft's range is 50 to 250 ms."""

REPORT_SECONDS = 1.0
MAX_ADOPTED = 64


class Publisher:
    """Receives one participant's tracks. Never offers."""

    def __init__(self, *, node: Surroundings, hub: TrackHub, listener: PeerListener) -> None:
        self.connection = Connection(node, listener, self)
        self._hub = hub
        self._listener = listener
        self._telling = Telling(hub, listener)
        self._clock = node.clock
        self._ssrc = randbits(31) | 1
        self._tracks: dict[str, IncomingTrack] = {}
        self._streams: dict[int, Layer] = {}
        self._extensions: dict[str, int] = {}
        self._transport_cc = 0
        self._arrivals = ArrivalRecorder()
        self._sender_clock = SenderClock()
        self._next_feedback = 0.0
        self._next_report = 0.0
        self._reported_at = 0.0
        self._has_taken_over = False

    def answer(
        self,
        offer_sdp: str,
        tracks: Mapping[str, str],
        important: Collection[str] = (),
        *,
        switches: bool = False,
    ) -> str:
        """Answers an offer; `tracks` names each sending mid's track, and those that are
        `important` go before others on a viewer's line. `switches`: it does what CodecsTaken says.

        Again for a renegotiation or an ICE restart, which keep DTLS. Raises OfferRefused, and
        then nothing has changed.
        """
        offer = agreed(parse_offer(offer_sdp), switches=switches)
        self.connection.check(offer)
        if not set(tracks) <= {media.mid for media in offer.media}:
            raise OfferRefused("a track names an m-line that the offer does not have")
        lines = [self._line(offer, media, tracks) for media in offer.media]
        answer = self.connection.answer(offer, lines)
        self._take_over(offer, {mid: tracks[mid] for mid in _sending(lines) if mid in tracks})
        for track in self._tracks.values():
            track.published.important = track.track_id in important
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
        described = {media.mid: media for media in offer.media}
        for mid, track in list(self._tracks.items()):
            same = tracks.get(mid) == track.track_id and track.media.rids == described[mid].rids
            if not same:
                self._drop(mid)
        self._streams.clear()
        for mid, media in described.items():
            if mid in tracks:
                self._extensions.update(media.extensions)
                self._transport_cc = self._extensions.get(written.TRANSPORT_CC, 0)
                self._take(media, tracks[mid])

    def _take(self, media: Media, track_id: str) -> None:
        track = self._tracks.get(media.mid)
        if track is None:
            track = self._new_track(media, track_id)
        track.media = media
        codecs = {codec.payload_type: codec.codec for codec in media.codecs}
        for layer in track.layers:
            layer.forwarder.configure(codecs)
        track.repairs = {c.rtx: c.payload_type for c in media.codecs if c.rtx is not None}
        primaries = [ssrc for ssrc in media.ssrcs if ssrc not in media.rtx_ssrcs.values()]
        if primaries and not media.rids:
            self._source(track.layers[0], primaries[0])
            self._repairs(track.layers[0], media.rtx_ssrcs.get(primaries[0], 0))
        else:
            self._recall(track)
        self._hub.publish(track_id, track.published)

    def _recall(self, track: IncomingTrack) -> None:
        """A sender names a layer in its first packets only: what was learnt is kept."""
        for layer in track.layers:
            self._streams |= {ssrc: layer for ssrc in (layer.ssrc, layer.repair_ssrc) if ssrc}

    def _new_track(self, media: Media, track_id: str) -> IncomingTrack:
        track = IncomingTrack(track_id, media)
        for rid in lowest_first(media.rids) or ("",):
            forwarder = Forwarder(
                kind=track.kind,
                ask=partial(self._ask, media.mid, rid),
                request_keyframe=partial(self._request_keyframe, media.mid, rid),
            )
            track.layers.append(Layer(track, rid, forwarder))
        track.published = Track(track.kind, [layer.forwarder for layer in track.layers])
        self._tracks[media.mid] = track
        return track

    def _source(self, layer: Layer, ssrc: int) -> None:
        if layer.ssrc not in {0, ssrc}:
            self._streams.pop(layer.ssrc, None)
            layer.forwarder.begin()
        layer.ssrc = ssrc
        self._streams[ssrc] = layer

    def _repairs(self, layer: Layer, ssrc: int) -> None:
        if layer.repair_ssrc != ssrc:
            self._streams.pop(layer.repair_ssrc, None)
        layer.repair_ssrc = ssrc
        if ssrc:
            self._streams[ssrc] = layer

    def _drop(self, mid: str) -> None:
        track = self._tracks.pop(mid)
        self._hub.withdraw(track.track_id, track.published)

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
        if self._transport_cc:
            number = rtp.find_extension(data, header, self._transport_cc)
            if number is not None and len(number) == 2:
                self._arrivals.received(rtp.uint16(number), now)
        layer = self._streams.get(header.ssrc) or self._adopt(data, header)
        if layer is None:
            return
        if header.payload_type in layer.track.repairs:
            self._repair(layer, data, header, now)
        else:
            self._forward(layer, data, header, now)

    def _forward(self, layer: Layer, data: bytes, header: Header, now: float) -> None:
        forwarder = layer.forwarder
        level = self._level(layer, data, header, now) if forwarder.kind == "audio" else -1
        marker, payload_type, sequence, timestamp, _, _, _, start, end = header
        forwarder.receive(
            new_tuple(
                Packet,
                (sequence, timestamp, marker, payload_type, data[start:end], now, level, False),
            )
        )

    def _level(self, layer: Layer, data: bytes, header: Header, now: float) -> int:
        value = self._named(data, header, written.AUDIO_LEVEL)
        if not value:
            return -1
        layer.track.detector.heard(value[0], now)
        return value[0]

    def _repair(self, layer: Layer, data: bytes, header: Header, now: float) -> None:
        """A retransmission carries the original number before the payload (RFC 4588 §4)."""
        start = header.payload_start
        if header.payload_end - start <= 2:
            return
        layer.forwarder.receive(
            Packet(
                rtp.uint16(data[start : start + 2]),
                header.timestamp,
                header.marker,
                layer.track.repairs[header.payload_type],
                data[start + 2 : header.payload_end],
                now,
                retransmitted=True,
            )
        )

    def _adopt(self, data: bytes, header: Header) -> Layer | None:
        """Finds the layer of an unannounced SSRC: the m-line by its mid (RFC 9143 §9.2), else its
        format, and of a simulcast the stream by its name (RFC 8852 §3.1)."""
        if len(self._streams) >= MAX_ADOPTED:
            return None
        value = self._named(data, header, written.MID)
        if value is not None:
            found = [t for t in self._tracks.values() if t.media.mid.encode() == value]
        else:
            found = [t for t in self._tracks.values() if could_be(t, header.payload_type)]
        if len(found) != 1 or not has_format(found[0], header.payload_type):
            return None
        is_repair = header.payload_type in found[0].repairs
        layer = self._layer_of(found[0], data, header, is_repair=is_repair)
        if layer is None:
            return None
        if is_repair and layer.rid:
            self._repairs(layer, header.ssrc)
        elif is_repair:
            self._streams[header.ssrc] = layer
        else:
            self._source(layer, header.ssrc)
        return layer

    def _layer_of(
        self, track: IncomingTrack, data: bytes, header: Header, *, is_repair: bool
    ) -> Layer | None:
        if not track.media.rids:
            return track.layers[0]
        name = self._named(data, header, written.REPAIRED_RID if is_repair else written.RID)
        return None if name is None else track.layer(name.decode("ascii", "replace"))

    def _named(self, data: bytes, header: Header, uri: str) -> bytes | None:
        identifier = self._extensions.get(uri, 0)
        return rtp.find_extension(data, header, identifier) if identifier else None

    def rtcp(self, data: bytes, now: float) -> None:
        """Sender reports of the tracks."""
        for report in rtcp.parse(data):
            if isinstance(report, SenderReport):
                layer = self._streams.get(report.ssrc)
                if layer is not None and layer.ssrc == report.ssrc:
                    layer.forwarder.reception.sender_reported(report.ntp, now)
                    on_node = self._sender_clock.to_node(report.ntp, ntp_time(now))
                    layer.forwarder.sender_reported(on_node, report.rtp, now)

    def ready(self, now: float) -> None:
        """The keys are there; who waits for a keyframe may ask at last."""
        for track in self._tracks.values():
            track.published.tick(now)

    def moved(self, now: float) -> None:
        """Another path: what was lost between is not worth asking for, a keyframe is."""
        for layer in self._layers():
            if layer.forwarder.downstreams:
                layer.forwarder.want_keyframe(now)

    def ended(self, now: float) -> None:  # noqa: ARG002 - the same for both ends
        """All tracks end."""
        for mid in list(self._tracks):
            self._drop(mid)
        self._streams.clear()

    def _layers(self) -> Iterator[Layer]:
        return (layer for track in self._tracks.values() for layer in track.layers)

    def _ask(self, mid: str, rid: str, sequences: Sequence[int]) -> None:
        layer = self._layer(mid, rid)
        if layer and layer.ssrc:
            self.connection.send_rtcp(rtcp.nack(self._ssrc, layer.ssrc, sequences))

    def _request_keyframe(self, mid: str, rid: str) -> None:
        layer = self._layer(mid, rid)
        if layer and layer.ssrc and not _is_silent(layer, self._clock()):
            self.connection.send_rtcp(rtcp.picture_loss(self._ssrc, layer.ssrc))

    def _layer(self, mid: str, rid: str) -> Layer | None:
        track = self._tracks.get(mid)
        return track.layer(rid) if track else None

    def tick(self, now: float) -> None:
        """Every 20 ms: repeats and reports that are due."""
        for track in self._tracks.values():
            track.published.tick(now)
            self._telling.tick(track, now)
        self._note_take_over()
        if now >= self._next_feedback:
            self._next_feedback = now + FEEDBACK_SECONDS
            self._send_feedback()
        if now >= self._next_report:
            self._next_report = now + REPORT_SECONDS
            self._send_reports(now)

    def _note_take_over(self) -> None:
        if self._has_taken_over or not self.connection.is_connected:
            return
        if not any(self._hub.awaits(t.track_id, t.published) for t in self._tracks.values()):
            self._has_taken_over = True
            self._listener.took_over()

    def _send_feedback(self) -> None:
        details = self._arrivals.feedback()
        if details is not None:
            media = next(iter(self._streams), 0)
            self.connection.send_rtcp(rtcp.transport_feedback(self._ssrc, media, details))

    def _send_reports(self, now: float) -> None:
        """Of sources heard since the last report (RFC 3550 §6.4): a sender whose way to us is dead
        learns it by our silence."""
        since, self._reported_at = self._reported_at, now
        layers = [
            layer
            for layer in self._layers()
            if layer.ssrc and layer.forwarder.reception.last_arrival >= since
        ]
        blocks = [each.forwarder.report_block(each.ssrc, now) for each in layers]
        if not blocks or not self.connection.is_connected:
            return
        self.connection.send_rtcp(rtcp.receiver_report(self._ssrc, blocks))
        video = [layer for layer in layers if layer.forwarder.kind == "video"]
        if video:
            pictures = dict.fromkeys(layer.track for layer in video)
            limit = send_limit(limiting_viewers(picture) for picture in pictures)
            self.connection.send_rtcp(rtcp.remb(self._ssrc, limit, [v.ssrc for v in video]))

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
            flooding=traffic.flooding,
            tracks=tuple(track_statistics(track, now) for track in self._tracks.values()),
        )


def _is_silent(layer: Layer, now: float) -> bool:
    """It sent before and does not now: when it does again, a keyframe is asked for."""
    reception = layer.forwarder.reception
    return reception.packets > 0 and now - reception.last_arrival > REPORT_SECONDS


def _sending(lines: Sequence[written.Line]) -> list[str]:
    return [line.media.mid for line in lines if line.codecs and line.direction == "recvonly"]
