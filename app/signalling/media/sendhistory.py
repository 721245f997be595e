"""When each packet of one connection left, by its transport-wide number, and how it fared."""

from collections.abc import Sequence

from app.signalling.media.lineestimate import Sample

CAPACITY = 4_096
"""Packets, a power of two: 5 s at 8 Mb/s; feedback comes every 50 to 250 ms."""

OVERHEAD_OCTETS = 60
"""IP, UDP, RTP, its extensions and the authentication tag, for each packet."""

_MASK = CAPACITY - 1


class SendHistory:
    """Bounded: one time and one size for each of the last 4,096 packets."""

    def __init__(self) -> None:
        self._number = 0
        self._times = [0.0] * CAPACITY
        self._octets = [0] * CAPACITY

    def sent(self, octets: int, now: float) -> bytes:
        """Notes a packet of that payload and gives its number as it goes into the header."""
        number = self._number = (self._number + 1) & 0xFFFF
        slot = number & _MASK
        self._times[slot] = now
        self._octets[slot] = octets
        return number.to_bytes(2, "big")

    def reported(self, base: int, arrivals: Sequence[float | None]) -> list[Sample]:
        """The packets from `base` on, those left out that are unknown, or too long ago."""
        samples = []
        for step, arrived in enumerate(arrivals):
            number = (base + step) & 0xFFFF
            if (self._number - number) & 0xFFFF < CAPACITY:
                slot = number & _MASK
                octets = self._octets[slot] + OVERHEAD_OCTETS
                samples.append(Sample(self._times[slot], arrived, octets))
        return samples
