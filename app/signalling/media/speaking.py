"""Whether somebody speaks, from the level in each packet of sound (RFC 6464). Pure."""

LOUD = 45
"""-dBov: speech close to a microphone is between 15 and 40, a quiet room above 55."""

BEGIN_SECONDS = 0.2
"""A cough or a door is shorter."""

END_SECONDS = 1.2
"""People pause between sentences."""


class SpeakingDetector:
    """Debounced both ways. `now` in seconds."""

    def __init__(self) -> None:
        self.speaking = False
        self._loud_since: float | None = None
        self._loud_at = float("-inf")

    def heard(self, level: int, now: float) -> None:
        """A packet's level octet: the V bit of the sender's own detector, and -dBov."""
        if level & 0x7F > LOUD:
            return
        if now - self._loud_at > BEGIN_SECONDS:
            self._loud_since = now
        self._loud_at = now

    def changed(self, now: float) -> bool:
        """To be asked every 20 ms or so: whether `speaking` is another than before."""
        before = self.speaking
        if now - self._loud_at > END_SECONDS:
            self.speaking = False
        elif self._loud_since is not None and self._loud_at - self._loud_since >= BEGIN_SECONDS:
            self.speaking = True
        return self.speaking != before
