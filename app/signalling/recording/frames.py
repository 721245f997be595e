"""Packets back into frames: in their order, whole or not at all. Pure.

Up to the first keyframe, and from a hole to the next one, pictures are left out: a decoder could
not follow them.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from app.signalling.media.rtp import parse_header, sequence_delta
from app.signalling.media.vp8 import parse_descriptor

WAIT_MICROSECONDS = 2_000_000
"""A resend later than this comes after the forwarder gave it up too (ring.MAX_AGE_SECONDS)."""

MAX_HELD = 4_096
_START_CODE = b"\x00\x00\x00\x01"
_IDR, _SPS, _STAP_A, _FU_A = 5, 7, 24, 28


class Piece(NamedTuple):
    """A packet of one frame."""

    sequence: int
    timestamp: int
    marker: bool
    payload_type: int
    payload: bytes


class Frame(NamedTuple):
    """A picture, or some 20 ms of sound. `timestamp` in RTP ticks as sent."""

    timestamp: int
    payload_type: int
    data: bytes
    is_key: bool


class InOrder:
    """Puts the packets of a run into the order of their numbers; waits for those that come late."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[int, Piece]] = {}
        self._next = -1

    def add(self, packet: bytes, at: int) -> Iterator[Piece | None]:
        """What can go on now; None stands for a hole. `at` in microseconds."""
        header = parse_header(packet)
        if header is None:
            return
        if self._next < 0:
            self._next = header.sequence
        ahead = sequence_delta(header.sequence, self._next & 0xFFFF)
        if ahead < 0:
            return
        piece = Piece(
            header.sequence,
            header.timestamp,
            header.marker,
            header.payload_type,
            packet[header.payload_start : header.payload_end],
        )
        self._held[self._next + ahead] = (at, piece)
        yield from self._ready(at)

    def _ready(self, now: int) -> Iterator[Piece | None]:
        while self._held:
            found = self._held.pop(self._next, None)
            if found is not None:
                self._next += 1
                yield found[1]
                continue
            oldest = next(iter(self._held.values()))[0]
            if now - oldest <= WAIT_MICROSECONDS and len(self._held) <= MAX_HELD:
                return
            self._next = min(self._held)
            yield None

    def rest(self) -> Iterator[Piece | None]:
        """At the end nothing more is waited for."""
        last = max((at for at, _ in self._held.values()), default=0)
        yield from self._ready(last + 2 * WAIT_MICROSECONDS)


Depacketise = Callable[[bytes, list[bytes]], bool]
"""Adds the octets of a payload to those of its frame. False: it does not belong there."""


def _vp8(payload: bytes, into: list[bytes]) -> bool:
    """RFC 7741 §4.2: the first has S set and partition 0, and no other has."""
    descriptor = parse_descriptor(payload)
    if descriptor is None or (payload[0] & 0x17 == 0x10) == bool(into):
        return False
    into.append(payload[descriptor.size :])
    return True


def _h264(payload: bytes, into: list[bytes]) -> bool:
    """RFC 6184 §5.6 to §5.8: a unit, several of them, or a part of one; as Annex B."""
    kind = payload[0] & 0x1F
    if kind == _STAP_A:
        at = 1
        while at + 2 <= len(payload):
            size = int.from_bytes(payload[at : at + 2], "big")
            into += (_START_CODE, payload[at + 2 : at + 2 + size])
            at += 2 + size
    elif kind == _FU_A and len(payload) > 2:
        if payload[1] & 0x80:
            into += (_START_CODE, bytes([payload[0] & 0xE0 | payload[1] & 0x1F]))
        into.append(payload[2:])
    else:
        into += (_START_CODE, payload)
    return True


_DEPACKETISE: dict[str, Depacketise] = {"VP8": _vp8, "H264": _h264}
PICTURE_CODECS = frozenset(_DEPACKETISE)


def _is_key(codec: str, data: bytes) -> bool:
    if codec == "VP8":  # RFC 6386 §9.1
        return len(data) >= 10 and not data[0] & 0x01
    return len(data) > 4 and data[4] & 0x1F in {_SPS, _IDR}


class Sounds:
    """Each packet is a frame (RFC 7587 §4.2); a hole is for the player to conceal."""

    def add(self, piece: Piece | None) -> Frame | None:
        """The frame, unless the packet was lost or is empty."""
        if piece is None or not piece.payload:
            return None
        return Frame(piece.timestamp, piece.payload_type, piece.payload, is_key=True)


class Pictures:
    """Gathers the packets of a picture, whose last has the marker."""

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._depacketise = _DEPACKETISE[codec]
        self._parts: list[bytes] = []
        self._timestamp = -1
        self._is_broken = True

    def add(self, piece: Piece | None) -> Frame | None:
        """The picture that is whole with this packet. None: a hole, or not yet."""
        if piece is None:
            self._break()
            return None
        if not piece.payload:  # padding, to probe the line
            return None
        if piece.timestamp != self._timestamp:
            if self._parts:
                self._break()
            self._timestamp = piece.timestamp
        if not self._depacketise(piece.payload, self._parts):
            self._break()
        return self._whole(piece) if piece.marker and self._parts else None

    def _break(self) -> None:
        self._parts = []
        self._is_broken = True

    def _whole(self, piece: Piece) -> Frame | None:
        data, self._parts = b"".join(self._parts), []
        is_key = _is_key(self._codec, data)
        if self._is_broken and not is_key:
            return None
        self._is_broken = False
        return Frame(piece.timestamp, piece.payload_type, data, is_key)


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height of a VP8 keyframe (RFC 6386 §9.1)."""
    width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    return width & 0x3FFF, height & 0x3FFF
