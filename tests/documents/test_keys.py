"""An organisation's key: one, its own, for whoever shares the record, and gone for good."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app import documents
from app.database import Database, actor_of
from app.documents.contents import key_context
from app.documents.keys import erase_key, opening_of, renew_key, sealing_of
from app.errors import KeyErased, Unavailable
from app.identity import Actor
from app.models import AuditEvent, Document, OrganizationKey
from app.sealing import CannotUnseal, Sealing
from tests.documents.files import SEALING, kept_picture
from tests.owner import as_owner
from tests.referrals.world import NOON, Region, organization, region

pytestmark = [pytest.mark.anyio, pytest.mark.database]
TICK = 0.01
RACERS = 8


@pytest.fixture
async def world(database: Database) -> Region:
    return await region(database)


@pytest.fixture
async def house(database: Database) -> UUID:
    return await organization(database, "RX801", "ambulance")


@asynccontextmanager
async def of(database: Database, house: UUID) -> AsyncIterator[AsyncSession]:
    async with database.transaction(Actor(house)) as session:
        yield session


async def owners_of_keys(world: Region) -> set[UUID]:
    """Each organisation's own look at its key, under the duty that lets it."""
    found: set[UUID] = set()
    for house in (world.crew.organization_id, world.shah.organization_id):
        async with world.database.transaction(Actor(house, duty="keys")) as session:
            found |= set(await session.scalars(select(OrganizationKey.organization_id)))
    return found


async def opened(world: Region, document_id: UUID, sealing: Sealing = SEALING) -> set[bytes]:
    """What both sides see of it."""
    found = set()
    for person in (world.crew, world.shah):
        async with world.acting(person) as session:
            _, content = await documents.open_part(session, document_id, "page-1", sealing=sealing)
            found.add(content.content)
    return found


async def test_whichever_side_writes_the_owners_key_wraps_and_both_open(world: Region) -> None:
    request_id = await world.ask()

    kept = []
    for person in (world.shah, world.crew):
        async with world.acting(person) as session:
            kept.append(await kept_picture(session, request_id))
            assert actor_of(session).principal == person

    for document in kept:
        assert document.organization_id == world.crew.organization_id
        assert await opened(world, document.id) == {b"shown page-1"}
    assert await owners_of_keys(world) == {world.crew.organization_id}


async def test_the_installations_key_alone_opens_no_record(world: Region) -> None:
    async with world.acting(world.crew) as session:
        document = await kept_picture(session, await world.ask())

    assert document.sealed_key
    with pytest.raises(CannotUnseal):
        SEALING.unseal(document.sealed_key, key_context(document.id))


async def test_what_the_installation_wrapped_before_still_opens(world: Region) -> None:
    kept = await wrapped_before(world)

    assert await opened(world, kept.id) == {b"shown page-1"}
    assert await owners_of_keys(world) == set()  # looking at it makes no key

    async with world.acting(world.crew) as session:
        assert kept.service_request_id
        await kept_picture(session, kept.service_request_id)
    assert await opened(world, kept.id) == {b"shown page-1"}


async def wrapped_before(world: Region) -> Document:
    """A document from before there were organisations' keys."""
    async with world.acting(world.crew) as session:
        document = await kept_picture(session, await world.ask())
        own = await opening_of(session, SEALING, document.organization_id)
        key = own.unseal(document.sealed_key or b"", key_context(document.id))
        document.sealed_key = SEALING.seal(key, key_context(document.id))
    url = world.database.url
    await as_owner(url, "DELETE FROM organization_key")
    return document


async def test_a_crowd_ends_with_one_key(database: Database, house: UUID) -> None:
    async def seal() -> bytes:
        async with of(database, house) as session:
            return (await sealing_of(session, SEALING, house)).head

    heads = await asyncio.gather(*(seal() for _ in range(RACERS)))

    assert len(set(heads)) == 1
    assert heads[0] != SEALING.head


@pytest.mark.parametrize("first_stays", [True, False])
async def test_the_second_waits_for_the_first_and_takes_its_key_if_it_stays(
    database: Database, house: UUID, *, first_stays: bool
) -> None:
    async def second() -> bytes:
        async with of(database, house) as session:
            return (await sealing_of(session, SEALING, house)).head

    async with database.transaction(Actor(house)) as session:
        first = (await sealing_of(session, SEALING, house)).head
        waiting = asyncio.create_task(second())
        await until_one_waits(database)
        if not first_stays:
            await session.rollback()

    assert (await waiting == first) == first_stays
    assert await second() == await waiting


async def until_one_waits(database: Database) -> None:
    """Until a connection waits for what another has not committed."""
    waits = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(5):
        while not await as_owner(database.url, question=waits):
            await asyncio.sleep(TICK)


