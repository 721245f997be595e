"""How much one participant may ask of a room (ASVS 5.0 17.3.1)."""

from collections.abc import Callable

# A call in full swing needs about five messages a second; a page that starts sends some thirty
# at once, candidates most of all. ASVS speaks of 100 a second as a first value.
MESSAGES_PER_SECOND = 50.0
MESSAGES_BURST = 100
# An offer costs a parse of SDP and a transport. A start needs two, a change of network two more.
OFFERS_PER_SECOND = 1.0
OFFERS_BURST = 10
# A correct client is refused now and then in a race. One that goes on is broken, or hostile.
ERRORS_PER_SECOND = 1.0
ERRORS_BURST = 20
# A hand on a zoom slider asks a few times a second; more is noise on the other side's phone.
ASKING_PER_SECOND = 4.0
ASKING_BURST = 20
# A pointer that moves is told some 15 times a second.
POINTING_PER_SECOND = 25.0
POINTING_BURST = 50


class TokenBucket:
    """`burst` at once, `per_second` in the long run."""

    def __init__(self, *, per_second: float, burst: int, monotonic: Callable[[], float]) -> None:
        self._per_second = per_second
        self._burst = burst
        self._monotonic = monotonic
        self._tokens = float(burst)
        self._filled_at = monotonic()

    def take(self) -> bool:
        """Take one, or learn that there is none."""
        now = self._monotonic()
        gained = (now - self._filled_at) * self._per_second
        self._tokens = min(self._burst, self._tokens + gained)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Limits:
    """The budgets of one participant. They outlive its sockets."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.messages = TokenBucket(
            per_second=MESSAGES_PER_SECOND, burst=MESSAGES_BURST, monotonic=monotonic
        )
        self.offers = TokenBucket(
            per_second=OFFERS_PER_SECOND, burst=OFFERS_BURST, monotonic=monotonic
        )
        self.errors = TokenBucket(
            per_second=ERRORS_PER_SECOND, burst=ERRORS_BURST, monotonic=monotonic
        )
        self.asking = TokenBucket(
            per_second=ASKING_PER_SECOND, burst=ASKING_BURST, monotonic=monotonic
        )
        self.pointing = TokenBucket(
            per_second=POINTING_PER_SECOND, burst=POINTING_BURST, monotonic=monotonic
        )
