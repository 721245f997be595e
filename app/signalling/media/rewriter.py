"""The numbers that make one unbroken outgoing stream of successive sources (RFC 3550 §5.1)."""

from app.signalling.media.rtp import Packet, sequence_delta, timestamp_delta
from app.signalling.media.vp8 import PictureRenumberer

_STALE = 0x4000


class Rewriter:
    """Maps a source's sequence numbers and timestamps to those of one outgoing stream.

    A switch continues one number after the highest sent, and as many ticks later as time passed.
    """

    def __init__(self, *, clock_rate: int, sequence: int, timestamp: int) -> None:
        self._clock_rate = clock_rate
        self._sequence_offset = 0
        self._timestamp_offset = 0
        self._highest = sequence & 0xFFFF
        self._timestamp = timestamp & 0xFFFFFFFF
        self._sent_at: float | None = None
        self._oldest = 0
        self.pictures = PictureRenumberer()

    def switch(self, packet: Packet, *, now: float, ticks: int | None = None) -> None:
        """From this packet on, another source. `now` in seconds; `ticks` where known exactly."""
        if self._sent_at is None:
            ticks = 0
        elif ticks is None:
            ticks = max(1, round((now - self._sent_at) * self._clock_rate))
        self._sequence_offset = self._highest + 1 - packet.sequence
        self._timestamp_offset = self._timestamp + ticks - packet.timestamp
        self._oldest = packet.sequence
        self.pictures.switch(packet.payload)

    def belongs(self, sequence: int) -> bool:
        """Whether a source's packet came after the switch; one from before has no number."""
        ahead = sequence_delta(sequence, self._oldest)
        if ahead > _STALE:
            self._oldest = (sequence - _STALE // 2) & 0xFFFF
        return ahead >= 0

    @property
    def highest(self) -> int:
        """The highest number sent."""
        return self._highest

    def sequence(self, sequence: int) -> int:
        """The outgoing number of a source's number."""
        return (sequence + self._sequence_offset) & 0xFFFF

    def source_sequence(self, outgoing: int) -> int:
        """The source's number of an outgoing number."""
        return (outgoing - self._sequence_offset) & 0xFFFF

    def timestamp(self, timestamp: int) -> int:
        """The outgoing timestamp of a source's timestamp, in ticks."""
        return (timestamp + self._timestamp_offset) & 0xFFFFFFFF

    def source_timestamp(self) -> int:
        """The source's timestamp of what was sent last."""
        return (self._timestamp - self._timestamp_offset) & 0xFFFFFFFF

    def sent(self, sequence: int, timestamp: int, now: float) -> tuple[int, int]:
        """The outgoing numbers of a source's packet, noted as sent for the next switch."""
        sequence = (sequence + self._sequence_offset) & 0xFFFF
        timestamp = (timestamp + self._timestamp_offset) & 0xFFFFFFFF
        if sequence_delta(sequence, self._highest) > 0:
            self._highest = sequence
        if timestamp == self._timestamp or timestamp_delta(timestamp, self._timestamp) > 0:
            self._timestamp = timestamp
            self._sent_at = now
        return sequence, timestamp
