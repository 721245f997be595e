"""Packets made by hand, for the pure parts of the media plane."""

from app.signalling.media.rtp import HEADER, Packet, extension_block

VP8_KEY = bytes.fromhex("90800000") + b"\x10\x02\x00\x9d\x01\x2a"
"""Descriptor with S and a 7-bit picture id 0, then a keyframe's first octets."""

VP8_DELTA = bytes.fromhex("90800100") + b"\x11\x02\x00"


def vp8(picture: int, *, key: bool = False, start: bool = True, tl0: int | None = None) -> bytes:
    """A VP8 payload with a 15-bit picture id."""
    flags = 0x80 | (0x40 if tl0 is not None else 0)
    head = bytes([0x80 | (0x10 if start else 0), flags]) + (0x8000 | picture).to_bytes(2, "big")
    if tl0 is not None:
        head += bytes([tl0])
    return head + (b"\x10" if key else b"\x11") + b"frame"


def red(repeated: list[bytes], sound: bytes, payload_type: int = 111) -> bytes:
    """A packet by the format of RFC 2198 §3, written a second way: bit by bit."""
    headers = b""
    for place, block in enumerate(repeated):
        offset = 960 * (len(repeated) - place)
        word = 1 << 31 | payload_type << 24 | offset << 10 | len(block)
        headers += word.to_bytes(4, "big")
    return headers + bytes([payload_type]) + b"".join(repeated) + sound


def packet(  # noqa: PLR0917 - a table of numbers reads best in one line
    sequence: int,
    timestamp: int = 0,
    payload: bytes = b"payload",
    arrival: float = 0.0,
    payload_type: int = 96,
    marker: bool = False,
) -> Packet:
    """A received packet."""
    return Packet(sequence & 0xFFFF, timestamp & 0xFFFFFFFF, marker, payload_type, payload, arrival)


def datagram(  # noqa: PLR0917 - the same
    sequence: int,
    timestamp: int = 0,
    ssrc: int = 1,
    payload_type: int = 96,
    payload: bytes = b"payload",
    elements: bytes = b"",
    marker: bool = False,
) -> bytes:
    """An RTP packet as it is on the wire before SRTP."""
    second = payload_type | (0x80 if marker else 0)
    head = HEADER.pack(0x90 if elements else 0x80, second, sequence, timestamp, ssrc)
    return head + extension_block(elements) + payload
