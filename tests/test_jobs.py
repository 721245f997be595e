"""One of many who ask gets a lease, and a job runs once in its period over all nodes."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import jobs
from app.database import Database
from app.identity import Actor
from app.models import JobLease, Organization, Webhook, WebhookDelivery

pytestmark = [pytest.mark.anyio, pytest.mark.database]

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Work:
    """Notes when it was done."""

    def __init__(self) -> None:
        self.done: list[datetime] = []

    async def __call__(self, now: datetime) -> None:
        self.done.append(now)


async def delivery(database: Database, ods_code: str = "A81001") -> tuple[Actor, UUID]:
    organization_id, webhook_id, row_id = uuid4(), uuid4(), uuid4()
    own = {"organization_id": organization_id}
    actor = Actor(organization_id)
    async with database.transaction(actor) as session:
        session.add(Organization(id=organization_id, ods_code=ods_code, name="H", kind="hospital"))
        await session.flush()
        session.add(Webhook(id=webhook_id, url="https://x", sealed_secret=b"x", events=[], **own))
        await session.flush()
        session.add(
            WebhookDelivery(
                id=row_id,
                created_at=NOW,
                webhook_id=webhook_id,
                event_id=1,
                event="e",
                resource_id=uuid4(),
                payload={},
                occurred_at=NOW,
                due_at=NOW,
                **own,
            )
        )
    return actor, row_id


async def claimed(database: Database, actor: Actor, row_id: UUID, now: datetime) -> bool:
    async with database.transaction(actor) as session:
        return await jobs.claim(session, WebhookDelivery, row_id, now=now, lease=MINUTE)


async def test_one_of_many_gets_the_lease_until_it_runs_out(database: Database) -> None:
    actor, row_id = await delivery(database)

    got = await asyncio.gather(*(claimed(database, actor, row_id, NOW) for _ in range(8)))

    assert sorted(got) == [False] * 7 + [True]
    assert not await claimed(database, actor, row_id, NOW + MINUTE / 2)
    assert await claimed(database, actor, row_id, NOW + MINUTE)


async def test_another_organisations_row_is_not_claimed(database: Database) -> None:
    _, row_id = await delivery(database)

    assert not await claimed(database, Actor(uuid4()), row_id, NOW)


async def test_a_job_runs_once_in_its_period_over_all_nodes(
    database: Database, database_url: str
) -> None:
    other, work, clock = Database(database_url), Work(), Clock()

    await asyncio.gather(
        *(
            jobs.once(node, "test", MINUTE, work, clock=clock, owner=str(number))
            for number, node in enumerate([database, other] * 4)
        )
    )
    await other.close()

    assert work.done == [NOW]


async def test_a_job_that_was_done_is_due_again_after_its_period(database: Database) -> None:
    work, clock = Work(), Clock()

    wait = await jobs.once(database, "test", MINUTE, work, clock=clock)
    clock.now += MINUTE
    await jobs.once(database, "test", MINUTE, work, clock=clock)

    assert wait == MINUTE
    assert work.done == [NOW, NOW + MINUTE]


async def test_who_comes_too_early_is_told_how_long_to_wait(database: Database) -> None:
    work, clock = Work(), Clock()
    await jobs.once(database, "test", MINUTE, work, clock=clock)
    clock.now += timedelta(seconds=20)

    wait = await jobs.once(database, "test", MINUTE, work, clock=clock, owner="another")

    assert wait == timedelta(seconds=40)
    assert work.done == [NOW]


async def test_another_node_takes_over_when_the_owner_dies(database: Database) -> None:
    work, clock = Work(), Clock()
    async with database.transaction(jobs.JOBS) as session:
        session.add(JobLease(name="test", owner="dead", lease_until=NOW + jobs.LEASE))

    await jobs.once(database, "test", MINUTE, work, clock=clock)
    clock.now += jobs.LEASE
    await jobs.once(database, "test", MINUTE, work, clock=clock)

    assert work.done == [NOW + jobs.LEASE]


async def test_long_work_keeps_its_lease(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=0.3))
    work, begun, go_on = Work(), asyncio.Event(), asyncio.Event()

    async def slow(_: datetime) -> None:
        begun.set()
        await go_on.wait()

    working = asyncio.create_task(jobs.once(database, "test", MINUTE, slow, owner="slow"))
    await begun.wait()
    await asyncio.sleep(0.6)
    await jobs.once(database, "test", MINUTE, work, owner="other")
    go_on.set()
    await working

    assert work.done == []


async def test_a_job_that_fails_is_tried_in_the_next_period(database: Database) -> None:
    tries, again = [], asyncio.Event()

    async def fails(now: datetime) -> None:
        tries.append(now)
        if len(tries) == 3:
            again.set()
        raise ValueError

    running = asyncio.create_task(jobs.every(database, "test", timedelta(seconds=0.05), fails))
    await asyncio.wait_for(again.wait(), 10)
    running.cancel()
    await asyncio.wait([running])

    async with database.transaction(jobs.JOBS) as session:
        assert await session.scalar(select(JobLease.owner)) == jobs.OWNER


async def test_rows_that_are_old_are_forgotten_in_every_house(database: Database) -> None:
    houses = [await delivery(database, ods_code) for ods_code in ("A81001", "B82002")]
    created = WebhookDelivery.created_at

    early = await jobs.forget(database, WebhookDelivery, created < NOW)
    late = await jobs.forget(database, WebhookDelivery, created < NOW + MINUTE)

    assert (early, late) == (0, 2)
    for actor, _ in houses:
        async with database.transaction(actor) as session:
            assert (await session.scalars(select(WebhookDelivery.id))).all() == []


async def test_more_rows_than_go_at_once_all_go(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "FORGOTTEN_AT_ONCE", 1)
    for ods_code in ("A81001", "B82002", "C83003"):
        await delivery(database, ods_code)

    assert await jobs.forget(database, WebhookDelivery, WebhookDelivery.status == "queued") == 3
