"""Each event is handled at least once, in order, by one node at a time; none blocks the rest."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import utc_now
from app.database import Database, actor_of
from app.models import OutboxConsumer
from app.outbox import RELAY, Consumer, DomainEvent, Wakeup, consumers, emit, one_by_one, run, step
from app.outbox.consumers import HandleOne
from tests.outbox.conftest import House

pytestmark = [pytest.mark.anyio, pytest.mark.database]

AT_ONCE = (timedelta(0),) * 4


class Killed(BaseException):
    """The process dies here."""


class Kept:
    """What a consumer was given."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def __call__(self, session: AsyncSession, event: DomainEvent) -> None:
        assert actor_of(session).organization_id == event.organization_id
        self.names.append(event.event)


def consumer(handle: HandleOne, *events: str) -> Consumer:
    return Consumer("test", one_by_one(handle), frozenset(events), pauses=AT_ONCE)


async def test_what_happened_is_handled_once_and_in_order(house: House) -> None:
    kept = Kept()
    await house.happen("one", "two")
    await house.happen("three")

    await step(house.database, consumer(kept), utc_now())
    await step(house.database, consumer(kept), utc_now())

    assert kept.names == ["one", "two", "three"]


async def test_only_what_is_wanted_is_handled(house: House) -> None:
    kept = Kept()
    await house.happen("one", "two", "three")

    await step(house.database, consumer(kept, "two"), utc_now())

    assert kept.names == ["two"]
    assert await step(house.database, consumer(kept), utc_now()) == 0


async def test_a_new_consumer_leaves_the_distant_past_alone(house: House) -> None:
    kept = Kept()
    await house.happen("long ago")

    await step(house.database, consumer(kept), utc_now() + timedelta(hours=2))
    await house.happen("now")
    await step(house.database, consumer(kept), utc_now() + timedelta(hours=2))

    assert kept.names == ["now"]


async def test_a_kill_before_saving_undoes_what_was_handled_and_it_is_handled_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    await house.happen("one", "two")

    async def kept(session: AsyncSession, event: DomainEvent) -> None:
        done.append(event.event)
        emit(session, f"{event.event} done", uuid4(), audience=["scheduler"])

    async def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("app.outbox.consumers._move", killed)
        with pytest.raises(Killed):
            await step(house.database, consumer(kept, "one", "two"), utc_now())
    await step(house.database, consumer(kept, "one", "two"), utc_now())

    assert done == ["one", "two", "one", "two"]
    assert await house.emitted("% done") == ["one done", "two done"]


async def test_a_handler_that_fails_is_tried_again(house: House) -> None:
    tries: list[str] = []
    await house.happen("one")

    async def third_time(_: AsyncSession, event: DomainEvent) -> None:
        tries.append(event.event)
        if len(tries) < 3:
            raise ValueError

    await step(house.database, consumer(third_time), utc_now())

    assert len(tries) == 3


async def test_an_event_that_cannot_be_handled_is_passed_over(house: House) -> None:
    tries: list[str] = []
    await house.happen("poison", "good")

    async def fussy(_: AsyncSession, event: DomainEvent) -> None:
        tries.append(event.event)
        if event.event == "poison":
            raise ValueError

    await step(house.database, consumer(fussy), utc_now())

    assert tries == ["poison"] + ["poison"] * 5 + ["good"]  # together, then each alone


async def test_a_failed_try_leaves_nothing_behind(house: House) -> None:
    tries: list[int] = []
    await house.happen("one")

    async def half(session: AsyncSession, _: DomainEvent) -> None:
        tries.append(1)
        emit(session, "half", uuid4(), audience=["scheduler"])
        await session.flush()
        if len(tries) == 1:
            raise ValueError

    await step(house.database, consumer(half, "one"), utc_now())

    assert await house.emitted("half") == ["half"]


