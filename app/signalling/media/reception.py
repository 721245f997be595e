"""What a receiver report says of one incoming stream (RFC 3550 §6.4.1, A.3 and A.8)."""

from typing import NamedTuple

from app.signalling.media.rtp import Packet, sequence_delta


class ReportBlock(NamedTuple):
    """One report block (RFC 3550 §6.4.1). `jitter` in timestamp ticks, `dlsr` in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    lsr: int
    dlsr: int


class Reception:
    """Counts of one incoming stream. `clock_rate` in Hz, times in seconds."""

    def __init__(self, clock_rate: int) -> None:
        self.clock_rate = clock_rate
        self._base = 0
        self._highest = -1
        self._cycles = 0
        self._transit = 0.0
        self._prior_expected = 0
        self._prior_received = 0
        self.fraction_lost = 0.0
        """Of the time before the last report, 0 to 1."""
        self.jitter = 0.0
        self.packets = 0
        self.octets = 0
        self.last_arrival = float("-inf")
        self.lsr = 0
        self.lsr_at = 0.0

    def received(self, packet: Packet) -> None:
        """Counts a packet in; a retransmission says nothing of jitter."""
        sequence, timestamp, _, _, payload, arrival, _, retransmitted = packet
        self.packets += 1
        self.octets += len(payload)
        self.last_arrival = arrival
        if sequence == self._highest + 1:
            self._highest = sequence
        else:
            self._count_cycle(sequence)
        if retransmitted:
            return
        transit = arrival * self.clock_rate - timestamp
        change = abs(transit - self._transit)
        self._transit = transit
        if change < self.clock_rate:
            self.jitter += (change - self.jitter) / 16

    def _count_cycle(self, sequence: int) -> None:
        if self._highest < 0:
            self._base = self._highest = sequence
            return
        if sequence_delta(sequence, self._highest) > 0:
            if sequence < self._highest:
                self._cycles += 1 << 16
            self._highest = sequence

    @property
    def expected(self) -> int:
        """Packets the sender has sent, as its numbers say."""
        return self._cycles + self._highest - self._base + 1 if self._highest >= 0 else 0

    @property
    def lost(self) -> int:
        """Packets that never came, at least 0."""
        return max(0, self.expected - self.packets)

    def sender_reported(self, ntp: int, now: float) -> None:
        """Notes a sender report: the middle 32 bits of its time go back in the next block."""
        self.lsr = ntp >> 16 & 0xFFFFFFFF
        self.lsr_at = now

    def report(self, ssrc: int, now: float) -> ReportBlock:
        """The block for the time since the last one."""
        expected = self.expected - self._prior_expected
        received = self.packets - self._prior_received
        self._prior_expected, self._prior_received = self.expected, self.packets
        lost = max(0, expected - received)
        fraction = min(255, lost * 256 // expected) if expected > 0 else 0
        self.fraction_lost = fraction / 256
        delay = int((now - self.lsr_at) * 65536) & 0xFFFFFFFF if self.lsr else 0
        return ReportBlock(
            ssrc,
            fraction,
            min(self.lost, 0x7FFFFF),
            (self._cycles + max(self._highest, 0)) & 0xFFFFFFFF,
            int(self.jitter) & 0xFFFFFFFF,
            self.lsr,
            delay,
        )
