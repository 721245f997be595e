"""Rows kept until the end: written together, in order, seen by whoever reads, gone on rollback."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.clock import utc_now
from app.database import Database
from app.identity import Actor
from app.models import (
    HealthcareService,
    Organization,
    OutboxEvent,
    Practitioner,
)
from app.writing import append_rows_later, send, write_later

pytestmark = [pytest.mark.anyio, pytest.mark.database]


@pytest.fixture
async def organization_id(database: Database) -> UUID:
    key = uuid4()
    async with database.transaction(Actor(organization_id=key)) as session:
        session.add(Organization(id=key, ods_code="A81001", name="Here", kind="hospital"))
    return key


def service(organization_id: UUID, name: str) -> HealthcareService:
    return HealthcareService(organization_id=organization_id, name=name, specialty="stroke")


def happened(organization_id: UUID, name: str) -> OutboxEvent:
    return OutboxEvent(
        organization_id=organization_id,
        event=name,
        resource_id=uuid4(),
        payload={},
        audience=[],
        created_at=utc_now(),
    )


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def names(session: AsyncSession) -> list[str]:
    found = await session.scalars(select(HealthcareService.name).order_by(HealthcareService.name))
    return list(found)


async def test_rows_of_several_tables_go_in_one_statement(
    database: Database, organization_id: UUID
) -> None:
    with statements(database) as seen:
        async with database.transaction(Actor(organization_id)) as session:
            write_later(session, service(organization_id, "one"))
            write_later(session, happened(organization_id, "first"))
            write_later(session, service(organization_id, "two"))

    async with database.transaction(Actor(organization_id)) as session:
        assert await names(session) == ["one", "two"]
    assert [line for line in seen if "INSERT" in line] == [seen[-1]]


async def test_rows_of_one_table_keep_their_order(
    database: Database, organization_id: UUID
) -> None:
    wanted = [f"event-{number}" for number in range(7)]
    async with database.transaction(Actor(organization_id)) as session:
        for name in wanted:
            write_later(session, happened(organization_id, name))

    async with database.transaction(Actor(organization_id)) as session:
        found = await session.scalars(select(OutboxEvent.event).order_by(OutboxEvent.id))
        assert list(found) == wanted


async def test_whoever_reads_in_the_transaction_sees_them(
    database: Database, organization_id: UUID
) -> None:
    async with database.transaction(Actor(organization_id)) as session:
        write_later(session, service(organization_id, "one"))

        assert await names(session) == ["one"]


async def test_what_is_sent_as_it_is_comes_after_them_too(
    database: Database, organization_id: UUID
) -> None:
    counting = text("SELECT count(*) FROM healthcare_service WHERE name = :name AND name = :name")
    async with database.transaction(Actor(organization_id)) as session:
        write_later(session, service(organization_id, "one"), service(organization_id, "two"))

        assert (await send(session, counting, {"name": "two"})).scalar_one() == 1


async def test_rows_that_nobody_reads_do_not_belong_to_the_session(
    database: Database, organization_id: UUID
) -> None:
    async with database.transaction(Actor(organization_id)) as session:
        row = service(organization_id, "one")
        append_rows_later(session, row)

        assert row not in session
        found = await session.scalar(select(HealthcareService))
        assert found is not row
        assert found is not None
        assert (found.name, found.id) == ("one", row.id)


async def test_a_row_is_complete_and_can_be_changed_like_any_other(
    database: Database, organization_id: UUID
) -> None:
    async with database.transaction(Actor(organization_id)) as session:
        row = service(organization_id, "one")
        write_later(session, row)
        assert (row.slot_minutes, row.version, row.active) == (15, 1, True)
        assert await session.get(HealthcareService, row.id) is row
        row.name = "another"

    async with database.transaction(Actor(organization_id)) as session:
        assert await names(session) == ["another"]


async def test_what_the_unit_of_work_writes_may_refer_to_them(database: Database) -> None:
    other = uuid4()
    async with database.transaction(Actor(organization_id=other)) as session:
        write_later(
            session, Organization(id=other, ods_code="B81001", name="There", kind="hospital")
        )
        session.add(Practitioner(organization_id=other, given_name="A", family_name="B"))

    async with database.transaction(Actor(organization_id=other)) as session:
        assert await session.scalar(select(func.count()).select_from(Practitioner)) == 1


async def test_a_savepoint_that_is_given_up_takes_its_rows_with_it(
    database: Database, organization_id: UUID
) -> None:
    async with database.transaction(Actor(organization_id)) as session:
        write_later(session, service(organization_id, "before"))
        with suppress(LookupError):
            async with session.begin_nested():
                write_later(session, service(organization_id, "inside"))
                raise LookupError
        async with session.begin_nested():
            write_later(session, service(organization_id, "kept"))
        write_later(session, service(organization_id, "after"))

    async with database.transaction(Actor(organization_id)) as session:
        assert await names(session) == ["after", "before", "kept"]


async def test_a_transaction_that_fails_leaves_nothing(
    database: Database, organization_id: UUID
) -> None:
    with suppress(LookupError):
        async with database.transaction(Actor(organization_id)) as session:
            write_later(session, service(organization_id, "one"))
            raise LookupError

    async with database.transaction(Actor(organization_id)) as session:
        assert await names(session) == []
