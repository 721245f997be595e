"""What the node can say of itself: plain figures, nothing personal."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LayerStatistics:
    """One layer of a published track; `rid` is empty for the only one."""

    rid: str
    packets: int
    octets: int
    plis_sent: int
    keyframes: int
    subscribers: int
    last_packet_age: float | None


@dataclass(frozen=True)
class TrackStatistics:
    """One published track. Ages and times in seconds, None before the first packet."""

    track_id: str
    kind: str
    packets: int
    octets: int
    lost: int
    duplicates: int
    nacks_sent: int
    plis_sent: int
    keyframes: int
    subscribers: int
    last_packet_age: float | None
    layers: tuple[LayerStatistics, ...] = ()


@dataclass(frozen=True)
class StreamStatistics:
    """One outgoing stream. `fraction_lost` 0 to 1 and `round_trip` as the subscriber reports."""

    mid: str
    track_id: str | None
    flowing: bool
    packets: int
    octets: int
    nacked: int
    resent: int
    keyframe_requests: int
    fraction_lost: float
    lost: int
    round_trip: float | None
    last_packet_age: float | None


@dataclass(frozen=True)
class ConnectionStatistics:
    """One connection; `refused`: datagrams not genuine, `flooding`: dropped as too many."""

    role: str
    connected: bool
    packets_in: int
    octets_in: int
    packets_out: int
    octets_out: int
    refused: int
    flooding: int
    tracks: tuple[TrackStatistics, ...] = ()
    streams: tuple[StreamStatistics, ...] = ()
    estimate_bps: int | None = None


@dataclass(frozen=True)
class NodeStatistics:
    """The whole node. `strays`: datagrams from sources no STUN has proved. `streams`: over TCP."""

    connections: tuple[ConnectionStatistics, ...]
    strays: int
    dropped: int
    streams: int = 0


def age(now: float, at: float) -> float | None:
    """How long ago, None for never (minus infinity)."""
    return None if at == float("-inf") else now - at
