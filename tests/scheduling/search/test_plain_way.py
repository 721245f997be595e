"""However much is asked at once or left unread, a search finds what the plainest way finds."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from app.database import Database
from app.models.paging import After
from app.scheduling import Search, Slot, find_slots
from app.scheduling.search import free_slots
from tests.clinic import open_clinic
from tests.scheduling.search.house import (
    NOW,
    Deviation,
    Person,
    Question,
    build,
    deviations,
    people,
    period,
    questions,
)
from tests.scheduling.search.plain import key, plainly, read_everything

pytestmark = pytest.mark.database
PAGES = 5
"""Looked at in a row."""
by_the_plain_way = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # ids are random: a failure cannot be made smaller
    suppress_health_check=list(HealthCheck),
)


@by_the_plain_way
@given(people, deviations, st.lists(questions(), min_size=5, max_size=5))
def test_finds_what_the_plainest_way_finds(
    database_url: str,
    people: Sequence[Person],
    deviations: Sequence[Deviation],
    questions: Sequence[Question],
) -> None:
    async def run() -> None:
        database = Database(database_url, pool_size=1)
        clinic = await open_clinic(database)
        async with database.transaction(clinic.actor) as session:
            house = await build(session, clinic, people, deviations)
        async with database.transaction(clinic.actor) as session:
            known = await read_everything(session, NOW)
            for asked in questions:
                search = house.search(asked)
                expected = plainly(known, period(asked), search, NOW)
                await _compare(session, asked, search, expected)
        await database.close()

    asyncio.run(run())


async def _compare(
    session: AsyncSession, asked: Question, search: Search, expected: Sequence[Slot]
) -> None:
    assert await free_slots(session, period(asked), search, now=NOW) == expected
    opened = int(asked.opened_at * len(expected))
    await _leaf(session, asked, search, expected, ())
    if expected[opened:]:
        await _leaf(session, asked, search, expected[opened + 1 :], key(expected[opened]))


async def _leaf(
    session: AsyncSession,
    asked: Question,
    search: Search,
    expected: Sequence[Slot],
    after: tuple[object, ...],
) -> None:
    """Page by page."""
    for number in range(PAGES):
        page = await find_slots(
            session, period(asked), search, now=NOW, after=After(after, asked.page)
        )
        rest = expected[number * asked.page :]
        assert page.items == list(rest[: asked.page])
        assert page.next_key == (key(rest[asked.page - 1]) if len(rest) > asked.page else None)
        if page.next_key is None:
            break
        after = page.next_key
