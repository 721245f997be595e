"""Datagrams on a TCP stream: two octets of length before each (RFC 4571 §2). Pure."""

MAX_FRAME = 2_048
"""Octets, as for a datagram. No packet of ours or a browser's is longer than an Ethernet frame."""

LENGTH = 2


def framed(data: bytes) -> bytes:
    """One datagram as it goes on the stream."""
    return len(data).to_bytes(LENGTH, "big") + data


class Deframer:
    """Cuts a stream into datagrams. Holds less than one frame between two calls.

    A length over `MAX_FRAME` is not ours: `is_broken` from there on, and nothing more is read.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.is_broken = False

    def feed(self, data: bytes) -> list[bytes]:
        """The datagrams that these octets complete, in order; null packets are left out."""
        if self.is_broken:
            return []
        data = self._rest + data
        frames: list[bytes] = []
        at, size = 0, len(data)
        while at + LENGTH <= size:
            length = data[at] << 8 | data[at + 1]
            if length > MAX_FRAME:
                self.is_broken = True
                self._rest = b""
                return frames
            end = at + LENGTH + length
            if end > size:
                break
            if length:
                frames.append(data[at + LENGTH : end])
            at = end
        self._rest = data[at:]
        return frames
