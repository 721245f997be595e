"""A repeat of a call does nothing, once more."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.errors import Conflict, IdempotencyMismatch, InFlight
from app.identity import Actor
from app.models import IdempotencyKey
from app.scheduling import Answer, Call, once
from tests.clinic import NOW, Clinic, scheduler

pytestmark = [pytest.mark.anyio, pytest.mark.database]
CALL = Call("7d1f8a", b"digest")
SECRET = b'{"join_url": "https://example.org/join#SECRET"}'


class Deed:
    """Counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    async def __call__(self) -> Answer:
        self.done += 1
        return Answer(201, {"Location": "/there"}, SECRET)


async def run(clinic: Clinic, deed: Deed, call: Call = CALL, **more: object) -> Answer:
    actor = more.get("actor", clinic.actor)
    later = more.get("later", timedelta())
    assert isinstance(actor, Actor)
    assert isinstance(later, timedelta)
    async with clinic.database.transaction(actor) as session:
        return await once(session, call, deed, now=NOW + later)


async def test_the_first_call_is_done_and_a_repeat_is_not(clinic: Clinic) -> None:
    deed = Deed()

    first, again = await run(clinic, deed), await run(clinic, deed)

    assert deed.done == 1
    assert (first.status_code, first.replayed) == (201, False)
    assert (again.status_code, again.replayed) == (201, True)
    assert (again.headers, again.body) == (first.headers, first.body)


async def test_another_request_with_the_same_key_is_refused(clinic: Clinic) -> None:
    deed = Deed()
    await run(clinic, deed)

    with pytest.raises(IdempotencyMismatch):
        await run(clinic, deed, Call(CALL.key, b"other"))


async def test_another_callers_key_is_another_key(clinic: Clinic) -> None:
    deed = Deed()
    await run(clinic, deed)

    colleague = Actor.of(scheduler(clinic.organization_id))

    assert not (await run(clinic, deed, actor=colleague)).replayed
    assert deed.done == 2


async def test_while_the_first_is_at_work_a_repeat_is_told_so(clinic: Clinic) -> None:
    begun, finish = asyncio.Event(), asyncio.Event()

    class Slow(Deed):
        async def __call__(self) -> Answer:
            begun.set()
            await finish.wait()
            return await super().__call__()

    deed = Slow()
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(run(clinic, deed))
        await begun.wait()
        with pytest.raises(InFlight):
            await run(clinic, deed)
        finish.set()

    assert first.result().status_code == 201
    assert (await run(clinic, deed)).replayed


async def test_a_refusal_is_not_kept(clinic: Clinic) -> None:
    class Refused(Deed):
        async def __call__(self) -> Answer:
            await super().__call__()
            raise Conflict

    with pytest.raises(Conflict):
        await run(clinic, Refused())

    assert not (await run(clinic, Deed())).replayed


async def test_after_a_day_the_key_is_forgotten(clinic: Clinic) -> None:
    deed = Deed()
    await run(clinic, deed)

    again = await run(clinic, deed, later=timedelta(hours=24))

    async with clinic.database.transaction(clinic.actor) as session:
        assert await session.scalar(select(func.count(IdempotencyKey.id))) == 1
    assert not again.replayed


async def test_neither_key_nor_answer_can_be_read_in_the_table(clinic: Clinic) -> None:
    key = uuid4().hex
    await run(clinic, Deed(), Call(key, b"digest"))

    async with clinic.database.transaction(clinic.actor) as session:
        kept = await session.scalar(select(IdempotencyKey))

    assert kept is not None
    assert key not in kept.key
    assert b"SECRET" not in (kept.body or b"")
