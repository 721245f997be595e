"""What records of the media plane see: `recording.taps` are the real ones."""

from collections.abc import Mapping
from typing import Protocol

from app.signalling.media.codecs import Codec
from app.signalling.media.rtp import Packet


class Tap(Protocol):
    """Records one stream; never waits."""

    def begins(self, codecs: Mapping[int, Codec]) -> None:
        """The stream starts, or starts anew with other numbers or formats."""

    def packet(self, packet: Packet) -> None:
        """A packet has come, for the first time."""

    def clock(self, ntp: int, timestamp: int, now: float) -> None:
        """The sender's clock, on the node's time."""


class Recorder(Protocol):
    """Records one track."""

    def layer(self, place: int) -> Tap | None:
        """What records that layer of it, 0 the lowest; None records nothing of it."""
