"""The rule of priority: who is first in the queue, and why. Pure; in words at `/urgent/priority`.

Every request counts as if it had been asked earlier than it was, by a head start for what is
known of it. Whoever counts from the earliest time is first. So need goes first, waiting always
counts, and nothing starves: a request is never passed by one asked later than `LONGEST` after it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

RULE = 2
"""The rule's version: raise it with every change below, so that records say which one held."""

Reason = Literal["time-critical", "high", "medium", "low-medium", "not-known", "waiting"]
REASONS: tuple[Reason, ...] = (
    "time-critical",
    "high",
    "medium",
    "low-medium",
    "not-known",
    "waiting",
)
SAID_TIME_CRITICAL = timedelta(minutes=60)
"""What the crew says counts most: they see the patient, and a score misses a stroke."""
BY_NEWS2: dict[str, timedelta] = {
    # RCP 2017, thresholds and triggers: high is an emergency response, medium an urgent one.
    "high": timedelta(minutes=40),
    "medium": timedelta(minutes=20),
    "low-medium": timedelta(minutes=10),
    "low": timedelta(),
}
NOT_KNOWN = timedelta(minutes=10)
"""No score yet, or none for this patient (under 16, pregnant): that is no reason to be calm."""
LONGEST = SAID_TIME_CRITICAL + BY_NEWS2["high"]
"""Nobody asked later than this after a request can be before it."""


@dataclass(frozen=True, slots=True)
class Known:
    """The rule's inputs. `news2_risk` is empty where there is no complete score."""

    raised_at: datetime
    time_critical: bool = False
    news2_risk: str = ""
    news2_total: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a head start, with what it is given for."""

    reason: Reason
    head_start: timedelta


@dataclass(frozen=True, slots=True)
class Priority:
    """Where a request stands: the earliest `counts_from` is first. `reason` is what weighs most,
    `rank` that reason's place among all, for a colour say."""

    rank: int
    reason: Reason
    counts_from: datetime
    waited: timedelta
    parts: tuple[Part, ...] = ()
    rule: int = RULE


def priority_from(known: Known, *, now: datetime) -> Priority:
    """The rule. `now` only tells how long it has waited: the order does not depend on it, so no
    two requests change places by time alone."""
    parts = _parts(known)
    head_start = sum((part.head_start for part in parts), timedelta())
    heaviest = max(parts, key=lambda part: part.head_start, default=None)
    reason: Reason = heaviest.reason if heaviest else "waiting"
    return Priority(
        rank=REASONS.index(reason),
        reason=reason,
        counts_from=known.raised_at - head_start,
        waited=max(now - known.raised_at, timedelta()),
        parts=parts,
    )


def _parts(known: Known) -> tuple[Part, ...]:
    parts = []
    if known.time_critical:
        parts.append(Part("time-critical", SAID_TIME_CRITICAL))
    by_score = BY_NEWS2.get(known.news2_risk, NOT_KNOWN)
    if by_score:
        reason: Reason = "not-known"
        if known.news2_risk in {"high", "medium", "low-medium"}:
            reason = known.news2_risk  # type: ignore[assignment]  # one of the three just named
        parts.append(Part(reason, by_score))
    return tuple(parts)
