"""Demo data is whole after the first start, and the second changes nothing but the link."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app import accounts, encounters
from app.cli import demo
from app.cli.demo import world
from app.config import DEMO_PASSWORD, Settings
from app.database import Database
from app.errors import InvalidClient
from app.identity import Actor
from app.models import Appointment, Patient, Practitioner

pytestmark = [pytest.mark.anyio, pytest.mark.database]

NIGHT = datetime(2026, 11, 20, 2, 7, tzinfo=UTC)


async def counts(database: Database) -> tuple[int | None, ...]:
    async with database.transaction(Actor(organization_id=world.PRACTICE.id)) as session:
        found = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (Practitioner, Patient, Appointment)
        ]
    return tuple(found)


async def test_a_second_start_keeps_the_data(database: Database) -> None:
    await demo.seed(database, Settings(), now=NIGHT)
    before = await counts(database)

    await demo.seed(database, Settings(), now=NIGHT + timedelta(minutes=10))

    assert await counts(database) == before
    assert before[1:] == (8, 8)


async def test_another_day_gets_appointments_of_its_own(database: Database) -> None:
    await demo.seed(database, Settings(), now=NIGHT)

    await demo.seed(database, Settings(), now=NIGHT + timedelta(days=1))

    assert (await counts(database))[2] == 16


async def test_the_printed_link_lets_the_patient_in(database: Database) -> None:
    access = await demo.seed(database, Settings(), now=NIGHT)
    secret = access.patient_link.partition("#")[2]

    async with database.transaction(Actor(duty="sign-in")) as session:
        confirmed = await encounters.confirm_birth_date(
            session, secret, access.patient_birth_date, now=NIGHT
        )

    assert confirmed.principal is not None
    assert confirmed.principal.kind == "patient"


async def test_no_sign_ins_are_printed_where_others_can_reach_the_pages(
    database_url: str,
) -> None:
    hidden = await demo.load_demo(database_url, Settings(demo=True, host="192.0.2.1"))
    shown = await demo.load_demo(database_url, Settings(demo=True))

    assert hidden == ""
    assert DEMO_PASSWORD in shown


async def test_the_printed_monitor_feeds_this_demo_on_whatever_port(database_url: str) -> None:
    shown = await demo.load_demo(database_url, Settings(demo=True, port=8123))

    assert "simulate-monitor --scenario deteriorating --url http://127.0.0.1:8123\n" in shown


async def test_the_published_system_secret_opens_nothing_where_the_demo_is_not_shown(
    database: Database, database_url: str
) -> None:
    await demo.load_demo(database_url, Settings(demo=True))
    assert await accounts.authenticate_client(database, world.CLIENT_ID, world.CLIENT_SECRET)

    await demo.load_demo(database_url, Settings(demo=True, host="0.0.0.0"))
    with pytest.raises(InvalidClient):
        await accounts.authenticate_client(database, world.CLIENT_ID, world.CLIENT_SECRET)

    await demo.load_demo(database_url, Settings(demo=True))
    assert await accounts.authenticate_client(database, world.CLIENT_ID, world.CLIENT_SECRET)
