"""Whose turn it is, and that the database agrees."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models import WaitingListEntry
from app.models.waiting_list import PRIORITIES
from app.scheduling.waiting_list.order import (
    COUNTS_AS_SOON,
    COUNTS_AS_URGENT,
    PRESSING,
    rank,
    rank_columns,
)
from tests.clinic import NOW, Clinic
from tests.scheduling.waiting_list.world import do, entry, join

SECOND = timedelta(seconds=1)


def first(*entries: WaitingListEntry, now: datetime = NOW) -> WaitingListEntry:
    return min(entries, key=lambda each: rank(each, now))


def test_the_urgent_come_before_the_soon_and_those_before_the_routine() -> None:
    old = NOW - timedelta(weeks=3)
    urgent, soon = entry(priority="urgent"), entry(priority="soon", joined=old)
    routine = entry(joined=old - SECOND)

    ordered = sorted([routine, soon, urgent], key=lambda each: rank(each, NOW))

    assert ordered == [urgent, soon, routine]


def test_of_the_same_priority_who_joined_first_is_first() -> None:
    later, earlier = entry(), entry(joined=NOW - SECOND)

    assert first(later, earlier) is earlier


def test_who_cannot_come_after_this_week_goes_before_others_of_the_priority() -> None:
    pressing = entry(latest_day=(NOW + PRESSING).date())
    relaxed = entry(latest_day=(NOW + PRESSING).date() + timedelta(days=1), joined=NOW - SECOND)

    assert first(pressing, relaxed) is pressing


def test_a_latest_day_does_not_overtake_a_higher_priority() -> None:
    pressing, soon = entry(latest_day=NOW.date()), entry(priority="soon")

    assert first(pressing, soon) is soon


def test_routine_counts_as_soon_after_twelve_weeks() -> None:
    soon, routine = entry(priority="soon"), entry(joined=NOW - COUNTS_AS_SOON)

    assert first(soon, routine) is routine
    assert first(soon, routine, now=NOW - SECOND) is soon


joined = st.timedeltas(timedelta(0), timedelta(weeks=30)).map(lambda waited: NOW - waited)
days = st.none() | st.dates(date(2026, 11, 1), date(2027, 1, 1))
entries = st.builds(
    lambda joined, priority, day: entry(joined=joined, priority=priority, latest_day=day),
    joined,
    st.sampled_from(PRIORITIES),
    days,
)


@given(entries, entries)
def test_after_eighteen_weeks_nobody_who_joins_later_comes_before(
    one: WaitingListEntry, other: WaitingListEntry
) -> None:
    now = one.created_at + COUNTS_AS_URGENT
    if (other.created_at, other.id) > (one.created_at, one.id):
        assert first(one, other, now=now) is one


@given(entries, st.timedeltas(timedelta(0), timedelta(weeks=30)))
def test_waiting_never_moves_anybody_down(one: WaitingListEntry, waited: timedelta) -> None:
    assert rank(one, NOW + waited) <= rank(one, NOW)


@pytest.mark.anyio
@pytest.mark.database
async def test_the_database_sorts_as_the_rule_says(clinic: Clinic) -> None:
    for weeks in (0, 11, 12, 13, 17, 18, 19):
        for priority in PRIORITIES:
            for day in (None, "2026-11-27", "2026-11-28"):
                await join(
                    clinic,
                    now=NOW - timedelta(weeks=weeks),
                    priority=priority,
                    latest_day=day,
                )

    async def read(session: AsyncSession) -> list[WaitingListEntry]:
        statement = select(WaitingListEntry).order_by(*rank_columns(NOW))
        return list(await session.scalars(statement))

    stored = await do(clinic, read)
    assert stored == sorted(stored, key=lambda each: rank(each, NOW))
    assert len(stored) == 63
