"""What goes twice over a line that loses, before anybody can ask: the end of each picture, whose
loss shows only when the next picture comes, and each repair, which is as easily lost as the packet
it replaces.

Pure; `now` in seconds.
"""

from collections import deque

from app.signalling.media.rtp import Packet

LOSSY_SECONDS = 3.0
"""A line counts as one that loses for this long after something was asked for again."""

APART_SECONDS = 0.003
"""Between a packet and its copy: what follows at once is lost in the same burst."""

LATEST_SECONDS = 0.1
MOST_REPAIRS = 64
"""Copies of what was sent again longer ago, or of more at once, come too late or are too many."""

SHARE = 0.25
"""Octets of copies for each sent. A picture of 720 lines is six packets, of which one ends it; of
small pictures, one packet each, every fourth goes twice."""

BURST_OCTETS = 8_192


class Mending:
    """Of one outgoing stream: which packets go again now."""

    def __init__(self) -> None:
        self._asked_at = float("-inf")
        self._ended = -1
        self._repairs: deque[tuple[Packet, float]] = deque(maxlen=MOST_REPAIRS)
        self._octets = 0
        self._spare = 0.0

    def asked(self, now: float) -> None:
        """The receiver misses something."""
        self._asked_at = now

    def is_on(self, now: float) -> bool:
        """Whether the line has lost something lately."""
        return now - self._asked_at < LOSSY_SECONDS

    def repaired(self, packet: Packet, now: float) -> None:
        """This one was sent again; once more in a moment."""
        self._repairs.append((packet, now))

    def forget(self) -> None:
        """Another source begins: nothing of the one before goes again."""
        self._ended = -1
        self._repairs.clear()

    def due(self, newest: Packet | None, octets: int, now: float) -> list[Packet]:
        """The copies for now; `newest` is the last packet of the source, `octets` what was sent
        since the beginning. What the copies may not cost any more is left out."""
        self._earn(octets)
        found = self._due_repairs(now)
        if newest is not None and self._ends(newest, now):
            self._ended = newest.sequence
            found.append(newest)
        return [packet for packet in found if self._spend(len(packet.payload))]

    def _due_repairs(self, now: float) -> list[Packet]:
        found = []
        while self._repairs and now - self._repairs[0][1] >= APART_SECONDS:
            packet, at = self._repairs.popleft()
            if now - at < LATEST_SECONDS:
                found.append(packet)
        return found

    def _earn(self, octets: int) -> None:
        earned, self._octets = octets - self._octets, octets
        self._spare = min(BURST_OCTETS, self._spare + SHARE * earned)

    def _ends(self, packet: Packet, now: float) -> bool:
        waited = APART_SECONDS <= now - packet.arrival < LATEST_SECONDS
        return packet.marker and waited and packet.sequence != self._ended

    def _spend(self, octets: int) -> bool:
        if self._spare < octets:
            return False
        self._spare -= octets
        return True
