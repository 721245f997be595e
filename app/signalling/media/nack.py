"""Which packets to ask for again, and when (RFC 4585 §6.2.1). No clock of its own."""

from app.signalling.media.rtp import sequence_delta

RETRY_SECONDS = 0.035
"""Between 30 and 40 ms: with 200 ms, one in thirty packets lost froze the picture 11 times in 10 s
and with this never (measured). Sooner where repairs come sooner."""

SHORTEST_RETRY_SECONDS = 0.01
TRIP_MARGIN, TRIP_FADES = 1.2, 0.9
"""A repair may take a little longer than the slowest of late; that one is forgotten slowly."""

LOSSY_SECONDS = 3.0
"""A line counts as one that loses for this long after a loss."""

MAX_TRIES = 8
SOON_TRIES = 3
"""So often at that pace, then ever later: where a queue stands on the line, all of them would be
over before the first repair can come."""

MAX_MISSING = 1_000
"""A wider gap is a new beginning, not a loss (mediasoup asks for a keyframe at the same number)."""

MAX_PER_REQUEST = 256

POOR_RATIO, MOST_POOR = 2, 8
"""Where single packets come between wider holes, a line carries a part of what is sent. To send all
that again would take what it carries for seconds: after so many in a row, a new beginning."""


class NackGenerator:
    """Watches the sequence numbers of one stream."""

    def __init__(self) -> None:
        self._highest = -1
        self._missing: dict[int, list[float]] = {}
        self._trip: float | None = None
        self._lost_at = float("-inf")
        self._run_from = -1
        self._poor = 0
        self.overflowed = False

    def received(self, sequence: int, now: float) -> list[int]:
        """Notes a packet and gives the numbers to ask for at once. `now` in seconds."""
        if sequence == (self._highest + 1) & 0xFFFF:
            self._highest = sequence
            return []
        if self._highest < 0:
            self._highest = self._run_from = sequence
            return []
        ahead = sequence_delta(sequence, self._highest)
        if ahead <= 0:
            self._came(self._missing.pop(sequence, None), now)
            return []
        return self._lost(sequence, ahead - 1, now)

    def _lost(self, sequence: int, count: int, now: float) -> list[int]:
        """So many are missing before this one."""
        self._lost_at = now
        first = self._highest + 1
        is_too_much = self._is_poor(count) or count + len(self._missing) > MAX_MISSING
        self._highest = self._run_from = sequence
        if is_too_much:
            self._poor = 0
            self._missing.clear()
            self.overflowed = True
            return []
        new = [(first + step) & 0xFFFF for step in range(count)]
        for lost in new:
            self._missing[lost] = [1, now]
        return new[:MAX_PER_REQUEST]

    def _is_poor(self, count: int) -> bool:
        """Whether too many came in single packets of late; one hole alone may be of any width."""
        run = (self._highest - self._run_from & 0xFFFF) + 1
        before, self._poor = self._poor, self._poor + count if count > run * POOR_RATIO else 0
        return before > 0 and self._poor > MOST_POOR

    def _came(self, state: list[float] | None, now: float) -> None:
        """Notes how long a repair took that was asked for once."""
        if state is not None and state[0] == 1:
            self._trip = max(now - state[1], (self._trip or 0.0) * TRIP_FADES)

    @property
    def retry_seconds(self) -> float:
        """How long to wait for what was asked for before asking again."""
        if self._trip is None:
            return RETRY_SECONDS
        return min(RETRY_SECONDS, max(SHORTEST_RETRY_SECONDS, self._trip * TRIP_MARGIN))

    def is_lossy(self, now: float) -> bool:
        """Whether something was lost lately."""
        return now - self._lost_at < LOSSY_SECONDS

    def due(self, now: float) -> list[int]:
        """The numbers whose time has come again; gives up on what was asked for so often."""
        if not self._missing:
            return []
        asked: list[int] = []
        retry = self.retry_seconds
        for sequence, state in list(self._missing.items()):
            if now - state[1] < retry * max(1, state[0] - SOON_TRIES + 1):
                continue
            if state[0] >= MAX_TRIES:
                del self._missing[sequence]
            elif len(asked) < MAX_PER_REQUEST:
                state[0] += 1
                state[1] = now
                asked.append(sequence)
        return asked

    def give_up_before(self, sequence: int) -> None:
        """A keyframe began here: nothing before it is needed any more."""
        if self._missing:
            kept = {n: s for n, s in self._missing.items() if sequence_delta(n, sequence) >= 0}
            self._missing = kept

    def forget(self) -> None:
        """Begins anew, as with another stream."""
        self._missing.clear()
        self._highest = -1
        self._poor = 0
        self.overflowed = False

    def awaits(self, sequence: int) -> bool:
        """Whether this one was asked for and may still come."""
        return sequence in self._missing

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers still awaited."""
        return tuple(self._missing)
