"""The tracks of a publishing connection: which streams each has, and their figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.signalling.media.bandwidth import ViewerEstimate
from app.signalling.media.codecs import EVERYWHERE, Kind
from app.signalling.media.forwarder import Forwarder
from app.signalling.media.layers import Track
from app.signalling.media.sdp import Media
from app.signalling.media.speaking import SpeakingDetector
from app.signalling.media.statistics import LayerStatistics, TrackStatistics, age

RANKS = {"q": 0, "h": 1, "f": 2}
"""The layers as the browser client names them: a quarter, half and all of the lines."""


@dataclass(eq=False)
class Layer:
    """One stream of an m-line. SSRCs are 0 until a packet or the offer says them."""

    track: "IncomingTrack"
    rid: str
    forwarder: Forwarder
    ssrc: int = 0
    repair_ssrc: int = 0


@dataclass(eq=False)
class IncomingTrack:
    """One m-line that sends: one layer without a name, or those of a simulcast."""

    track_id: str
    media: Media
    layers: list[Layer] = field(default_factory=list)
    repairs: dict[int, int] = field(default_factory=dict)
    published: Track = field(init=False)
    told: tuple[str, ...] = ()
    surplus_since: float | None = None
    told_codecs: tuple[str, ...] = ()
    detector: SpeakingDetector = field(default_factory=SpeakingDetector)

    @property
    def kind(self) -> Kind:
        """Sound or picture."""
        return self.media.media_kind or "audio"

    @property
    def switches(self) -> bool:
        """Whether it may be sent in a codec that not everybody takes."""
        return self.kind == "video" and any(c.codec not in EVERYWHERE for c in self.media.codecs)

    def layer(self, rid: str) -> Layer | None:
        """The layer of that name; the only one has an empty name."""
        return next((layer for layer in self.layers if layer.rid == rid), None)


def lowest_first(rids: Sequence[str]) -> tuple[str, ...]:
    """The names that browsers are given here say the order; others keep the one offered."""
    return tuple(sorted(rids, key=lambda rid: RANKS.get(rid, 0)))


def limiting_viewers(track: IncomingTrack) -> list[ViewerEstimate]:
    """Whose line limits the sender: of a simulcast each viewer has the layer that it can have."""
    if len(track.layers) > 1:
        return []
    return [downstream.estimate for downstream in track.published.downstreams]


def could_be(track: IncomingTrack, payload_type: int) -> bool:
    """Without a mid, only a line whose stream is not known yet can be meant."""
    known = track.layers[0].ssrc
    return payload_type in track.repairs or (not known and has_format(track, payload_type))


def has_format(track: IncomingTrack, payload_type: int) -> bool:
    """Whether the line has agreed to that format, as media or as repair."""
    return payload_type in track.layers[0].forwarder.codecs or payload_type in track.repairs


def track_statistics(track: IncomingTrack, now: float) -> TrackStatistics:
    """Of all layers together, and of each."""
    forwarders = [layer.forwarder for layer in track.layers]
    receptions = [forwarder.reception for forwarder in forwarders]
    return TrackStatistics(
        track_id=track.track_id,
        kind=track.kind,
        packets=sum(each.packets for each in receptions),
        octets=sum(each.octets for each in receptions),
        lost=sum(each.lost for each in receptions),
        duplicates=sum(each.duplicates for each in forwarders),
        nacks_sent=sum(each.nacks_sent for each in forwarders),
        plis_sent=sum(each.keyframes.requests for each in forwarders),
        keyframes=sum(each.keyframes.keyframes for each in forwarders),
        subscribers=len(track.published.downstreams),
        last_packet_age=age(now, max(each.last_arrival for each in receptions)),
        layers=tuple(_layer_statistics(layer, now) for layer in track.layers),
    )


def _layer_statistics(layer: Layer, now: float) -> LayerStatistics:
    forwarder = layer.forwarder
    return LayerStatistics(
        rid=layer.rid,
        packets=forwarder.reception.packets,
        octets=forwarder.reception.octets,
        plis_sent=forwarder.keyframes.requests,
        keyframes=forwarder.keyframes.keyframes,
        subscribers=len(forwarder.downstreams),
        last_packet_age=age(now, forwarder.reception.last_arrival),
    )
