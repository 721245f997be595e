"""How many packets one peer may send, at a cost of next to nothing for each."""

PACKETS_PER_SECOND = 4_000
"""Of one peer. A call in 1080p with every layer, sound, repairs and feedback stays under 1,000."""

BURST_SECONDS = 0.5
"""Keyframes and a line that comes back bring many at once."""


class PacketRate:
    """A token bucket that reads the clock only when it is empty.

    It takes whatever one that is filled all the time would take; in no stretch of time more than
    the rate and two bursts.
    """

    def __init__(self, per_second: int, now: float) -> None:
        self._per_second = per_second
        self._burst = int(per_second * BURST_SECONDS)
        self._left = self._burst
        self._filled_at = now

    def takes(self, now: float) -> bool:
        """Whether a packet that comes at `now`, in seconds, is within the rate."""
        if self._left:
            self._left -= 1
            return True
        gained = int((now - self._filled_at) * self._per_second)
        if not gained:
            return False
        if gained < self._burst:
            self._filled_at += gained / self._per_second
        else:
            gained, self._filled_at = self._burst, now
        self._left = gained - 1
        return True
