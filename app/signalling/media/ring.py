"""The last packets of one stream, by sequence number: bounded in number, octets and age."""

from collections.abc import Iterator

from app.signalling.media.rtp import Packet, sequence_delta

MAX_AGE_SECONDS = 2.0
"""A resend later than this comes after the frame was given up (mediasoup keeps the same)."""


class PacketRing:
    """Holds at most `capacity` packets, a power of two, each in the slot of its number, with no
    more than `most_octets` of payload together."""

    def __init__(self, capacity: int, most_octets: int) -> None:
        self._slots: list[Packet | None] = [None] * capacity
        self._mask = capacity - 1
        self._most_octets = most_octets
        self._oldest = 0
        self._hand = 0
        self.octets = 0
        self.highest = -1

    def put(self, packet: Packet) -> bool:
        """Keeps a packet; False when it is held already or is older than the ring."""
        sequence = packet.sequence
        if self.highest < 0:
            self.highest = self._oldest = sequence
        elif sequence == (self.highest + 1) & 0xFFFF:
            self.highest = sequence
        elif not self._is_news(sequence):
            return False
        slot = sequence & self._mask
        held = self._slots[slot]
        self._slots[slot] = packet
        self.octets += len(packet.payload)
        if held is not None:
            self.octets -= len(held.payload)
        at_hand = self._slots[self._hand]
        if at_hand is None or packet.arrival - at_hand.arrival > MAX_AGE_SECONDS:
            self._empty_old(packet.arrival)
        if self.octets > self._most_octets:
            self._shrink()
        return True

    def _is_news(self, sequence: int) -> bool:
        """Of a packet out of order: it is not held, and not older than the ring."""
        ahead = sequence_delta(sequence, self.highest)
        if ahead <= -len(self._slots):
            return False
        if ahead > 0:
            self.highest = sequence
        held = self._slots[sequence & self._mask]
        return held is None or held.sequence != sequence

    def _empty_old(self, now: float) -> None:
        """Lets go of what nobody may ask for any more; the number stays, to know duplicates by.

        A hand goes round the slots, two for each packet that comes: it waits at the first that is
        young and never falls behind.
        """
        for _ in range(2):
            held = self._slots[self._hand]
            if held is not None and now - held.arrival <= MAX_AGE_SECONDS:
                return
            if held is not None and held.payload:
                self.octets -= len(held.payload)
                self._slots[self._hand] = held._replace(payload=b"")
            self._hand = (self._hand + 1) & self._mask

    def _shrink(self) -> None:
        """Forgets from the oldest on until the rest fits."""
        behind = sequence_delta(self.highest, self._oldest)
        if not 0 <= behind < len(self._slots):
            self._oldest = (self.highest - self._mask) & 0xFFFF
        while self.octets > self._most_octets:
            slot = self._oldest & self._mask
            held = self._slots[slot]
            if held is not None:
                self.octets -= len(held.payload)
                self._slots[slot] = None
            self._oldest = (self._oldest + 1) & 0xFFFF

    def get(self, sequence: int, now: float) -> Packet | None:
        """The packet of that number unless it is gone or too old. `now` in seconds."""
        packet = self._slots[sequence & self._mask]
        if packet is None or packet.sequence != sequence & 0xFFFF:
            return None
        return packet if now - packet.arrival <= MAX_AGE_SECONDS else None

    @property
    def newest(self) -> Packet | None:
        """The packet of the highest number."""
        return self._slots[self.highest & self._mask] if self.highest >= 0 else None

    def since(self, sequence: int, now: float) -> Iterator[Packet]:
        """The packets held from that number to the newest, in order."""
        for step in range(sequence_delta(self.highest, sequence) + 1):
            packet = self.get((sequence + step) & 0xFFFF, now)
            if packet is not None:
                yield packet

    def clear(self) -> None:
        """Forgets everything: another source begins."""
        self._slots = [None] * len(self._slots)
        self.octets = 0
        self.highest = -1
