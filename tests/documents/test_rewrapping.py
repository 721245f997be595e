"""After a change of the installation's key nothing needs the one before; and the end of it all."""

import pytest
from sqlalchemy import select

from app import documents, encounters
from app.database import Database
from app.documents.contents import key_context
from app.documents.keys import opening_of
from app.documents.rewrapping import Renewal
from app.errors import KeyErased, Unavailable
from app.identity import Actor
from app.models import Document, DocumentPart, Recording
from app.sealing import Sealing
from tests.documents.files import SEALING, kept_picture
from tests.encounters.world import Practice, planned, practice
from tests.referrals.world import NOON, Region, region

pytestmark = [pytest.mark.anyio, pytest.mark.database]

NEW = Sealing(b"n" * 32)
BOTH = SEALING.succeeded_by(b"n" * 32)
"""The installation while its key is being changed."""


@pytest.fixture
async def world(database: Database) -> Region:
    return await region(database)


async def pictures(world: Region, count: int) -> list[Document]:
    request_id = await world.ask()
    async with world.acting(world.crew) as session:
        return [await kept_picture(session, request_id) for _ in range(count)]


async def wrap_as_before(world: Region, document: Document, by: Sealing) -> None:
    """As if the key of the installation had wrapped it, before organisations had keys."""
    async with world.acting(world.crew) as session:
        row = await session.get_one(Document, document.id)
        row.sealed_key = by.seal(b"d" * 32, key_context(document.id))


def renewal(world: Region, *, of: Actor | None = None) -> Renewal:
    return Renewal(world.database, BOTH, of or Actor(world.crew.organization_id), at_once=2)


async def test_all_that_the_installation_wrapped_its_organisation_wraps(world: Region) -> None:
    kept = await pictures(world, 5)
    for document in kept[:4]:
        await wrap_as_before(world, document, SEALING)

    first, again = renewal(world), renewal(world)
    await first.run()
    await again.run()

    assert (first.is_renewed, first.wrapped, first.unopened) == (True, 4, 0)
    assert (again.is_renewed, again.wrapped, again.unopened) == (False, 0, 0)
    async with world.acting(world.shah) as session:
        own = await opening_of(session, NEW, world.crew.organization_id)
        rows = (await session.scalars(select(Document))).all()
        keys = {own.unseal(row.sealed_key or b"", key_context(row.id)) for row in rows}
        await documents.open_part(session, kept[4].id, "page-1", sealing=NEW)
    assert len(keys) == 2
    assert {row.version for row in rows} == {1}


async def test_a_partner_leaves_what_it_does_not_own(world: Region) -> None:
    kept = await pictures(world, 1)
    await wrap_as_before(world, kept[0], SEALING)

    partners = renewal(world, of=Actor(world.shah.organization_id))
    await partners.run()

    assert partners.wrapped == 0


async def test_what_no_key_opens_is_counted_and_stops_nothing(world: Region) -> None:
    kept = await pictures(world, 5)
    for document in kept[:3]:
        await wrap_as_before(world, document, Sealing(b"x" * 32))
    for document in kept[3:]:
        await wrap_as_before(world, document, SEALING)

    done = renewal(world)
    await done.run()

    assert (done.wrapped, done.unopened) == (2, 3)


async def test_recordings_are_among_it(database: Database) -> None:
    house = await practice(database)
    asked = await asked_to_record(house)
    async with house.acting() as session:
        row = await session.get_one(Recording, asked.recording.id)
        row.sealed_key = SEALING.seal(asked.key, f"recording {row.id} key")

    done = Renewal(database, BOTH, Actor(house.organization_id))
    await done.run()

    assert done.wrapped == 1
    async with house.acting() as session:
        row = await session.get_one(Recording, asked.recording.id)
        assert await documents.unwrapped(session, NEW, row) == asked.key


async def asked_to_record(house: Practice) -> documents.Asked:
    visit = await planned(house)
    async with house.acting() as session:
        await encounters.admit(session, house.staff(), visit.encounter_id, now=NOON)
        return await documents.ask(session, visit.encounter_id, sealing=SEALING, now=NOON)


async def test_erasing_reaches_what_the_installation_wrapped(world: Region) -> None:
    kept = await pictures(world, 2)
    await wrap_as_before(world, kept[0], SEALING)

    for _ in range(2):
        await renewal(world).erase(NOON)

    async with world.acting(world.crew) as session:
        rows = (await session.scalars(select(Document))).all()
        for row in rows:
            with pytest.raises(KeyErased):
                await documents.open_part(session, row.id, "page-1", sealing=BOTH)
    assert not any((row.sealed_key or b"").startswith((SEALING.head, NEW.head)) for row in rows)


async def test_what_an_erased_key_wrapped_is_removed_by_the_jobs(
    world: Region, database: Database
) -> None:
    await pictures(world, 2)
    house = await practice(database)
    asked = await asked_to_record(house)

    await renewal(world).erase(NOON)

    assert await documents.erase_due(database, NOON) == 2
    async with world.acting(world.crew) as session:
        rows = (await session.scalars(select(Document))).all()
        assert (await session.scalars(select(DocumentPart))).all() == []
    assert {row.erased_at for row in rows} == {NOON}
    async with house.acting() as session:  # another organisation's time is its own
        row = await session.get_one(Recording, asked.recording.id)
        assert row.keep_until == asked.recording.keep_until > NOON

    await Renewal(database, SEALING, Actor(house.organization_id)).erase(NOON)

    async with house.acting() as session:
        assert (await session.get_one(Recording, asked.recording.id)).keep_until == NOON


async def test_erasing_refuses_without_the_key_that_would_have_to_be_renewed(
    world: Region,
) -> None:
    kept = await pictures(world, 1)

    with pytest.raises(Unavailable):
        await Renewal(world.database, NEW, Actor(world.crew.organization_id)).erase(NOON)

    async with world.acting(world.crew) as session:
        await documents.open_part(session, kept[0].id, "page-1", sealing=SEALING)
