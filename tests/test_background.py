"""What runs beside the requests is one list, and each in it has a name of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from structlog.testing import capture_logs

from app import jobs
from app.background import EndedByItselfError, Keeper, consumers, jobs_of
from app.database import Database
from app.models import JobLease, OutboxConsumer
from tests.routers.service import People, service

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[FastAPI]:
    app = service(database_url, People())
    app.state.consumers, app.state.jobs = consumers, jobs_of
    async with app.router.lifespan_context(app):
        yield app


async def test_names_are_taken_once(app: FastAPI, database: Database) -> None:
    names = [job.name for job in jobs_of(app, database)]
    readers = [consumer.name for consumer in consumers(app.state.settings)]

    assert len(names) == len(set(names))
    assert len(readers) == len(set(readers))


async def test_all_of_it_runs_once_the_service_is_up(app: FastAPI, database: Database) -> None:
    async def all_at_work() -> bool:
        async with database.transaction(jobs.JOBS) as session:
            leases = set(await session.scalars(select(JobLease.name)))
            positions = set(await session.scalars(select(OutboxConsumer.name)))
        return leases == {job.name for job in jobs_of(app, database)} and positions == {
            consumer.name for consumer in consumers(app.state.settings)
        }

    async with asyncio.timeout(10):
        while not await all_at_work():
            await asyncio.sleep(0.05)


async def test_work_that_ends_by_itself_gives_the_process_up() -> None:
    given_up: list[str] = []
    keeper = Keeper(lambda: given_up.append("now"))

    async def ends() -> None:
        await asyncio.sleep(0)

    async def breaks() -> None:
        raise LookupError("a fault of ours")

    with capture_logs() as logs:
        await keeper.keep(ends())
        await keeper.keep(breaks())

    assert given_up == ["now", "now"]
    assert [entry["kind"] for entry in logs] == ["returned", "LookupError"]
    with pytest.raises(EndedByItselfError, match=r"ends, .*breaks"):
        keeper.close()


async def test_work_that_is_ended_with_the_process_is_no_failure() -> None:
    given_up: list[str] = []
    keeper = Keeper(lambda: given_up.append("now"))

    async def breaks_late() -> None:
        keeper.close()
        raise ConnectionError("the cancellation, as the database's error")

    await keeper.keep(breaks_late())

    assert given_up == []
