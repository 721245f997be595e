"""What clients asked and heard, and what was found afterwards: plain records for the checker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

Deed = Literal[
    "hold", "book", "first", "bulk", "book-hold", "move", "cancel", "mark", "read", "release"
]
Outcome = Literal["ok", "failed", "unknown"]

UNKEYED: frozenset[Deed] = frozenset({"read", "release"})
"""Without an Idempotency-Key: asked again they may be refused for what they did themselves."""
LINES = 2
"""Bookings of one bulk, all or nothing."""
LIVE = frozenset({"booked", "arrived", "fulfilled"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request: when, on the monotonic clock, and what came back. No status: no answer."""

    started: float
    ended: float
    status: int | None = None
    body: bytes = b""
    is_replay: bool = False
    kind: str = ""
    """The problem's type, of a refusal."""

    @property
    def is_good(self) -> bool:
        """It was done, now or before."""
        return self.status is not None and self.status < 300

    @property
    def is_refusal(self) -> bool:
        """This request did nothing, and says so for good: it is not at work elsewhere."""
        return self.status is not None and 400 <= self.status < 500 and self.kind != "in-flight"

    @property
    def may_have_worked(self) -> bool:
        """No answer, or one that does not say: it may even be done later."""
        return self.status is None or self.status >= 500


@dataclass(slots=True)
class Operation:
    """One deed of one client, tried until its outcome is known or given up.

    `target` is the appointment or hold that it is about, `version` the one in If-Match.
    """

    number: int
    client: int
    deed: Deed
    wanted: Mapping[str, object] = field(default_factory=dict)
    target: UUID | None = None
    version: int | None = None
    attempts: list[Attempt] = field(default_factory=list)
    outcome: Outcome = "unknown"
    state: "State | None" = None

    @property
    def started(self) -> float:
        """When it was first sent."""
        return self.attempts[0].started

    @property
    def ended(self) -> float:
        """When it was last answered, or given up."""
        return self.attempts[-1].ended

    @property
    def tag(self) -> str:
        """The reason it books with: what is stored says which operation it came from."""
        return f"operation {self.number}"

    @property
    def tags(self) -> tuple[str, ...]:
        """The same, of each booking it makes."""
        if self.deed != "bulk":
            return (self.tag,)
        return tuple(f"{self.tag} line {line}" for line in range(LINES))


@dataclass(frozen=True, slots=True)
class State:
    """An appointment (or hold) as someone saw it."""

    id: UUID
    version: int
    status: str
    practitioner_id: UUID
    start: datetime
    end: datetime
    patient_id: UUID | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A row of occupied time."""

    actor_id: UUID
    start: datetime
    end: datetime
    appointment_id: UUID | None
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the stream, as it is stored or as it was heard."""

    position: tuple[int, int]
    event: str
    id: UUID
    version: int
    status: str
    practitioner_id: UUID
    start: datetime


@dataclass(frozen=True, slots=True)
class Listening:
    """One unbroken stretch of the stream, as a client heard it, from `after` on."""

    after: tuple[int, int]
    heard: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Findings:
    """A whole run. `events` are what the outbox holds, in its order."""

    operations: Sequence[Operation]
    stored: Sequence[State]
    taken: Sequence[Taken]
    events: Sequence[Event]
    listened: Sequence[Listening]
    calm_until: float = 0.0
    """Until then there were no faults."""
    noticed: Sequence[str] = ()
    """What was wrong on the spot."""
