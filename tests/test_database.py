"""One transaction per request, committed here only; row-level security follows the actor."""

import asyncio
import socket
from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from alembic import command
from app.database import RUNTIME_ROLE, Database, actor_of, alembic_config, migrate
from app.identity import Actor
from app.models import Base, HealthcareService, Organization, Patient
from tests.owner import as_owner

TICK = 0.01
pytestmark = [pytest.mark.anyio, pytest.mark.database]


async def organization(database: Database, ods_code: str) -> UUID:
    organization_id = uuid4()
    async with database.transaction(Actor(organization_id=organization_id)) as session:
        session.add(
            Organization(id=organization_id, ods_code=ods_code, name=ods_code, kind="hospital")
        )
    return organization_id


def service(organization_id: UUID, name: str, *, shared: bool = False) -> HealthcareService:
    return HealthcareService(
        organization_id=organization_id, name=name, specialty="stroke", shared=shared
    )


async def half_made(database: Database, owner: UUID) -> None:
    async with database.transaction(Actor(organization_id=owner)) as session:
        session.add(service(owner, "half-made"))
        await session.flush()
        raise RuntimeError


async def test_runs_as_a_role_that_cannot_pass_row_level_security(database: Database) -> None:
    async with database.transaction() as session:
        row = (
            await session.execute(
                text(
                    "SELECT current_user, rolbypassrls, rolsuper FROM pg_roles"
                    " WHERE rolname = current_user"
                )
            )
        ).one()

    assert tuple(row) == (RUNTIME_ROLE, False, False)


async def test_every_table_is_forced_under_row_level_security(database: Database) -> None:
    async with database.transaction() as session:
        rows = await session.execute(
            text(
                "SELECT relname FROM pg_class WHERE relkind = 'r'"
                " AND relnamespace = 'public'::regnamespace"
                " AND relrowsecurity AND relforcerowsecurity"
            )
        )

    assert set(rows.scalars()) == set(Base.metadata.tables)


async def test_a_tenant_sees_its_own_rows_and_those_shared(database: Database) -> None:
    ours, theirs = await organization(database, "AAA01"), await organization(database, "BBB01")
    for owner in (ours, theirs):
        async with database.transaction(Actor(organization_id=owner)) as session:
            session.add(service(owner, "private"))
            session.add(service(owner, "advice", shared=True))

    async with database.transaction(Actor(organization_id=ours)) as session:
        seen = await session.execute(
            select(HealthcareService.organization_id, HealthcareService.name)
        )

    assert {tuple(row) for row in seen} == {
        (ours, "private"),
        (ours, "advice"),
        (theirs, "advice"),
    }


async def test_nobody_sees_nothing(database: Database) -> None:
    ours = await organization(database, "AAA01")
    async with database.transaction(Actor(organization_id=ours)) as session:
        session.add(service(ours, "private"))

    async with database.transaction() as session:
        seen = (await session.execute(select(HealthcareService))).scalars().all()

    assert seen == []


async def test_writing_for_another_tenant_is_refused(database: Database) -> None:
    ours, theirs = await organization(database, "AAA01"), await organization(database, "BBB01")

    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.transaction(Actor(organization_id=ours)) as session:
            session.add(service(theirs, "planted"))