@pytest.mark.parametrize("duty", [None, "keys"])
async def test_another_organisation_neither_reads_nor_changes_it(
    database: Database, house: UUID, duty: str | None
) -> None:
    other = await organization(database, "RR801", "hospital")
    async with of(database, house) as session:
        await sealing_of(session, SEALING, house)

    stranger = Actor(other, duty=duty)  # type: ignore[arg-type]
    async with database.transaction(stranger) as session:
        seen = (await session.scalars(select(OrganizationKey.organization_id))).all()
        spoilt = await session.execute(
            update(OrganizationKey).values(sealed_key=None, erased_at=NOON)
        )

    assert (seen, spoilt.rowcount) == ([], 0)  # type: ignore[attr-defined]
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.transaction(stranger) as session:
            session.add(OrganizationKey(organization_id=house, sealed_key=b"planted"))


async def test_not_even_its_own_organisation_reads_it_in_passing(
    database: Database, house: UUID
) -> None:
    async with of(database, house) as session:
        await sealing_of(session, SEALING, house)

        assert (await session.scalars(select(OrganizationKey.organization_id))).all() == []


async def test_no_key_can_be_removed_and_made_anew(database: Database, house: UUID) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction(Actor(house, duty="keys")) as session:
            await session.execute(delete(OrganizationKey))


async def test_a_key_moved_to_another_organisation_does_not_open(
    database: Database, house: UUID
) -> None:
    other = await organization(database, "RR801", "hospital")
    for each in (house, other):
        async with of(database, each) as session:
            await sealing_of(session, SEALING, each)

    await as_owner(
        database.url,
        "UPDATE organization_key k SET sealed_key = other.sealed_key FROM organization_key other"
        " WHERE other.organization_id <> k.organization_id",
    )

    async with of(database, other) as session:
        with pytest.raises(Unavailable):
            await sealing_of(session, SEALING, other)


async def test_a_record_moved_to_another_organisation_does_not_open(world: Region) -> None:
    hospital = world.shah.organization_id
    async with world.acting(world.crew) as session:
        document = await kept_picture(session, await world.ask())
    async with of(world.database, hospital) as session:
        await sealing_of(session, SEALING, hospital)

    await as_owner(
        world.database.url,
        "UPDATE document SET organization_id = partner_organization_id;"
        "UPDATE document_part SET organization_id = partner_organization_id;"
        "UPDATE service_request SET organization_id = partner_organization_id;",
    )

    async with world.acting(world.shah) as session:
        with pytest.raises(Unavailable):
            await documents.open_part(session, document.id, "page-1", sealing=SEALING)


async def test_another_installation_opens_nothing_and_the_transaction_goes_on(
    database: Database, house: UUID
) -> None:
    async with of(database, house) as session:
        await sealing_of(session, SEALING, house)

    async with of(database, house) as session:
        with pytest.raises(Unavailable):
            await opening_of(session, Sealing(b"x" * 32), house)

        assert actor_of(session) == Actor(house)


async def test_a_new_key_of_the_installation_takes_over(database: Database, house: UUID) -> None:
    after = SEALING.succeeded_by(b"n" * 32)
    async with of(database, house) as session:
        sealed = (await sealing_of(session, SEALING, house)).seal(b"secret", "a")

    done = []
    for _ in range(2):
        async with of(database, house) as session:
            done.append(await renew_key(session, after))

    assert done == [True, False]
    async with of(database, house) as session:
        own = await opening_of(session, Sealing(b"n" * 32), house)
        with pytest.raises(Unavailable):
            await opening_of(session, SEALING, house)
    assert own.unseal(sealed, "a") == b"secret"
    assert await deeds(database, house) == ["renew key of Organization"]


async def deeds(database: Database, house: UUID) -> list[str]:
    async with of(database, house) as session:
        found = await session.scalars(
            select(AuditEvent.what).where(AuditEvent.resource_id == str(house))
        )
        return list(found)


async def test_with_the_key_all_of_its_records_are_gone_for_good(world: Region) -> None:
    request_id, house = await world.ask(), world.crew.organization_id
    async with world.acting(world.crew) as session:
        document = await kept_picture(session, request_id)

    for _ in range(2):
        async with of(world.database, house) as session:
            await erase_key(session, now=NOON)

    for person in (world.crew, world.shah):
        async with world.acting(person) as session:
            with pytest.raises(KeyErased, match="were erased"):
                await documents.open_part(session, document.id, "page-1", sealing=SEALING)
            with pytest.raises(KeyErased):
                await kept_picture(session, request_id)
            assert (await documents.read(session, document.id)).sha256 == document.sha256
    assert await as_owner(
        world.database.url, question="SELECT sealed_key IS NULL FROM organization_key"
    ) == [True]
    assert await deeds(world.database, house) == ["erase key of Organization"] * 2


async def test_an_organisation_that_never_needed_a_key_gets_none_afterwards(
    database: Database, house: UUID
) -> None:
    async with of(database, house) as session:
        await erase_key(session, now=NOON)

    async with of(database, house) as session:
        with pytest.raises(KeyErased):
            await sealing_of(session, SEALING, house)
        with pytest.raises(KeyErased):
            await renew_key(session, SEALING)
