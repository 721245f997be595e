"""How long an offer stands: pure."""

from collections.abc import Callable
from datetime import datetime, timedelta

Quiet = Callable[[datetime], datetime]
"""The first instant from one on that is outside the quiet hours: itself, if it is."""
MINUTE = timedelta(minutes=1)


def never_quiet(moment: datetime) -> datetime:
    """No quiet hours."""
    return moment


def stands_until(now: datetime, lifetime: timedelta, *, quiet: Quiet, latest: datetime) -> datetime:
    """When an offer made now ends: after `lifetime` outside the quiet hours, by `latest` at most.

    Nobody hears of an offer in the quiet hours, so they are not counted.
    """
    moment, left = now, lifetime
    while left > timedelta(0) and moment < latest:
        step = min(left, MINUTE)
        moment, left = quiet(moment) + step, left - step
    return min(moment, latest)
