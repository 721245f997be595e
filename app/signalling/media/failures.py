"""How often one source may have us verify a check that proves nothing: a hash each time."""

FAILED_PER_SECOND = 20.0
FAILED_BURST = 50
"""A page that was reloaded may go on for a moment with credentials that hold no more."""

MAX_SOURCES = 4_096


class FailedChecks:
    """One leaky bucket for each source that has failed of late. `now` in seconds."""

    def __init__(self) -> None:
        self._levels: dict[str, tuple[float, float]] = {}

    def _level(self, source: str, now: float) -> float:
        level, at = self._levels.get(source, (0.0, now))
        return max(0.0, level - (now - at) * FAILED_PER_SECOND)

    def allow(self, source: str, now: float) -> bool:
        """Whether its next check is worth a look."""
        return source not in self._levels or self._level(source, now) <= FAILED_BURST - 1

    def add(self, source: str, now: float) -> None:
        """One more that proved nothing. The source longest quiet is forgotten when there are too
        many."""
        level = self._level(source, now) + 1
        self._levels.pop(source, None)
        self._levels[source] = (level, now)
        if len(self._levels) > MAX_SOURCES:
            del self._levels[next(iter(self._levels))]
