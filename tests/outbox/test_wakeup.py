"""Each reader has a bell of its own, rung by commits here and in other processes."""

import asyncio
import time
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from app.database import Database
from app.outbox import Wakeup, wakeup
from tests.outbox.conftest import House

pytestmark = [pytest.mark.anyio, pytest.mark.database]

LONGER_THAN_A_TEST = 60.0


@pytest.fixture(autouse=True)
def _no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    class Never:
        @staticmethod
        def total_seconds() -> float:
            return LONGER_THAN_A_TEST

    monkeypatch.setattr(wakeup, "OUTBOX_POLL", Never)


async def test_one_commit_wakes_every_reader_also_the_busy_one(house: House) -> None:
    awake = Wakeup(house.database)
    first, second = awake.bell(), awake.bell()

    await house.happen("one")
    await asyncio.wait_for(first.wait(), 5)

    await asyncio.wait_for(second.wait(), 5)


async def test_a_reader_is_not_woken_by_what_it_has_no_use_for(house: House) -> None:
    awake = Wakeup(house.database)
    urgent, anything = awake.bell("urgent".__eq__), awake.bell()

    await house.happen("one")
    await asyncio.wait_for(anything.wait(), 5)
    assert not urgent.is_rung

    await house.happen("one", "urgent")
    await asyncio.wait_for(urgent.wait(), 5)


async def test_a_commit_of_another_process_wakes_this_one(house: House, database_url: str) -> None:
    elsewhere = Database(database_url)
    here = Wakeup(elsewhere)
    bell, deaf = here.bell("one".__eq__), here.bell("urgent".__eq__)
    there = Wakeup(house.database)
    # Its own looking would ring all the bells at once.
    tasks = [asyncio.create_task(work) for work in (here._keep_listening(), there.run())]

    async def keep_happening() -> None:
        while True:  # until the other side listens
            await house.happen("one")
            await asyncio.sleep(0.05)

    tasks.append(asyncio.create_task(keep_happening()))
    await asyncio.wait_for(bell.wait(), 10)

    assert not deaf.is_rung
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await elsewhere.close()


async def test_a_notice_that_names_nothing_wakes_everybody(house: House) -> None:
    here = Wakeup(house.database)
    bell = here.bell("urgent".__eq__)

    here._heard(None, 1, wakeup.CHANNEL, "one")
    assert not bell.is_rung
    here._heard(None, 1, wakeup.CHANNEL, "")

    assert bell.is_rung


async def test_a_burst_of_commits_is_told_in_few_notices_and_its_end_too(house: House) -> None:
    url = make_url(house.database.url).set(drivername="postgresql")
    ear = await asyncpg.connect(url.render_as_string(hide_password=False))
    heard: asyncio.Queue[float] = asyncio.Queue()
    await ear.add_listener(wakeup.CHANNEL, lambda *_: heard.put_nowait(time.monotonic()))
    telling = asyncio.create_task(Wakeup(house.database).run())
    began = time.monotonic()

    for turn in range(40):
        last = time.monotonic()
        await house.happen(f"one {turn}")
    told = [await asyncio.wait_for(heard.get(), 5)]
    while told[-1] < last:
        told.append(await asyncio.wait_for(heard.get(), 5))
    telling.cancel()
    await asyncio.wait([telling])
    await ear.close()

    assert len(told) <= (told[-1] - began) / wakeup.BETWEEN_NOTICES_SECONDS + 1


async def test_what_nobody_told_is_found_by_looking(
    house: House, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeup, "OUTBOX_POLL", timedelta(milliseconds=10))
    elsewhere = Database(database_url)
    here = Wakeup(elsewhere)
    bell = here.bell("one".__eq__)
    looking = asyncio.create_task(here.run())
    await asyncio.wait_for(bell.wait(), 5)  # the first look finds all that is there

    await house.happen("one")  # in a process that tells nobody
    await asyncio.wait_for(bell.wait(), 5)

    looking.cancel()
    await asyncio.wait([looking])
    await elsewhere.close()


@pytest.mark.parametrize(
    "error", [OSError(), asyncpg.InterfaceError("cut"), asyncpg.InternalClientError("cut")]
)
async def test_a_connection_that_breaks_does_not_end_it(
    house: House, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Wakeup):
        async def _listen(self) -> None:
            broken.set()
            raise error

    broken = asyncio.Event()
    monkeypatch.setattr(wakeup, "OUTBOX_POLL", timedelta(0))
    running = asyncio.create_task(Broken(house.database).run())

    await asyncio.wait_for(broken.wait(), 5)
    broken.clear()
    await asyncio.wait_for(broken.wait(), 5)

    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
