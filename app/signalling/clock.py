"""Time as the rooms see it, passed in so that tests turn it by hand."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.clock import utc_now


@dataclass(frozen=True, slots=True)
class Clock:
    """`now` is for the record, `monotonic` (in seconds) for windows and limits."""

    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
