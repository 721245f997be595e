"""A case's documents: stored once, seen by the two sides only, sealed, on record."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from app import documents, referrals
from app.database import Database
from app.documents import Upload
from app.errors import DuplicateRecord, Forbidden, InvalidInput, ResourceNotFound, Unavailable
from app.identity import Actor, Principal
from app.models import AuditEvent, Document, DocumentPart, HealthcareService, OutboxEvent
from app.sealing import Sealing
from tests.documents.files import SEALING, examined
from tests.referrals.world import NOON, Region, organization, region, staff

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def world(database: Database) -> Region:
    return await region(database)


def still(**more: object) -> Upload:
    return replace(Upload(uuid4(), "still", NOON, source="camera"), **more)  # type: ignore[arg-type]


async def send(
    world: Region,
    request_id: UUID,
    upload: Upload,
    *,
    by: Principal | None = None,
    original: bytes = b"as it came",
) -> Document:
    async with world.acting(by or world.crew) as session:
        return await documents.receive(
            session,
            await documents.subject_of_request(session, request_id),
            upload,
            examined(original),
            sealing=SEALING,
            now=NOON + timedelta(minutes=1),
        )


async def listed(world: Region, request_id: UUID, by: Principal) -> list[UUID]:
    async with world.acting(by) as session:
        return [row.id for row in await documents.of_request(session, request_id)]


async def seen(world: Region, document_id: UUID, name: str, by: Principal) -> bytes:
    async with world.acting(by) as session:
        return (await documents.open_part(session, document_id, name, sealing=SEALING))[1].content


async def test_both_sides_see_who_took_it_when_and_where(world: Region) -> None:
    request_id = await world.ask()
    async with world.acting(world.crew) as session:
        where = {"place": "A38, lay-by", "latitude": 52.4, "longitude": -1.9}
        await referrals.update_request(session, request_id, where, now=NOON)  # type: ignore[arg-type]

    kept = await send(world, request_id, still(caption="Left hand"))

    assert (kept.recorded_by_name, kept.taken_at, kept.place) == ("Kim Reed", NOON, "A38, lay-by")
    assert (kept.latitude, kept.longitude, kept.caption) == (52.4, -1.9, "Left hand")
    for person in (world.crew, world.shah):
        assert await listed(world, request_id, person) == [kept.id]
        assert await seen(world, kept.id, "page-1", person) == b"shown page-1"
        assert await seen(world, kept.id, "original", person) == b"as it came"


async def test_nobody_else_sees_it(world: Region) -> None:
    request_id = await world.ask()
    kept = await send(world, request_id, still())
    elsewhere = await organization(world.database, "RZZ99", "hospital")
    stranger = await staff(world.database, elsewhere, "clinician", "Ann", "Other")
    desk = replace(world.shah, roles=frozenset({"scheduler"}))

    with pytest.raises(ResourceNotFound):
        await seen(world, kept.id, "page-1", stranger)
    with pytest.raises(Forbidden):
        await seen(world, kept.id, "page-1", desk)


async def test_the_same_upload_again_is_stored_once(world: Region) -> None:
    request_id, upload = await world.ask(), still()

    first, again = await asyncio.gather(
        send(world, request_id, upload), send(world, request_id, upload)
    )

    assert first.id == again.id
    assert await listed(world, request_id, world.crew) == [upload.id]


async def test_another_file_under_the_same_id_is_a_conflict(world: Region) -> None:
    request_id, upload = await world.ask(), still()
    await send(world, request_id, upload)

    with pytest.raises(DuplicateRecord):
        await send(world, request_id, upload, original=b"another")


async def test_an_id_of_another_organisations_is_a_conflict_too(world: Region) -> None:
    other_service = await region_elsewhere(world.database)
    theirs = await send(other_service, await other_service.ask(), still())

    with pytest.raises(DuplicateRecord):
        await send(world, await world.ask(), still(id=theirs.id))


async def region_elsewhere(database: Database) -> Region:
    """A hospital with a service for its own crew."""
    hospital, service_id = await organization(database, "RZZ01", "hospital"), uuid4()
    async with database.transaction(Actor(hospital)) as session:
        session.add(
            HealthcareService(
                id=service_id,
                organization_id=hospital,
                name="Burns advice",
                specialty="burns",
                urgent=True,
            )
        )
    crew = await staff(database, hospital, "crew", "Lou", "Away")
    return Region(database, crew, crew, crew, crew, service_id)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"taken_at": NOON + timedelta(hours=1)}, "taken_at"),
        ({"taken_at": NOON - timedelta(days=20_000)}, "taken_at"),
        ({"latitude": 52.0}, "longitude"),
    ],
)
async def test_what_cannot_be_right_is_named(
    world: Region, more: dict[str, object], field: str
) -> None:
    request_id = await world.ask()

    with pytest.raises(InvalidInput) as refused:
        await send(world, request_id, still(**more))

    assert refused.value.problems[0].field == field


async def test_at_rest_there_is_nothing_to_read(world: Region) -> None:
    kept = await send(world, await world.ask(), still())

    async with world.acting(world.crew) as session:
        parts = (await session.scalars(select(DocumentPart))).all()
    assert {part.name for part in parts} == {"original", "page-1", "thumbnail"}
    assert not any(b"shown" in part.sealed or b"as it came" in part.sealed for part in parts)
    async with world.acting(world.crew) as session:
        with pytest.raises(Unavailable):
            await documents.open_part(session, kept.id, "page-1", sealing=Sealing(b"x" * 32))


async def test_a_mistake_stays_on_record_with_its_reason(world: Region) -> None:
    request_id = await world.ask()
    kept = await send(world, request_id, still())

    for _ in range(2):
        async with world.acting(world.shah) as session:
            taken_back = await documents.mark_entered_in_error(session, kept.id, "Wrong patient")

    assert (taken_back.status, taken_back.status_reason) == ("entered-in-error", "Wrong patient")
    assert (taken_back.status_by_name, taken_back.version) == ("Nina Shah", 2)
    assert await listed(world, request_id, world.crew) == [kept.id]


async def test_every_look_is_on_record_on_the_side_that_looked(world: Region) -> None:
    kept = await send(world, await world.ask(), still())
    await seen(world, kept.id, "page-1", world.shah)

    for person, what in ((world.crew, "receive Document"), (world.shah, "view Document page-1")):
        async with world.acting(person) as session:
            events = await session.scalars(
                select(AuditEvent.what).where(AuditEvent.resource_id == str(kept.id))
            )
            assert events.all() == [what]


async def test_both_sides_are_told_without_a_word_of_the_patient(world: Region) -> None:
    request_id = await world.ask()
    await send(world, request_id, still(caption="Left hand"))

    async with world.acting(world.crew) as session:
        told = (
            await session.scalars(
                select(OutboxEvent).where(OutboxEvent.event == "document.received")
            )
        ).one()
    assert set(told.audience) == {
        f"crew@{world.crew.organization_id}",
        f"clinician@{world.shah.organization_id}",
    }
    assert told.payload == {
        "encounter_id": None,
        "request_id": str(request_id),
        "kind": "still",
        "status": "current",
    }
