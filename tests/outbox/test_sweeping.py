"""Old events go; those that a consumer has yet to read stay."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import utc_now
from app.models import OutboxEvent
from app.outbox import RELAY, Consumer, DomainEvent, forget_old_events, step
from app.outbox.sweeping import KEPT_FOR
from tests.outbox.conftest import House

pytestmark = [pytest.mark.anyio, pytest.mark.database]
LATER = timedelta(minutes=1)


async def kept(house: House) -> int:
    async with house.database.transaction(RELAY) as session:
        return await session.scalar(select(func.count()).select_from(OutboxEvent)) or 0


async def ignore(_: AsyncSession, __: Sequence[DomainEvent]) -> None:
    pass


async def test_events_go_when_they_are_old_enough(house: House) -> None:
    await house.happen("one", "two")

    young = await forget_old_events(house.database, utc_now(), consumers=[])
    old = await forget_old_events(house.database, utc_now() + KEPT_FOR + LATER, consumers=[])

    assert (young, old) == (0, 2)
    assert await kept(house) == 0


async def test_an_event_that_a_consumer_has_yet_to_read_stays(house: House) -> None:
    await house.happen("read")
    await step(house.database, Consumer("slow", ignore), utc_now())
    await house.happen("unread")

    await forget_old_events(house.database, utc_now() + KEPT_FOR + LATER, consumers=["slow"])

    assert await kept(house) == 1


async def test_a_consumer_that_is_no_more_keeps_nothing(house: House) -> None:
    await house.happen("read")
    await step(house.database, Consumer("gone", ignore), utc_now())
    await house.happen("unread")

    await forget_old_events(house.database, utc_now() + KEPT_FOR + LATER, consumers=["slow"])

    assert await kept(house) == 0
