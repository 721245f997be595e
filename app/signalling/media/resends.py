"""What NACKs may cost: a small packet asks for a thousand large ones. No clock of its own."""

BURST_OCTETS = 256 * 1_024
"""What a second's outage loses at 2 Mb/s."""

SHARE = 1.0
"""Octets that may be sent again for each sent: one in two lost each way is no picture any more."""

LOOKS_PER_SECOND = 5_000.0
LOOKS_BURST = 2_000
"""Numbers looked up. Half of 2 Mb/s lost and asked for every 20 ms is 5,000 a second."""


class ResendBudget:
    """Of one outgoing stream: so much of it may be sent again, so many numbers are looked up."""

    def __init__(self) -> None:
        self._octets = float(BURST_OCTETS)
        self._looks = float(LOOKS_BURST)
        self._looked_at = float("-inf")

    def sent(self, octets: int) -> None:
        """Something was sent for the first time: that earns."""
        earned = self._octets + SHARE * octets
        self._octets = earned if earned < BURST_OCTETS else BURST_OCTETS

    def spend(self, octets: int) -> bool:
        """Whether so much may be sent again now."""
        if self._octets < octets:
            return False
        self._octets -= octets
        return True

    def looks(self, wanted: int, now: float) -> int:
        """How many of so many numbers may be looked up. `now` in seconds."""
        gained = (now - self._looked_at) * LOOKS_PER_SECOND
        self._looks = min(LOOKS_BURST, self._looks + gained)
        self._looked_at = now
        granted = min(wanted, int(self._looks))
        self._looks -= granted
        return granted
