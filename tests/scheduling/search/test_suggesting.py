"""What a refusal suggests, and that many who are refused at once do not search one by one."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from sqlalchemy import event

from app import scheduling
from app.database import Database
from app.errors import FreeSlot
from app.scheduling import Details, Wanted
from tests.clinic import NOW, Clinic, at

pytestmark = [pytest.mark.anyio, pytest.mark.database]
NINE = at(9)


async def suggested(clinic: Clinic, *, near: datetime = NINE) -> list[FreeSlot]:
    async with clinic.database.transaction(clinic.actor) as session:
        return await scheduling.next_free(
            session, clinic.service_id, clinic.doctor_id, near=near, now=NOW
        )


@dataclass
class Searches:
    """How many searches began, and whether one has."""

    count: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def searches_of(database: Database) -> Iterator[Searches]:
    """Told by the statement that each begins with: it reads the rotas."""
    found = Searches()

    def note(*arguments: object) -> None:
        if "GROUP BY schedule.crowd" in str(arguments[2]):
            found.count += 1
            found.begun.set()

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_next_free_looks_further_when_little_is_near(clinic: Clinic) -> None:
    found = await suggested(clinic, near=at(12, day=20))

    assert (found[0].start, found[0].practitioner_id) == (at(9), clinic.doctor_id)
    assert len(found) == 5


async def test_those_refused_at_once_share_a_search(clinic: Clinic) -> None:
    with searches_of(clinic.database) as alone:
        expected = await suggested(clinic)
    with searches_of(clinic.database) as together:
        found = await asyncio.gather(*(suggested(clinic) for _ in range(8)))

    assert found == [expected] * 8
    assert alone.count == 1
    # The first one's own, and at least one for those who came while that was under way.
    assert together.count in {2, 3}


async def test_whoever_asks_later_is_told_what_is_free_by_then(clinic: Clinic) -> None:
    first, *_ = await suggested(clinic)
    async with clinic.database.transaction(clinic.actor) as session:
        wanted = Wanted(clinic.service_id, first.practitioner_id, first.start)
        await scheduling.book(session, wanted, Details(clinic.patient_id), now=NOW)

    assert first not in await suggested(clinic)


async def test_a_search_that_is_given_up_leaves_the_others_theirs(clinic: Clinic) -> None:
    expected = await suggested(clinic)
    with searches_of(clinic.database) as begun:
        first = asyncio.create_task(suggested(clinic))
        await begun.begun.wait()
        others = [asyncio.create_task(suggested(clinic)) for _ in range(3)]
        first.cancel()
        found = await asyncio.gather(*others)

    assert first.cancelled()
    assert found == [expected] * 3
