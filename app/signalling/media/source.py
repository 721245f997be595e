"""What an outgoing stream needs of the one that it carries: a forwarder, or a fake in tests."""

from typing import Protocol

from app.signalling.media.codecs import Codec
from app.signalling.media.rtp import Packet


class Source(Protocol):
    """The packets, the clock and the sender behind them."""

    codecs: dict[int, Codec]
    clock: tuple[int, int] | None

    @property
    def fraction_lost(self) -> float:
        """What did not come from the sender lately, 0 to 1."""

    @property
    def newest(self) -> Packet | None:
        """The packet of the highest number."""

    def held(self, sequence: int, now: float) -> Packet | None:
        """A packet by its number, when it is still held."""

    def want_keyframe(self, now: float) -> None:
        """Asks the sender for a keyframe."""

    def missed(self, sequence: int, now: float) -> None:
        """Somebody needs a packet that is not held."""
