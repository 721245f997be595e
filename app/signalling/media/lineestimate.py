"""What the line to one subscriber carries, from its transport-wide feedback.

Pure; `now` in seconds, rates in bits a second. Unlimited until the line shows its limit: a queue
that stands, or heavy loss. From then on what arrives is what it carries; probes find more.
"""

from collections import deque
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from app.signalling.media.bandwidth import CEILING_BPS, FLOOR_BPS

QUEUE_SECONDS = 0.1
"""The least delayed packet of a feedback waits this long: jitter delays some, a queue all."""

STANDING_SECONDS = 0.25
"""A moment in which the viewer's machine was busy is over by then."""

DRAINING_SHARE = 0.8
"""A queue that has shrunk to this in that time was made before: it drains by itself."""

HEAVY_LOSS = 0.15
"""Less is a radio line's, and resends make up for it; a policer that drops what is too much takes
more."""

LOSS_SECONDS = 2.0
LOSS_LEAST = 50
OUTAGE_SECONDS = 0.15
"""For so long nothing of what was sent arrived: there was no line, which says nothing of how much
it carries. A policer lets some through."""

BACK_OFF = 0.85
"""Of what arrives, so that the queue drains."""

SETTLE_SECONDS = 1.0
"""What was sent before the limit was known still arrives for this long."""

BASE_SECONDS = 10.0
RATE_SECONDS = 0.4
PROBE_SECONDS = 0.3
PROBE_FACTOR = 2.0
PROBE_SHARE = 0.9
FIRST_CALM_SECONDS, LONGEST_CALM_SECONDS = 1.0, 4.0
NEXT_CALM_SECONDS = 0.4
"""Between probes: after one that was too much twice as long, after one that went well not."""


class Sample(NamedTuple):
    """One packet: when it was sent (our clock), when it arrived (theirs; None: lost), how big."""

    sent: float
    arrived: float | None
    octets: int


class LineEstimate:
    """The limit of one line, None while it has shown none."""

    def __init__(self) -> None:
        self._since = float("-inf")
        self._begin()

    def _begin(self) -> None:
        self.limit_bps: int | None = None
        self._bases: deque[tuple[float, float]] = deque()
        self._arrivals: deque[tuple[float, int]] = deque()
        self._losses: deque[tuple[float, int, int]] = deque()
        self._standing_since: float | None = None
        self._standing_queue = 0.0
        self._bound_at = float("-inf")
        self._probe_until = self._probed_at = float("-inf")
        self._probe_bps = 0
        self._calm = FIRST_CALM_SECONDS

    def moved(self, now: float) -> None:
        """Another way: nothing is known of it, and what went the old way says nothing about it."""
        self._since = now
        self._begin()

    @property
    def received_bps(self) -> float:
        """What arrived lately."""
        if len(self._arrivals) < 2:
            return 0.0
        span = self._arrivals[-1][0] - self._arrivals[0][0]
        octets = sum(octets for _, octets in self._arrivals) - self._arrivals[0][1]
        return octets * 8 / max(span, 0.02)

    def feedback(self, samples: Iterable[Sample], now: float) -> None:
        """What became of some packets, in the order of sending."""
        known = _without_outages([sample for sample in samples if sample.sent >= self._since])
        if not known:
            return
        came = [sample for sample in known if sample.arrived is not None]
        self._losses.append((now, len(known), len(known) - len(came)))
        while self._losses[0][0] < now - LOSS_SECONDS:
            self._losses.popleft()
        for sample in came:
            self._arrived(sample.arrived or 0.0, sample.octets)
        if came:
            self._delayed(min((s.arrived or 0.0) - s.sent for s in came), now)
        self._judge(now)

    def _arrived(self, at: float, octets: int) -> None:
        arrivals = self._arrivals
        if arrivals and abs(at - arrivals[-1][0]) > BASE_SECONDS:
            arrivals.clear()
        arrivals.append((at, octets))
        while arrivals[0][0] < at - RATE_SECONDS:
            arrivals.popleft()

    def _delayed(self, delay: float, now: float) -> None:
        """The shortest way of the last seconds is the line without a queue."""
        bases = self._bases
        while bases and (bases[-1][1] >= delay or now - bases[0][0] > BASE_SECONDS):
            if bases[-1][1] >= delay:
                bases.pop()
            else:
                bases.popleft()
        bases.append((now, delay))
        queue = delay - bases[0][1]
        stands = queue > QUEUE_SECONDS
        self._standing_since = (self._standing_since or now) if stands else None
        if self._standing_since in {None, now}:
            self._standing_queue = queue
        elif now - (self._standing_since or now) >= STANDING_SECONDS and (
            queue < self._standing_queue * DRAINING_SHARE
        ):
            self._standing_since, self._standing_queue = now, queue
        if stands:
            self._probe_until = min(self._probe_until, now)

    @property
    def fraction_lost(self) -> float:
        """Of the last two seconds, 0 to 1."""
        sent = sum(sent for _, sent, _ in self._losses)
        return sum(lost for _, _, lost in self._losses) / sent if sent >= LOSS_LEAST else 0.0

    def _judge(self, now: float) -> None:
        since = self._standing_since
        stands = since is not None and now - since >= STANDING_SECONDS
        if stands or self.fraction_lost > HEAVY_LOSS:
            self._bind(now)
        elif now < self._probe_until + RATE_SECONDS and self.limit_bps is not None:
            self._raise(now)

    def _bind(self, now: float) -> None:
        if now - self._bound_at < SETTLE_SECONDS:
            return
        if now - self._probed_at < SETTLE_SECONDS + PROBE_SECONDS:
            self._calm = min(LONGEST_CALM_SECONDS, max(FIRST_CALM_SECONDS, self._calm) * 2)
        self._bound_at = now
        self._probe_until = float("-inf")
        self._standing_since = None
        self._losses.clear()
        self.limit_bps = max(FLOOR_BPS // 3, int(self.received_bps * BACK_OFF))

    def _raise(self, now: float) -> None:
        """What a probe brought through, the line carries."""
        carried = int(self.received_bps * PROBE_SHARE)
        if self.limit_bps is None or carried <= self.limit_bps:
            return
        self.limit_bps = min(carried, self._probe_bps)
        self._calm = NEXT_CALM_SECONDS
        if self.limit_bps > CEILING_BPS:
            self.limit_bps = None
            self._calm = FIRST_CALM_SECONDS
            self._probe_until = now

    def probe_bps(self, now: float, wanted_bps: int) -> int:
        """The rate at which to send just now so that more can be found, 0 for no probe. There is
        none while the limit is no lack: nothing needs more than `wanted_bps`."""
        limit = self.limit_bps
        if limit is None or limit >= wanted_bps:
            return 0
        if now < self._probe_until:
            return self._probe_bps
        if now - max(self._bound_at, self._probe_until) < self._calm:
            return 0
        if self._standing_since is not None:
            return 0
        self._probed_at, self._probe_until = now, now + PROBE_SECONDS
        self._probe_bps = int(min(limit * PROBE_FACTOR, CEILING_BPS * 1.2))
        return self._probe_bps


def _without_outages(samples: list[Sample]) -> list[Sample]:
    """Those sent while there was a line."""
    kept: list[Sample] = []
    for is_lost, run in groupby(samples, lambda sample: sample.arrived is None):
        some = list(run)
        if not is_lost or some[-1].sent - some[0].sent < OUTAGE_SECONDS:
            kept += some
    return kept
