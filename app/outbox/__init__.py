"""Domain events: written in the business transaction, read in commit order, woken by NOTIFY."""

from app.outbox.consumers import Consumer, one_by_one, run, step
from app.outbox.events import (
    RELAY,
    DomainEvent,
    OutboxPosition,
    emit,
    newest,
    read_after,
)
from app.outbox.sweeping import forget_old_events
from app.outbox.wakeup import Bell, Wakeup

__all__ = [
    "RELAY",
    "Bell",
    "Consumer",
    "DomainEvent",
    "OutboxPosition",
    "Wakeup",
    "emit",
    "forget_old_events",
    "newest",
    "one_by_one",
    "read_after",
    "run",
    "step",
]