async def test_the_tenant_does_not_outlive_its_transaction(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    ours = await organization(database, "AAA01")
    async with database.transaction(Actor(organization_id=ours)) as session:
        session.add(service(ours, "private"))

    async with database.engine.connect() as connection:
        left = await connection.scalar(
            text("SELECT current_setting('openconsult.organization', true)")
        )
    await database.close()

    assert left in {"", None}


async def test_a_database_that_cannot_be_reached_is_a_database_error(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    away = make_url(database_url).set(host="127.0.0.1", port=port, query={})
    database = Database(away.render_as_string(hide_password=False))

    with pytest.raises(DBAPIError):
        async with database.transaction():
            pass

    await database.close()


async def test_connections_that_were_hung_up_on_are_replaced(
    database: Database, database_url: str
) -> None:
    ours = Actor(organization_id=await organization(database, "AAA01"))
    async with database.transaction(ours) as one, database.transaction(ours) as two:
        known = [await driver_connection(session) for session in (one, two)]

    await hang_up(database_url)
    async with asyncio.timeout(5):
        while not all(connection.is_closed() for connection in known):
            await asyncio.sleep(TICK)

    for _ in known:
        async with database.transaction(ours) as session:
            assert await driver_connection(session) not in known


async def driver_connection(session: AsyncSession) -> asyncpg.Connection:
    raw = await (await session.connection()).get_raw_connection()
    found: asyncpg.Connection = raw.driver_connection
    return found


async def hang_up(url: str) -> None:
    """End every other connection to this database, as a restart of the server does."""
    await as_owner(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


async def test_an_exception_leaves_nothing_behind(database: Database) -> None:
    ours = await organization(database, "AAA01")

    with pytest.raises(RuntimeError):
        await half_made(database, ours)

    async with database.transaction(Actor(organization_id=ours)) as session:
        assert (await session.execute(select(HealthcareService))).scalars().all() == []


async def test_who_is_cancelled_gives_the_connection_back(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    ours, begun = await organization(database, "AAA01"), asyncio.Event()

    async def left_off() -> None:
        async with database.transaction(Actor(organization_id=ours)) as session:
            session.add(service(ours, "half-made"))
            await session.flush()
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(left_off())
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    async with asyncio.timeout(5), database.transaction(Actor(organization_id=ours)) as session:
        assert (await session.execute(select(HealthcareService))).scalars().all() == []
    await database.close()


async def test_the_actor_is_known_inside(database: Database) -> None:
    actor = Actor(organization_id=uuid4(), duty="jobs")

    async with database.transaction(actor) as session:
        assert actor_of(session) is actor


@pytest.mark.parametrize("table", ["audit_event", "outbox_event"])
async def test_what_was_written_for_the_record_cannot_be_changed(
    database: Database, table: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction(Actor(organization_id=uuid4())) as session:
            await session.execute(text(f"UPDATE {table} SET organization_id = NULL"))  # noqa: S608


async def test_patients_are_not_seen_across_organisations(database: Database) -> None:
    ours, theirs = await organization(database, "AAA01"), await organization(database, "BBB01")
    async with database.transaction(Actor(organization_id=theirs)) as session:
        session.add(
            Patient(
                organization_id=theirs,
                given_name="Ann",
                family_name="Other",
                birth_date=date(1980, 1, 1),
            )
        )

    async with database.transaction(Actor(organization_id=ours)) as session:
        assert (await session.execute(select(Patient))).scalars().all() == []


def test_upgrade_downgrade_and_upgrade_again(make_database: Callable[[], str]) -> None:
    url = make_database()

    command.downgrade(alembic_config(url), "base")
    migrate(url)

    command.check(alembic_config(url))


BEFORE_ROTAS = """
INSERT INTO organization (id, ods_code, name, kind, phone, time_zone, created_at, version)
VALUES ('{0}', 'AAA01', 'Old', 'gp-practice', '', 'Europe/London', now(), 1);
INSERT INTO practitioner (id, title, given_name, family_name, registration, shared, active,
    created_at, version, organization_id)
VALUES ('{0}', 'Dr', 'Ann', 'Old', '', false, true, now(), 1, '{0}');
INSERT INTO healthcare_service (id, name, specialty, channel, slot_minutes, urgent, shared, active,
    phone, created_at, version, organization_id)
VALUES ('{0}', 'GP', 'general-practice', 'video', 15, false, false, true, '', now(), 1, '{0}');
INSERT INTO patient (id, title, given_name, family_name, birth_date, gender, phone, email, address,
    postcode, preferred_contact, created_at, version, organization_id)
VALUES ('{1}', '', 'Kim', 'Old', '1980-05-17', 'unknown', '', '', '', '', 'phone', now(), 1, '{0}');
INSERT INTO schedule (id, practitioner_id, service_id, time_zone, weekdays, start_time, end_time,
    slot_minutes, valid_from, active, created_at, version, organization_id)
VALUES ('{0}', '{0}', '{0}', 'Europe/London', ARRAY[1, 3], '09:00', '12:00', 15, '2026-01-01', true,
    now(), 1, '{0}');
INSERT INTO appointment (id, practitioner_id, patient_id, service_id, status, during, time_zone,
    wall_start, channel, reason, cancellation_reason, created_at, version, organization_id)
SELECT gen_random_uuid(), '{0}', '{1}', '{0}', status, '[2026-11-23 09:00Z, 2026-11-23 09:15Z)',
    'Europe/London', '2026-11-23T09:00:00', 'video', '', '', now(), 1, '{0}'
FROM unnest(ARRAY['booked', 'cancelled']) AS status;
"""


def test_what_was_booked_before_there_were_rotas_keeps_its_time(
    make_database: Callable[[], str],
) -> None:
    url, key, patient = make_database(), uuid4(), uuid4()
    command.downgrade(alembic_config(url), "0003")
    asyncio.run(as_owner(url, BEFORE_ROTAS.format(key, patient)))

    migrate(url)

    taken = asyncio.run(as_owner(url, question="SELECT actor_id FROM occupancy"))
    rotas = asyncio.run(as_owner(url, question="SELECT recurrence FROM schedule"))
    assert set(taken) == {key, patient}
    assert rotas == ["FREQ=WEEKLY;BYDAY=MO,WE"]


KEY_IN_USE = """
INSERT INTO organization (id, ods_code, name, kind, phone, time_zone, created_at, version)
VALUES ('{0}', 'AAA01', 'Old', 'gp-practice', '', 'Europe/London', now(), 1);
INSERT INTO organization_key (organization_id, created_at, sealed_key) VALUES ('{0}', now(), 'key');
"""


def test_keys_that_wrap_records_are_not_thrown_away(make_database: Callable[[], str]) -> None:
    url = make_database()
    asyncio.run(as_owner(url, KEY_IN_USE.format(uuid4())))

    with pytest.raises(RuntimeError, match="in use"):
        command.downgrade(alembic_config(url), "0026")

    kept = asyncio.run(as_owner(url, question="SELECT sealed_key FROM organization_key"))
    assert kept == [b"key"]


ASKING = text("SELECT current_setting('openconsult.duty', true) AS duty, txid_current() AS number")


async def test_what_is_asked_outside_of_a_transaction_is_asked_as_nobody(
    database: Database,
) -> None:
    async with database.transaction(Actor(duty="sign-in")):
        pass

    first, second = await database.ask(ASKING), await database.ask(ASKING)

    assert first is not None
    assert second is not None
    assert (first.duty or "", second.duty or "") == ("", "")
    assert first.number != second.number


async def test_a_transaction_after_a_question_is_one_again(database: Database) -> None:
    owner = await organization(database, "AAA01")
    await database.ask(ASKING)

    with pytest.raises(RuntimeError):
        await half_made(database, owner)

    async with database.transaction(Actor(organization_id=owner)) as session:
        assert (await session.scalars(select(HealthcareService.name))).all() == []


async def test_a_question_to_a_database_that_is_away_says_so() -> None:
    away = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none")

    with pytest.raises(DBAPIError):
        await away.ask(ASKING)

    await away.close()
