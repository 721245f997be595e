"""What a sender may use, so that the slowest of its viewers can follow.

Transport-wide feedback lets the sender find the limit of its own line; REMB tells it the others'.
"""

from collections.abc import Iterable

CEILING_BPS = 2_500_000
"""720p at 30 a second needs 1.2 to 2 Mb/s."""

FLOOR_BPS = 150_000
"""The thinnest 4G uplinks carry this much (ERRANT); less is no picture."""

CONGESTED_SHARE = 0.7
LOSSY_SHARE = 1.0
LOSSY_FRACTION = 0.02
"""A viewer's estimate is no more than what arrives until it has grown past it, so it says nothing
unless it falls well below what is sent, or below it while packets are lost."""

CONGESTED_SECONDS = 1.0
"""Without loss the estimate must stay low this long: one report may span a burst, or a moment in
which the viewer's machine was busy."""

RAISE_FACTOR = 1.5
FIRST_CALM_SECONDS, LONGEST_CALM_SECONDS = 1.0, 8.0
"""An estimate follows what arrives, at a few percent a second: alone it would take half a minute to
let a picture grow again. While nothing speaks against it the limit is raised, by as much as a
receiver's estimate may exceed what it gets; after a raise that went too far, more slowly."""

REGRET_SECONDS = 4.0

SOUND_BPS = 50_000
"""Opus and its headers. Estimates are of the whole line: sound comes first out of it."""

WINDOW_SECONDS = 1.0


class ViewerEstimate:
    """What one subscriber's line can carry, from its own REMB. `now` in seconds."""

    def __init__(self) -> None:
        self.fraction_lost = 0.0
        """On the way to this subscriber alone: what its source lost is not its line's fault."""
        self.streams = 1
        self._limit_bps: int | None = None
        self._since: float | None = None
        self._octets = 0
        self._sent_bps = 0.0
        self._congested_since: float | None = None
        self._calm_seconds = FIRST_CALM_SECONDS
        self._raised_at = self._bound_at = float("-inf")

    @property
    def share_bps(self) -> int:
        """What each picture sent to this subscriber may use."""
        if self._limit_bps is None:
            return CEILING_BPS
        share = (self._limit_bps - SOUND_BPS) // max(1, self.streams)
        return max(FLOOR_BPS, min(CEILING_BPS, share))

    @property
    def limit_bps(self) -> int | None:
        """What the whole line carries; None while it has shown no limit."""
        return self._limit_bps

    def measured(self, limit_bps: int | None) -> None:
        """What transport-wide feedback says instead, which is better than any REMB."""
        self._limit_bps = limit_bps

    def sent(self, octets: int, now: float) -> None:
        """Notes the running total of octets sent to this subscriber."""
        if self._since is None:
            self._since, self._octets = now, octets
        elif now - self._since >= WINDOW_SECONDS:
            self._sent_bps = (octets - self._octets) * 8 / (now - self._since)
            self._since, self._octets = now, octets

    def reported(self, bps: int, now: float) -> None:
        """The subscriber's estimate: binding under congestion, else room to grow."""
        lossy = self.fraction_lost > LOSSY_FRACTION
        if bps >= self._sent_bps * (LOSSY_SHARE if lossy else CONGESTED_SHARE):
            self._grow(bps, now)
            return
        if self._congested_since is None:
            self._congested_since = now
        if lossy or now - self._congested_since >= CONGESTED_SECONDS:
            self._bind(bps, now)

    def _bind(self, bps: int, now: float) -> None:
        if now - self._raised_at < REGRET_SECONDS:
            self._calm_seconds = min(LONGEST_CALM_SECONDS, self._calm_seconds * 2)
            self._raised_at = float("-inf")
        self._limit_bps = min(self._limit_bps or bps, bps)
        self._bound_at = now

    def _grow(self, bps: int, now: float) -> None:
        self._congested_since = None
        if self._limit_bps is None:
            return
        limit = max(self._limit_bps, bps)
        if now - max(self._raised_at, self._bound_at) >= self._calm_seconds:
            limit = max(limit, int(self._limit_bps * RAISE_FACTOR))
            self._raised_at = now
        self._limit_bps = limit
        if limit >= CEILING_BPS * self.streams:
            self._limit_bps = None
            self._calm_seconds = FIRST_CALM_SECONDS


def send_limit(pictures: Iterable[Iterable[ViewerEstimate]]) -> int:
    """Bits a second for a sender of these pictures, each with its viewers, and of sound: of each
    picture the slowest viewer decides."""
    return SOUND_BPS + sum(
        min((viewer.share_bps for viewer in viewers), default=CEILING_BPS) for viewers in pictures
    )
