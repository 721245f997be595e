"""RTP headers and header extensions, read and written with struct (RFC 3550 §5.1, RFC 8285 §4.2).

Nothing here raises on what the network sends: what cannot be read is None.
"""

from struct import Struct
from typing import NamedTuple

from app.signalling.media.tuples import new_tuple

HEADER = Struct("!BBHII")
ONE_BYTE_PROFILE = 0xBEDE
TWO_BYTE_PROFILE = 0x1000
MAX_EXTENSIONS = 256
"""Octets of header extensions that are searched; browsers write some 40."""

_UINT16 = Struct("!H")
_WORDS = Struct("!HH")


class Packet(NamedTuple):
    """One packet as received, stripped of what only concerns the link it came over.

    `timestamp` is in ticks of the codec's clock, `arrival` in seconds of the node's clock.
    `level` is the audio level octet (RFC 6464 §3), or -1 where the sender gave none.
    """

    sequence: int
    timestamp: int
    marker: bool
    payload_type: int
    payload: bytes
    arrival: float
    level: int = -1
    retransmitted: bool = False


class Header(NamedTuple):
    """The fixed header, and where extensions and payload lie in the datagram (octet offsets)."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    profile: int
    extensions_start: int
    payload_start: int
    payload_end: int


def sequence_delta(newer: int, older: int) -> int:
    """How far `newer` lies ahead of `older`, negative behind, modulo 2^16 (RFC 1982)."""
    return ((newer - older + 0x8000) & 0xFFFF) - 0x8000


def timestamp_delta(newer: int, older: int) -> int:
    """How far `newer` lies ahead of `older` in ticks, negative behind, modulo 2^32."""
    return ((newer - older + 0x80000000) & 0xFFFFFFFF) - 0x80000000


def parse_header(data: bytes) -> Header | None:
    """Reads the header of an RTP packet; None when it is not one or is cut short."""
    size = len(data)
    if size < 12:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first & 0xC0 != 0x80:
        return None
    start = 12 + 4 * (first & 0x0F)
    profile = 0
    extensions_start = start
    if first & 0x10:
        if size < start + 4:
            return None
        profile, words = _WORDS.unpack_from(data, start)
        extensions_start = start + 4
        start = extensions_start + 4 * words
    end = size - data[-1] if first & 0x20 else size
    if start > end or (first & 0x20 and not data[-1]):
        return None
    return new_tuple(
        Header,
        (
            second >= 0x80,
            second & 0x7F,
            sequence,
            timestamp,
            ssrc,
            profile,
            extensions_start,
            start,
            end,
        ),
    )


def find_extension(data: bytes, header: Header, identifier: int) -> bytes | None:
    """The value of one header extension element, or None (RFC 8285 §4.2 and §4.3)."""
    if header.profile == ONE_BYTE_PROFILE:
        at = header.extensions_start
        if header.payload_start - at >= 4 and data[at] == identifier << 4 | 1:
            return data[at + 1 : at + 3]  # the first element: where browsers write what changes
        return _find_one_byte(data, header, identifier)
    if header.profile & 0xFFF0 == TWO_BYTE_PROFILE:
        return _find_two_byte(data, header, identifier)
    return None


def _find_one_byte(data: bytes, header: Header, identifier: int) -> bytes | None:
    at = header.extensions_start
    end = min(header.payload_start, at + MAX_EXTENSIONS)
    while at < end:
        octet = data[at]
        at += 1
        if octet == 0:
            continue
        if octet >> 4 == 15:
            return None
        length = (octet & 0x0F) + 1
        if octet >> 4 == identifier:
            return data[at : at + length] if at + length <= end else None
        at += length
    return None


def _find_two_byte(data: bytes, header: Header, identifier: int) -> bytes | None:
    at = header.extensions_start
    end = min(header.payload_start, at + MAX_EXTENSIONS)
    while at + 1 < end:
        if data[at] == 0:
            at += 1
            continue
        length = data[at + 1]
        if data[at] == identifier:
            return data[at + 2 : at + 2 + length] if at + 2 + length <= end else None
        at += 2 + length
    return None


def element(identifier: int, value: bytes) -> bytes:
    """One element of the one-byte form: `identifier` 1 to 14, `value` 1 to 16 octets."""
    return bytes([identifier << 4 | (len(value) - 1)]) + value


def extension_block(elements: bytes) -> bytes:
    """The whole extension with its profile and length, padded to words; empty for none."""
    if not elements:
        return b""
    padding = -len(elements) % 4
    words = (len(elements) + padding) // 4
    return _WORDS.pack(ONE_BYTE_PROFILE, words) + elements + bytes(padding)


def uint16(data: bytes) -> int:
    """The first two octets as a number."""
    value: int = _UINT16.unpack_from(data)[0]
    return value
