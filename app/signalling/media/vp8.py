"""The VP8 payload descriptor: where a frame starts, keyframes, and renumbered pictures.

RFC 7741 §4.2 and §4.3. Payloads too short to be read count as ordinary continuations.
"""

from typing import NamedTuple


class Descriptor(NamedTuple):
    """What of the descriptor a forwarder needs; -1 where a field is absent.

    `picture_id` has `picture_bits` (7 or 15) bits at octet `picture_at`; `tl0picidx` has 8 at
    octet `tl0_at`.
    """

    picture_id: int
    picture_bits: int
    picture_at: int
    tl0picidx: int
    tl0_at: int
    size: int


def is_keyframe_start(payload: bytes) -> bool:
    """The first packet of a keyframe: S set, partition 0, and the frame's P bit clear."""
    if len(payload) < 2 or payload[0] & 0x17 != 0x10:
        return False
    descriptor = parse_descriptor(payload)
    return (
        descriptor is not None
        and len(payload) > descriptor.size
        and not payload[descriptor.size] & 0x01
    )


def parse_descriptor(payload: bytes) -> Descriptor | None:
    """Reads the descriptor; None when the payload is cut short."""
    global _last  # noqa: PLW0603 - every viewer of a packet asks again, one after the other
    if _last[0] is not payload:
        _last = (payload, _parse(payload))
    return _last[1]


_last: tuple[bytes, Descriptor | None] = (b"", None)


def _parse(payload: bytes) -> Descriptor | None:
    if not payload:
        return None
    if not payload[0] & 0x80:
        return Descriptor(-1, 0, 0, -1, 0, 1)
    try:
        return _parse_extended(payload)
    except IndexError:
        return None


def _parse_extended(payload: bytes) -> Descriptor:
    flags = payload[1]
    at = 2
    picture_id, bits, picture_at = -1, 0, 0
    if flags & 0x80:
        picture_at = at
        if payload[at] & 0x80:
            picture_id, bits = (payload[at] & 0x7F) << 8 | payload[at + 1], 15
            at += 2
        else:
            picture_id, bits = payload[at], 7
            at += 1
    tl0picidx, tl0_at = -1, 0
    if flags & 0x40:
        tl0picidx, tl0_at = payload[at], at
        at += 1
    if flags & 0x30:
        at += 1
    return Descriptor(picture_id, bits, picture_at, tl0picidx, tl0_at, at)


class PictureRenumberer:
    """Keeps picture ids and tl0picidx of one outgoing stream rising by one across sources.

    RFC 7741 §4.2: PictureID wraps at 2^7 or 2^15, TL0PICIDX at 2^8.
    """

    def __init__(self) -> None:
        self._picture_offset = 0
        self._tl0_offset = 0
        self._last_picture = self._last_tl0 = -1
        self._newest = b""

    def switch(self, payload: bytes) -> None:
        """From this payload on, another source: it continues where the last one stopped."""
        self._read_newest()
        descriptor = parse_descriptor(payload)
        if descriptor is None:
            return
        if descriptor.picture_id >= 0 and self._last_picture >= 0:
            self._picture_offset = self._last_picture + 1 - descriptor.picture_id
        if descriptor.tl0picidx >= 0 and self._last_tl0 >= 0:
            self._tl0_offset = self._last_tl0 + 1 - descriptor.tl0picidx

    def _read_newest(self) -> None:
        """Only a switch wants to know the numbers sent last: packets are many, switches few."""
        newest, self._newest = parse_descriptor(self._newest), b""
        if newest is not None and newest.picture_id >= 0:
            self._last_picture = newest.picture_id + self._picture_offset
        if newest is not None and newest.tl0picidx >= 0:
            self._last_tl0 = newest.tl0picidx + self._tl0_offset

    def sent(self, payload: bytes, *, is_newest: bool) -> bytes:
        """As `renumber`, of one on which the next source may have to follow."""
        if is_newest:
            self._newest = payload
        return self.renumber(payload)

    def renumber(self, payload: bytes) -> bytes:
        """The payload with this stream's own numbers; the same input gives the same output."""
        if not self._picture_offset and not self._tl0_offset:
            return payload
        descriptor = parse_descriptor(payload)
        if descriptor is None or descriptor.picture_bits == 0:
            return payload
        picture = descriptor.picture_id + self._picture_offset
        picture &= (1 << descriptor.picture_bits) - 1
        return _written(
            payload, descriptor, picture, descriptor.tl0picidx + self._tl0_offset & 0xFF
        )


def _written(payload: bytes, descriptor: Descriptor, picture: int, tl0: int) -> bytes:
    out = bytearray(payload)
    if descriptor.picture_bits == 15:
        out[descriptor.picture_at] = 0x80 | picture >> 8
        out[descriptor.picture_at + 1] = picture & 0xFF
    else:
        out[descriptor.picture_at] = picture
    if descriptor.tl0picidx >= 0:
        out[descriptor.tl0_at] = tl0
    return bytes(out)
