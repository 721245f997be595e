"""One way of a link, pure: packets go in, and come out late, or not at all. The clock is given."""

import math
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from tests.links.shape import Shape

TCP, UDP = 6, 17
"""Protocol numbers in the tenth octet of an IPv4 header (RFC 791 §3.1)."""


@dataclass(slots=True)
class Tally:
    """What became of the packets so far."""

    offered: int = 0
    lost: int = 0
    overflowed: int = 0
    delivered: int = 0
    octets: int = 0


class Lane:
    """Times in seconds. A packet waits for the transmitter, may be lost, and is then under way."""

    def __init__(self, shape: Shape, seed: int) -> None:
        self.shape = shape
        self.tally = Tally()
        self._chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._head_left = 0.0
        """Bits of the first waiting packet that are not sent yet."""
        self._worked_until = 0.0
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._last_arrival = 0.0
        self._is_bad = False
        self._wander = 0.0
        self._wandered_at = 0.0

    def reshape(self, shape: Shape, now: float) -> None:
        """What waits goes on at the new rate. Without coverage what waits or flies is gone."""
        self._work(now)
        self.shape = shape
        if not shape.is_up:
            self.tally.lost += len(self._waiting) + len(self._under_way)
            self._waiting.clear()
            self._under_way.clear()
            self._waiting_bytes = 0

    def _lets(self, packet: bytes) -> bool:
        """Whether the line is there, and no firewall in the way."""
        shape, protocol = self.shape, int.from_bytes(packet[9:10])
        return shape.is_up and {TCP: shape.passes_tcp, UDP: shape.passes_udp}.get(protocol, True)

    def offer(self, packet: bytes, now: float) -> None:
        """A packet comes to the link."""
        self.tally.offered += 1
        shape = self.shape
        if not self._lets(packet):
            self.tally.lost += 1
            return
        if shape.rate_bps is None and not self._waiting:
            self._fly(packet, now)
            return
        self._work(now)
        if self._waiting_bytes + len(packet) > shape.queue_bytes:
            self.tally.overflowed += 1
            return
        if not self._waiting:
            self._head_left = len(packet) * 8.0
        self._waiting.append(packet)
        self._waiting_bytes += len(packet)

    def due(self, now: float) -> Iterator[bytes]:
        """Whatever has arrived by now, in order."""
        if self._waiting:
            self._work(now)
        under_way = self._under_way
        while under_way and under_way[0][0] <= now:
            packet = under_way.popleft()[1]
            self.tally.delivered += 1
            self.tally.octets += len(packet)
            yield packet

    def next_event(self) -> float:
        """When to look again; infinity when there is nothing."""
        soonest = self._under_way[0][0] if self._under_way else math.inf
        if self._waiting:
            rate = self.shape.rate_bps
            sent = self._worked_until + (self._head_left / rate if rate else 0.0)
            soonest = min(soonest, sent)
        return soonest

    def _work(self, now: float) -> None:
        """The transmitter sends what it can by now."""
        rate = self.shape.rate_bps
        at = self._worked_until
        while self._waiting:
            done = at + (self._head_left / rate if rate else 0.0)
            if done > now and rate:
                self._head_left -= (now - at) * rate
                break
            at = done
            self._leave(at)
        self._worked_until = now

    def _leave(self, at: float) -> None:
        packet = self._waiting.popleft()
        self._waiting_bytes -= len(packet)
        if self._waiting:
            self._head_left = len(self._waiting[0]) * 8.0
        self._fly(packet, at)

    def _fly(self, packet: bytes, at: float) -> None:
        if self._is_lost():
            self.tally.lost += 1
            return
        arrival = max(self._last_arrival, at + self._delay(at))
        self._last_arrival = arrival
        self._under_way.append((arrival, packet))

    def _is_lost(self) -> bool:
        losses = self.shape.bursts
        if losses.enter:
            turns = self._chance.random() < (losses.leave if self._is_bad else losses.enter)
            self._is_bad ^= turns
        share = losses.lost_in_bad if self._is_bad and losses.enter else losses.lost_in_good
        return share > 0 and self._chance.random() < share

    def _delay(self, at: float) -> float:
        """An Ornstein–Uhlenbeck walk: its deviation is the same however many packets come."""
        shape = self.shape
        if not shape.jitter_ms:
            return shape.delay_ms / 1_000
        kept = math.exp(-max(0.0, at - self._wandered_at) * 1_000 / shape.wander_ms)
        self._wandered_at = at
        fresh = self._chance.gauss(0.0, 1.0) * math.sqrt(1 - kept * kept)
        self._wander = kept * self._wander + fresh
        return max(0.0, shape.delay_ms + self._wander * shape.jitter_ms) / 1_000
