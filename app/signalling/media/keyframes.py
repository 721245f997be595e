"""When to ask a sender for a keyframe (PLI, RFC 4585 §6.3.1): throttled, and until it comes."""

from collections import deque

THROTTLE_SECONDS = 0.5
"""Faster requests overload phones (LiveKit and Galène use the same)."""

LOSSY_SECONDS, MOST_RECENT = 3.0, 4
"""On a line that loses, each keyframe that began so lately makes the wait for another half a second
longer: one grown thin would carry keyframes alone, and none of them whole. So does each that was
asked for and has not come: it may stand in the sender's queue, where another would come behind it
(five in 2 s at 0.5 Mb/s, each half a second of the line)."""


class KeyframeRequests:
    """One stream's wish for a keyframe. No clock of its own: `now` is in seconds."""

    def __init__(self) -> None:
        self._wanted = False
        self._last_request = float("-inf")
        self._unanswered = 0
        self.requests = 0
        self.keyframes = 0
        self.last_keyframe = float("-inf")
        self._arrivals: deque[float] = deque(maxlen=MOST_RECENT)

    @property
    def wanted(self) -> bool:
        """A keyframe is awaited."""
        return self._wanted

    def want(self, now: float, *, lossy: bool = False) -> bool:
        """Somebody needs a keyframe. True: send the request now."""
        self._wanted = True
        return self.due(now, lossy=lossy)

    def due(self, now: float, *, lossy: bool = False) -> bool:
        """True when a request is wanted and the last one is half a second old, or more on a line
        that loses."""
        wait = THROTTLE_SECONDS * (self._under_way(now) if lossy else 1)
        if not self._wanted or now - self._last_request < wait:
            return False
        self._last_request = now
        self._unanswered += 1
        self.requests += 1
        return True

    def arrived(self, now: float) -> None:
        """A keyframe began."""
        self._wanted = False
        self._unanswered = 0
        self.keyframes += 1
        self.last_keyframe = now
        self._arrivals.append(now)

    def _under_way(self, now: float) -> int:
        recent = sum(now - at < LOSSY_SECONDS for at in self._arrivals)
        return min(MOST_RECENT, max(1, recent + self._unanswered))
