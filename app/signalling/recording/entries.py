"""What a recording holds: packets as they came, the senders' clocks, and what each stream is.

An entry is a head (octets that follow it, kind, stream, microseconds since the recording began)
and a body. Written on the way of every packet: one `pack` each, and no copy of the payload.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

from app.signalling.media.rtp import Packet

_HEAD = Struct("!IBBQ")
_RTP = Struct("!IBBQBBHII")
_CLOCK = Struct("!QI")
_COUNT = Struct("!I")
_RTP_HEADER_OCTETS = 12
STREAM, RTP, CLOCK, LOST = range(4)
MAX_STREAMS = 256
MICROSECONDS = 1_000_000


class Recorded(NamedTuple):
    """One entry as read: `at` in microseconds since the recording began, 0 where it has none."""

    kind: int
    stream: int
    at: int
    body: bytes


@dataclass(frozen=True)
class Stream:
    """What a stream is: whose, which of its sources, which layer (0 the lowest), its formats.

    Said again when it begins anew: its numbers start afresh then.
    """

    participant: str
    source: str
    layer: int
    codecs: Mapping[int, str]


def packet_head(stream: int, at: int, packet: Packet) -> bytes:
    """What stands before a packet's payload: the entry's head, and the fixed header of RFC 3550
    §5.1 with the number of the stream as its SSRC."""
    sequence, timestamp, marker, payload_type, payload, _, _, _ = packet
    return _RTP.pack(
        _RTP_HEADER_OCTETS + len(payload),
        RTP,
        stream,
        at,
        0x80,
        payload_type | 0x80 if marker else payload_type,
        sequence,
        timestamp,
        stream,
    )


def clock_entry(stream: int, at: int, reached: int, timestamp: int) -> bytes:
    """A sender's report: its clock showed `timestamp` (RTP) at `reached` (microseconds since the
    recording began, as an unsigned 64-bit number)."""
    return _entry(CLOCK, stream, at, _CLOCK.pack(reached & 0xFFFFFFFFFFFFFFFF, timestamp))


def stream_entry(number: int, stream: Stream) -> bytes:
    """What the packets of this number are from now on."""
    about = {
        "participant": stream.participant,
        "source": stream.source,
        "layer": stream.layer,
        "codecs": {str(number): name for number, name in stream.codecs.items()},
    }
    return _entry(STREAM, number, 0, json.dumps(about, separators=(",", ":")).encode())


def lost_entry(entries: int) -> bytes:
    """So many entries were dropped here: the disk was too slow."""
    return _entry(LOST, 0, 0, _COUNT.pack(entries))


def _entry(kind: int, stream: int, at: int, body: bytes) -> bytes:
    return _HEAD.pack(len(body), kind, stream, at) + body


def read_entries(body: bytes) -> Iterator[Recorded]:
    """The entries of a chunk. An entry never spans two."""
    at = 0
    while at + _HEAD.size <= len(body):
        length, kind, stream, moment = _HEAD.unpack_from(body, at)
        start = at + _HEAD.size
        yield Recorded(kind, stream, moment, body[start : start + length])
        at = start + length


def read_clock(body: bytes) -> tuple[int, int]:
    """The microseconds (may be before the recording began) and the RTP timestamp."""
    reached, timestamp = _CLOCK.unpack(body)
    return reached - (1 << 64) if reached >> 63 else reached, timestamp


def read_stream(body: bytes) -> Stream:
    """What a stream is."""
    about = json.loads(body)
    codecs = {int(number): name for number, name in about["codecs"].items()}
    return Stream(about["participant"], about["source"], about["layer"], codecs)


def read_lost(body: bytes) -> int:
    """How many entries were dropped."""
    count: int = _COUNT.unpack(body)[0]
    return count