async def test_a_database_that_goes_away_is_not_counted_against_the_event(house: House) -> None:
    tries: list[str] = []
    await house.happen("one")

    async def cut_off(_: AsyncSession, event: DomainEvent) -> None:
        tries.append(event.event)
        if len(tries) < 8:
            raise ConnectionResetError

    for _ in range(7):
        with pytest.raises(ConnectionResetError):
            await step(house.database, consumer(cut_off), utc_now())
    await step(house.database, consumer(cut_off), utc_now())

    assert len(tries) == 8


async def test_two_nodes_do_not_work_for_one_consumer_at_a_time(
    house: House, database_url: str
) -> None:
    elsewhere = Database(database_url)
    begun, go_on = asyncio.Event(), asyncio.Event()
    await house.happen("one")

    async def slow(_: AsyncSession, __: DomainEvent) -> None:
        begun.set()
        await go_on.wait()

    working = asyncio.create_task(step(house.database, consumer(slow), utc_now()))
    await begun.wait()
    kept = Kept()
    read = await step(elsewhere, consumer(kept), utc_now())
    go_on.set()
    await working
    await elsewhere.close()

    assert (read, kept.names) == (None, [])


async def test_a_consumer_at_work_holds_nobody_elses_events_back(house: House) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    kept = Kept()
    await house.happen("one")

    async def slow(_: AsyncSession, event: DomainEvent) -> None:
        if event.event == "one":
            begun.set()
            await go_on.wait()

    working = asyncio.create_task(step(house.database, consumer(slow), utc_now()))
    await begun.wait()
    await house.happen("two")
    await step(house.database, Consumer("other", one_by_one(kept)), utc_now())
    go_on.set()
    await working

    assert kept.names == ["one", "two"]


async def test_the_position_is_kept_in_the_database(house: House) -> None:
    await house.happen("one")

    await step(house.database, consumer(Kept()), utc_now())

    async with house.database.transaction(RELAY) as session:
        assert await session.scalar(select(func.count()).select_from(OutboxConsumer)) == 1


async def test_it_goes_on_by_itself(house: House) -> None:
    handled = asyncio.Event()

    async def note(_: AsyncSession, __: DomainEvent) -> None:
        handled.set()

    running = asyncio.create_task(run(house.database, consumer(note), Wakeup(house.database)))
    await house.happen("one")
    await asyncio.wait_for(handled.wait(), 10)

    running.cancel()
    await asyncio.wait([running])


def whole(node: Database, kept: Kept) -> list[Coroutine[None, None, None]]:
    """A node's reader, and what wakes it."""
    wakeup = Wakeup(node)
    return [run(node, consumer(kept, "happened"), wakeup), wakeup.run()]


async def test_a_turn_that_another_node_dies_of_is_taken_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled, asked = asyncio.Event(), asyncio.Event()

    async def note(_: AsyncSession, __: DomainEvent) -> None:
        handled.set()

    async def taken(*arguments: Any) -> int | None:
        read = await step(*arguments)
        if read is None:
            asked.set()
        return read

    monkeypatch.setattr(consumers, "step", taken)
    await house.happen("one")
    async with house.database.transaction(RELAY) as other:
        await consumers._takes_turn(other, consumer(note))
        running = asyncio.create_task(run(house.database, consumer(note), Wakeup(house.database)))
        await asyncio.wait_for(asked.wait(), 10)
    await asyncio.wait_for(handled.wait(), 5)  # sooner than readers look that nothing has woken

    running.cancel()
    await asyncio.wait([running])


async def test_nodes_that_run_together_handle_all_and_lose_nothing(
    house: House, database_url: str
) -> None:
    kept = Kept()
    nodes = [Database(database_url, pool_size=3) for _ in range(3)]
    tasks = [asyncio.create_task(work) for node in nodes for work in whole(node, kept)]
    await asyncio.gather(*(house.happen("happened", "happened") for _ in range(50)))

    async with asyncio.timeout(20):
        while len(kept.names) < 100:
            await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for node in nodes:
        await node.close()

    assert len(kept.names) == 100
