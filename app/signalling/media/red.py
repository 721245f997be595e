"""Redundant sound (RFC 2198): each packet repeats the sound before it, and ends with its own.

Browsers call it `red/48000/2` and put Opus into it. Nothing here raises: what cannot be read is
None.
"""

MAX_BLOCKS = 32
"""Of one packet. Browsers write two."""

_HEADER, _LAST_HEADER = 4, 1


def primary(payload: bytes) -> bytes | None:
    """The sound that the packet is of, without what it repeats; None where there is none."""
    headers = _headers(payload)
    if headers is None:
        return None
    start = headers + _LAST_HEADER
    for at in range(0, headers, _HEADER):
        start += (payload[at + 2] & 0x03) << 8 | payload[at + 3]
    return payload[start:] or None


def renumbered(payload: bytes, payload_type: int) -> bytes | None:
    """The same packet for who knows its sound under this payload type; None for no packet."""
    headers = _headers(payload)
    if headers is None:
        return None
    if payload[headers] == payload_type and all(
        payload[at] == payload_type | 0x80 for at in range(0, headers, _HEADER)
    ):
        return payload
    out = bytearray(payload)
    for at in range(0, headers, _HEADER):
        out[at] = payload_type | 0x80
    out[headers] = payload_type
    return bytes(out)


def _headers(payload: bytes) -> int | None:
    """Octets of the headers before the last, which has one octet and no F bit (RFC 2198 §3)."""
    for at in range(0, min(len(payload), MAX_BLOCKS * _HEADER), _HEADER):
        if not payload[at] & 0x80:
            return at
    return None
