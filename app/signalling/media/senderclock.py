"""Brings senders' NTP clocks onto the node's, so that lips match whoever is paired with whom."""

DRIFT_SHARE = 64
"""A later report moves the offset by this fraction: clocks drift, queues come and go."""


class SenderClock:
    """One sender's offset, from its reports: the least delayed one says the most.

    Times are 64-bit NTP (RFC 3550 §4); one clock serves all tracks of a sender.
    """

    def __init__(self) -> None:
        self._offset: int | None = None

    def to_node(self, ntp: int, arrived: int) -> int:
        """The node's time at which the sender's clock showed `ntp`; `arrived` likewise."""
        delay = arrived - ntp
        if self._offset is None or delay < self._offset:
            self._offset = delay
        else:
            self._offset += (delay - self._offset) // DRIFT_SHARE
        return (ntp + self._offset) & 0xFFFFFFFFFFFFFFFF


def ntp_time(seconds: float) -> int:
    """Seconds of the node's clock in the 64-bit NTP format; its zero is the node's own."""
    return int(seconds * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
