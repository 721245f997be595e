"""Whose turn it is. One rule, as a pure function and as the same columns of SQL.

1. The urgent come before the soon, the soon before the routine. Who has waited 12 weeks as
   routine counts as soon; who has waited 18 weeks counts as urgent and as pressing.
2. Of those, the pressing come first: whose latest day is within a week.
3. Of those, who joined first.

So nobody waits for ever: after 18 weeks only those are before you who joined before you did.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case
from sqlalchemy.sql.elements import ColumnElement

from app.models import WaitingListEntry
from app.models.waiting_list import PRIORITIES

COUNTS_AS_SOON = timedelta(weeks=12)
COUNTS_AS_URGENT = timedelta(weeks=18)
"""The NHS Constitution's longest wait from referral to treatment."""
PRESSING = timedelta(days=7)
URGENT, SOON, ROUTINE = range(len(PRIORITIES))

Rank = tuple[int, int, datetime, UUID]


def rank(entry: WaitingListEntry, now: datetime) -> Rank:
    """The place in the queue: the least is asked first."""
    overdue = entry.created_at <= now - COUNTS_AS_URGENT
    pressing = overdue or (
        entry.latest_day is not None and entry.latest_day <= (now + PRESSING).date()
    )
    return (_level(entry, now), 0 if pressing else 1, entry.created_at, entry.id)


def _level(entry: WaitingListEntry, now: datetime) -> int:
    if entry.created_at <= now - COUNTS_AS_URGENT:
        return URGENT
    level = PRIORITIES.index(entry.priority)
    return min(level, SOON) if entry.created_at <= now - COUNTS_AS_SOON else level


def rank_columns(now: datetime) -> tuple[ColumnElement[Any], ...]:
    """`rank`, for ORDER BY."""
    joined = WaitingListEntry.created_at
    overdue = joined <= now - COUNTS_AS_URGENT
    level = case(
        (overdue | (WaitingListEntry.priority == "urgent"), URGENT),
        ((joined <= now - COUNTS_AS_SOON) | (WaitingListEntry.priority == "soon"), SOON),
        else_=ROUTINE,
    )
    near = WaitingListEntry.latest_day <= (now + PRESSING).date()
    pressing = case((overdue | near, 0), else_=1)
    return (level, pressing, joined.expression, WaitingListEntry.id.expression)
