"""Where requests are counted: in memory, by windows of time that begin with the first of them.

The storage that `limits` has for it starts a thread at nearly each request, to look for windows
that are over; here they go once a minute, in passing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from limits.storage import Storage

SWEEP_SECONDS = 60.0


@dataclass(slots=True)
class _Window:
    """So many until then, in seconds since the epoch."""

    count: int
    ends_at: float


class Windows(Storage):
    """Counts for one event loop: nothing here waits, so nothing is locked."""

    STORAGE_SCHEME = ["windows"]  # noqa: RUF012 - as the library has it

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._windows: dict[str, _Window] = {}
        self._sweep_at = clock() + SWEEP_SECONDS

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None: memory is always there."""
        return ()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count `amount` more in the window of that key, which lasts `expiry` seconds; the sum."""
        now = self._clock()
        self._sweep(now)
        window = self._windows.get(key)
        if window is None or window.ends_at <= now:
            window = self._windows[key] = _Window(0, now + expiry)
        window.count += amount
        return window.count

    def get(self, key: str) -> int:
        """What the window of that key has counted; 0 where there is none."""
        window = self._windows.get(key)
        return window.count if window and window.ends_at > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since the epoch; now where there is none."""
        window = self._windows.get(key)
        return window.ends_at if window else self._clock()

    def check(self) -> bool:
        """It is there."""
        return True

    def reset(self) -> int:
        """Forget everything; how much that was."""
        forgotten = len(self._windows)
        self._windows.clear()
        return forgotten

    def clear(self, key: str) -> None:
        """Forget one."""
        self._windows.pop(key, None)

    def _sweep(self, now: float) -> None:
        if now < self._sweep_at:
            return
        self._sweep_at = now + SWEEP_SECONDS
        self._windows = {
            key: window for key, window in self._windows.items() if window.ends_at > now
        }

    def __len__(self) -> int:
        return len(self._windows)
