"""When to ask a sender for a keyframe (PLI, RFC 4585 §6.3.1): throttled, and until it comes."""

THROTTLE_SECONDS = 0.5
"""Faster requests overload phones (LiveKit and Galène use the same)."""


class KeyframeRequests:
    """One stream's wish for a keyframe. No clock of its own: `now` is in seconds."""

    def __init__(self) -> None:
        self._wanted = False
        self._last_request = float("-inf")
        self.requests = 0
        self.keyframes = 0
        self.last_keyframe = float("-inf")

    @property
    def wanted(self) -> bool:
        """A keyframe is awaited."""
        return self._wanted

    def want(self, now: float) -> bool:
        """Somebody needs a keyframe. True: send the request now."""
        self._wanted = True
        return self.due(now)

    def due(self, now: float) -> bool:
        """True when a request is wanted and the last one is half a second old."""
        if not self._wanted or now - self._last_request < THROTTLE_SECONDS:
            return False
        self._last_request = now
        self.requests += 1
        return True

    def arrived(self, now: float) -> None:
        """A keyframe began."""
        self._wanted = False
        self.keyframes += 1
        self.last_keyframe = now
