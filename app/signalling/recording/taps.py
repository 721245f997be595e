"""Taps: what takes packets out of the forwarder, on the event loop, and hands them to a writer.

Each stream of a recording has a number of its own; its clock is the node's, so that all
streams of a recording share one time line.
"""

from collections.abc import Mapping
from typing import Protocol

from app.signalling.media import red
from app.signalling.media.codecs import EVERYWHERE, OPUS, RED, Codec
from app.signalling.media.rtp import Packet
from app.signalling.recording.entries import (
    MAX_STREAMS,
    MICROSECONDS,
    Stream,
    clock_entry,
    packet_head,
    stream_entry,
)

_NTP_SECOND = 1 << 32
RECORDED = (OPUS, *EVERYWHERE)
"""What films are made of. A sender in something else changes as soon as it is recorded."""


class Sink(Protocol):
    """Takes entries and never waits: writer.Recording."""

    def put(self, entry: bytes, payload: bytes = b"") -> None:
        """Take in an entry, in one piece or two."""


class Streams:
    """The numbers of one recording's streams. `began` is the node's time of its start."""

    def __init__(self, sink: Sink, began: float) -> None:
        self._sink = sink
        self._began = began
        self._numbers: dict[tuple[str, str, int], int] = {}

    def source(self, participant: str, source: str) -> "SourceTaps":
        """The taps of one thing that somebody sends; the same again has the same numbers."""
        return SourceTaps(self, participant, source)

    def tap(self, participant: str, source: str, layer: int) -> "StreamTap | None":
        """The tap of one stream; None where a recording has as many as there are numbers."""
        key = (participant, source, layer)
        if key not in self._numbers and len(self._numbers) == MAX_STREAMS:
            return None
        number = self._numbers.setdefault(key, len(self._numbers))
        return StreamTap(self._sink, self._began, number, key)


class SourceTaps:
    """The taps of one track's layers."""

    def __init__(self, streams: Streams, participant: str, source: str) -> None:
        self._streams, self._participant, self._source = streams, participant, source

    def layer(self, place: int) -> "StreamTap | None":
        """The tap of that layer, 0 the lowest."""
        return self._streams.tap(self._participant, self._source, place)


class StreamTap:
    """Takes what one forwarder receives."""

    def __init__(self, sink: Sink, began: float, number: int, key: tuple[str, str, int]) -> None:
        self._put, self._began, self._number, self._key = sink.put, began, number, key
        self._kept: frozenset[int] = frozenset()
        self._repeated: dict[int, int] = {}

    def begins(self, codecs: Mapping[int, Codec]) -> None:
        """The stream starts, or starts anew."""
        participant, source, layer = self._key
        names = {number: codec.name for number, codec in codecs.items() if codec in RECORDED}
        opus = next((number for number, codec in codecs.items() if codec == OPUS), -1)
        self._kept = frozenset(names)
        self._repeated = {number: opus for number, codec in codecs.items() if codec == RED}
        self._put(stream_entry(self._number, Stream(participant, source, layer, names)))

    def packet(self, packet: Packet) -> None:
        """A packet has come."""
        if packet.payload_type in self._repeated:
            packet = self._once(packet)
        if packet.payload_type not in self._kept:
            return
        at = int((packet.arrival - self._began) * MICROSECONDS)
        if at >= 0:
            self._put(packet_head(self._number, at, packet), packet.payload)

    def _once(self, packet: Packet) -> Packet:
        """Sound that came twice (RED) is kept once: what was lost was asked for again."""
        payload_type = self._repeated[packet.payload_type]
        return packet._replace(
            payload_type=payload_type, payload=red.primary(packet.payload) or b""
        )

    def clock(self, ntp: int, timestamp: int, now: float) -> None:
        """The sender's clock, `ntp` on the node's time (RFC 3550 §4)."""
        at = max(0, int((now - self._began) * MICROSECONDS))
        reached = int((ntp / _NTP_SECOND - self._began) * MICROSECONDS)
        self._put(clock_entry(self._number, at, reached, timestamp))
