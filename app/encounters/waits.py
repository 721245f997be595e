"""Honest waits: when somebody will probably be seen, from who is in the call and who is before
them. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

OPENS_BEFORE = timedelta(minutes=30)
"""A waiting room open for longer makes people wait for longer."""
USUAL_LENGTH = timedelta(minutes=15)
"""Of a consultation without an appointment, when a wait is estimated."""
STILL_TO_COME = timedelta(minutes=5)
"""What a consultation that has overrun is thought to need yet: it does not end this moment."""


@dataclass(frozen=True, slots=True)
class Underway:
    """A consultation in progress, and how long it was meant to take."""

    started_at: datetime
    length: timedelta


@dataclass(frozen=True, slots=True)
class Turn:
    """A consultation to come. Without a planned start (urgent advice) it is next."""

    planned_start: datetime | None
    length: timedelta


def free_at(underway: Iterable[Underway], *, now: datetime) -> datetime:
    """When the clinician will probably have finished what is in progress."""
    ends = [max(each.started_at + each.length, now + STILL_TO_COME) for each in underway]
    return max(ends, default=now)


def expected_times(turns: Sequence[Turn], *, free: datetime) -> list[datetime]:
    """When each will probably be seen: at their time, or when those before are done, whichever
    is later. `turns` are in the order in which they will be seen."""
    times = []
    for turn in turns:
        expected = max(free, turn.planned_start or free)
        times.append(expected)
        free = expected + turn.length
    return times


def expected_for(planned_start: datetime, turns: Sequence[Turn], *, free: datetime) -> datetime:
    """When somebody who is not waiting yet will be seen, if they come in time."""
    before = [
        turn for turn in turns if not turn.planned_start or turn.planned_start < planned_start
    ]
    mine = Turn(planned_start, timedelta())
    return expected_times([*before, mine], free=free)[-1]
