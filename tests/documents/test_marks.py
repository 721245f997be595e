"""Pointing on a picture: both sides see it, what is cleared stays on record."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import documents
from app.database import Database
from app.documents import Shape
from app.errors import DuplicateRecord, InvalidInput, ResourceNotFound
from app.identity import Principal
from app.models import DocumentMark, OutboxEvent
from tests.documents.files import kept_picture
from tests.referrals.world import NOON, Region, region

pytestmark = [pytest.mark.anyio, pytest.mark.database]
SPOT = Shape(kind="spot", points=[(0.25, 0.5)])
LINE = Shape(kind="line", points=[(0.1, 0.1), (0.2, 0.3)])


@pytest.fixture
async def world(database: Database) -> Region:
    return await region(database)


async def picture(world: Region) -> UUID:
    request_id = await world.ask()
    async with world.acting(world.crew) as session:
        return (await kept_picture(session, request_id)).id


async def draw(
    world: Region, document_id: UUID, shape: Shape, by: Principal, *, id: UUID | None = None
) -> DocumentMark:
    async with world.acting(by) as session:
        return await documents.draw_mark(
            session, document_id, shape, id=id or uuid4(), page=1, now=NOON
        )


async def drawn(world: Region, document_id: UUID, by: Principal) -> list[DocumentMark]:
    async with world.acting(by) as session:
        return list(await documents.marks_of(session, document_id))


async def test_each_side_sees_what_the_other_draws(world: Region) -> None:
    document_id = await picture(world)

    await draw(world, document_id, SPOT, world.shah)
    await draw(world, document_id, LINE, world.crew)

    for person in (world.crew, world.shah):
        marks = await drawn(world, document_id, person)
        assert {mark.drawn_by_name for mark in marks} == {"Nina Shah", "Kim Reed"}
        assert {str(mark.shape["kind"]) for mark in marks} == {"spot", "line"}


async def test_a_mark_sent_again_is_one_mark(world: Region) -> None:
    document_id, mark_id = await picture(world), uuid4()

    for _ in range(2):
        await draw(world, document_id, SPOT, world.shah, id=mark_id)

    assert [mark.id for mark in await drawn(world, document_id, world.crew)] == [mark_id]


async def test_its_id_on_another_picture_is_a_conflict(world: Region) -> None:
    mark = await draw(world, await picture(world), SPOT, world.shah)

    with pytest.raises(DuplicateRecord):
        await draw(world, await picture(world), SPOT, world.shah, id=mark.id)


async def test_a_cleared_mark_stays_on_record(world: Region) -> None:
    document_id = await picture(world)
    mark = await draw(world, document_id, SPOT, world.shah)

    for minute in (1, 2):
        async with world.acting(world.crew) as session:
            later = NOON + timedelta(minutes=minute)
            await documents.clear_mark(session, document_id, mark.id, now=later)

    (kept,) = await drawn(world, document_id, world.shah)
    assert (kept.cleared_at, kept.cleared_by_name) == (NOON + timedelta(minutes=1), "Kim Reed")
    async with world.acting(world.crew) as session:
        told = await session.scalars(
            select(OutboxEvent.event).where(OutboxEvent.event == "document.marked")
        )
        assert len(told.all()) == 1


async def test_a_mark_of_another_picture_is_not_found(world: Region) -> None:
    mark = await draw(world, await picture(world), SPOT, world.shah)
    other = await picture(world)

    async with world.acting(world.shah) as session:
        with pytest.raises(ResourceNotFound):
            await documents.clear_mark(session, other, mark.id, now=NOON)


@pytest.mark.parametrize(
    "shape",
    [
        Shape(kind="spot", points=[(0.1, 0.1), (0.2, 0.2)]),
        Shape(kind="line", points=[(0.1, 0.1)]),
    ],
)
async def test_a_shape_that_is_none_is_refused(world: Region, shape: Shape) -> None:
    document_id = await picture(world)

    with pytest.raises(InvalidInput, match="point"):
        await draw(world, document_id, shape, world.shah)


async def test_a_page_that_is_not_there_is_refused(world: Region) -> None:
    document_id = await picture(world)

    async with world.acting(world.shah) as session:
        with pytest.raises(InvalidInput, match="no such page"):
            await documents.draw_mark(session, document_id, SPOT, id=uuid4(), page=2, now=NOON)
